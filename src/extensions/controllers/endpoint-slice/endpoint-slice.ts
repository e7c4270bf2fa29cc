import type { Pod } from '../../../api/generated/core-v1.ts';
import type { EndpointSlice } from '../../../api/generated/discovery-v1.ts';
import { endpointslices, nodes, pods, services } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText, type ObjectKey } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { Expectations } from '../../../extension-points/controllers/expectations.ts';
import { isNamespaceTerminating } from '../../../extension-points/controllers/pod-control.ts';
import { defineStatefulReconciler, type NamedController, watching } from '../../../extension-points/controllers/reconcile.ts';
import { selectsPods, servicesOf, targetsOf } from '../../../extension-points/controllers/service-targets.ts';
import { timeText } from '../../../kernel/clock.ts';
import { managedByLabel, managerName, planSlices, serviceNameLabel, triggerAnnotation } from './slices.ts';

const byService = 'service';
const serviceOf = ({ metadata: { namespace = '', labels } }: EndpointSlice): readonly string[] =>
  labels?.[managedByLabel] === managerName && labels[serviceNameLabel] ? [`${namespace}/${labels[serviceNameLabel]}`] : [];

/** Keeps the EndpointSlices of services that select pods: who gets a service's traffic, and in which state they are. */
export function endpointSliceController(): NamedController {
  const definition = {
    name: 'endpointslice-controller',
    primary: services,
    watches: [
      watching(pods, (pod: Pod, { informers }) => servicesOf(pod, informers.informer(services).list(pod.metadata.namespace ?? '')).map(keyOf)),
      watching(endpointslices, (slice: EndpointSlice) =>
        serviceOf(slice).map((text) => ({ namespace: text.split('/')[0] ?? '', name: text.split('/')[1] ?? '' })),
      ),
    ],
  };
  return defineStatefulReconciler(definition, (host) => {
    host.informers.informer(endpointslices).addIndex(byService, serviceOf);
    host.listen(nodes, {}); // endpoints carry their node's zone
    // Slices have generated names: one that was created and is not seen yet would be created again.
    const expectations = new Expectations(host.clock);
    host.listen(endpointslices, { added: (slice) => serviceOf(slice).forEach((key) => expectations.creationSeen(key)) });
    return (key) => reconcile(key, host, expectations);
  });
}

async function reconcile(key: ObjectKey, deps: ControllerDeps, expectations: Expectations): Promise<void> {
  const service = deps.informers.informer(services).get(key);
  if (!service) expectations.forget(keyText(key));
  if (!expectations.isSatisfied(keyText(key))) return; // the slice comes back here when it is seen
  if (!service || !selectsPods(service) || service.metadata.deletionTimestamp) return; // without a service, garbage collection does the rest
  const existing = deps.informers
    .informer(endpointslices)
    .byIndex(byService, `${key.namespace ?? ''}/${key.name}`)
    .filter(({ metadata }) => !metadata.deletionTimestamp);
  const targets = targetsOf(service, deps, { includeTerminating: true });
  const plan = planSlices(service, targets, existing, (name) => deps.informers.informer(nodes).get({ name }));
  const annotations = { [triggerAnnotation]: timeText(deps.clock.now()) };
  if (plan.create.length > 0) expectations.expect(keyText(key), { creations: plan.create.length });
  for (const [index, slice] of plan.create.entries()) {
    await deps.client.create(endpointslices, { ...slice, metadata: { ...slice.metadata, annotations } }).catch((error: unknown) => {
      expectations.creationSeen(keyText(key), isNamespaceTerminating(error) ? 1 : plan.create.length - index);
      if (!isNamespaceTerminating(error)) throw error;
    });
  }
  for (const slice of plan.update)
    await deps.client.replace(endpointslices, { ...slice, metadata: { ...slice.metadata, annotations: { ...slice.metadata.annotations, ...annotations } } });
  for (const slice of plan.remove) await deps.client.delete(endpointslices, keyOf(slice)).catch(ignoreNotFound);
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
