import type { Endpoints, Pod, Service } from '../../../api/generated/core-v1.ts';
import { endpoints, pods, services } from '../../../api/generated/resource-types.ts';
import { keyOf, type ObjectKey } from '../../../api/object.ts';
import { isAlreadyExists, isNotFound } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { isNamespaceTerminating } from '../../../extension-points/controllers/pod-control.ts';
import { defineReconciler, type NamedController, watching } from '../../../extension-points/controllers/reconcile.ts';
import { isHeadless, selectsPods, servicesOf, targetsOf } from '../../../extension-points/controllers/service-targets.ts';
import { canonicalJson } from '../../../extension-points/controllers/template-hash.ts';
import { timeText } from '../../../kernel/clock.ts';
import { subsetsOf, truncate } from './subsets.ts';

const triggerAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';
const capacityAnnotation = 'endpoints.kubernetes.io/over-capacity';
const headlessLabel = 'service.kubernetes.io/headless';
const managedByLabel = 'endpoints.kubernetes.io/managed-by';
const managerName = 'endpoint-controller';
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';

/** Keeps the Endpoints object of each service that selects pods, for readers that do not know EndpointSlices. */
export function endpointsController(): NamedController {
  return defineReconciler({
    name: 'endpoint-controller',
    primary: services,
    watches: [
      watching(pods, (pod: Pod, { informers }) => servicesOf(pod, informers.informer(services).list(pod.metadata.namespace ?? '')).map(keyOf)),
      watching(endpoints, (object: Endpoints, { informers }) => (informers.informer(services).get(keyOf(object)) ? [keyOf(object)] : [])),
    ],
    reconcile: (key, deps) => reconcile(key, deps),
  });
}

async function reconcile(key: ObjectKey, deps: ControllerDeps): Promise<void> {
  const service = deps.informers.informer(services).get(key);
  const current = deps.informers.informer(endpoints).get(key);
  if (!service) return removeOwn(current, deps);
  if (!selectsPods(service)) return; // somebody else's to fill
  const { subsets, isCut } = truncate(subsetsOf(service, targetsOf(service, deps, { includeTerminating: service.spec.publishNotReadyAddresses === true })));
  const wanted = { ...metadataFor(service, current, isCut), subsets: [...subsets] };
  if (current && isSame(current, wanted)) return;
  const annotations = { ...wanted.metadata.annotations, [triggerAnnotation]: timeText(deps.clock.now()) };
  const draft = { ...wanted, metadata: { ...wanted.metadata, annotations } };
  if (current) await deps.client.replace(endpoints, draft);
  else
    await deps.client.create(endpoints, draft).catch((error: unknown) => {
      if (!isNamespaceTerminating(error) && !isAlreadyExists(error)) throw error;
    });
}

/** An Endpoints object has the name of its service and no owner: nobody else removes it. One that is a lock, or that a person made, stays. */
async function removeOwn(current: Endpoints | undefined, { client }: ControllerDeps): Promise<void> {
  if (!current || current.metadata.labels?.[managedByLabel] !== managerName || current.metadata.annotations?.[leaderAnnotation] !== undefined) return;
  await client.delete(endpoints, keyOf(current)).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

function metadataFor(service: Service, current: Endpoints | undefined, isCut: boolean): Pick<Endpoints, 'metadata'> {
  const { [headlessLabel]: _, ...own } = service.metadata.labels ?? {};
  const labels = { ...own, [managedByLabel]: managerName, ...(isHeadless(service) ? { [headlessLabel]: '' } : {}) };
  const { [capacityAnnotation]: __, ...annotations } = current?.metadata.annotations ?? {};
  const { name = '', namespace = '' } = service.metadata;
  return {
    metadata: { ...current?.metadata, name, namespace, labels, annotations: { ...annotations, ...(isCut ? { [capacityAnnotation]: 'truncated' } : {}) } },
  };
}

/** Compared without the annotation that only says when something changed. */
function isSame(current: Endpoints, wanted: Endpoints): boolean {
  const content = ({ metadata, subsets }: Endpoints): unknown => [metadata.labels ?? {}, metadata.annotations?.[capacityAnnotation], subsets ?? []];
  return canonicalJson(content(current)) === canonicalJson(content(wanted));
}
