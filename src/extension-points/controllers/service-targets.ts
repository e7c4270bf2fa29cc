import type { Pod, Service, ServicePort } from '../../api/generated/core-v1.ts';
import { pods } from '../../api/generated/resource-types.ts';
import { nameOf } from '../../api/object.ts';
import type { ControllerDeps } from './contract.ts';
import { isPodFinished, isPodReady } from './pod-state.ts';
import { matchesPairs } from './selectors.ts';

/** A pod as a service's traffic sees it. */
export interface ServiceTarget {
  readonly pod: Pod;
  readonly isReady: boolean;
  readonly isTerminating: boolean;
}

/** Whether a service's endpoints are made from pods at all. */
export const selectsPods = ({ spec }: Service): boolean => Object.keys(spec.selector ?? {}).length > 0 && spec.type !== 'ExternalName';

/** The pods behind a service that have an address. Finished pods are none; with `includeTerminating`, pods being deleted are (slices tell them apart). */
export function targetsOf(service: Service, { informers }: ControllerDeps, options: { includeTerminating: boolean }): ServiceTarget[] {
  const selector = service.spec.selector ?? {};
  return informers
    .informer(pods)
    .list(service.metadata.namespace ?? '')
    .flatMap((pod) => {
      const isTerminating = pod.metadata.deletionTimestamp !== undefined;
      if (!matchesPairs(selector, pod.metadata.labels) || !pod.status?.podIP || isPodFinished(pod) || (isTerminating && !options.includeTerminating)) return [];
      return [{ pod, isReady: isPodReady(pod), isTerminating }];
    });
}

/** Services whose traffic a pod may get. */
export const servicesOf = (pod: Pod, services: readonly Service[]): Service[] =>
  services.filter((service) => selectsPods(service) && matchesPairs(service.spec.selector ?? {}, pod.metadata.labels));

/** The port of a pod that a service's port means; undefined when the pod has none of that name. */
export function targetPortOf(pod: Pod, { port, targetPort, protocol = 'TCP' }: ServicePort): number | undefined {
  if (targetPort === undefined || targetPort === 0 || targetPort === '') return port;
  if (typeof targetPort === 'number') return targetPort;
  const restartable = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...pod.spec.containers, ...restartable]
    .flatMap(({ ports }) => ports ?? [])
    .find((candidate) => candidate.name === targetPort && (candidate.protocol ?? 'TCP') === protocol)?.containerPort;
}

/** What DNS calls a pod of a headless service. */
export const hostnameIn = (pod: Pod, service: Service): string | undefined =>
  pod.spec.hostname && pod.spec.subdomain === nameOf(service) ? pod.spec.hostname : undefined;

export const isHeadless = ({ spec }: Service): boolean => spec.clusterIP === 'None';
