import type { Container, EphemeralContainer, Pod, PodStatus, ResourceList } from '../../api/generated/core-v1.ts';
import { quantityMilli, quantityValue } from './quantities.ts';

type Measure = (value: string | number | undefined) => number;
const measureOf = (resource: string): Measure => (resource === 'cpu' ? quantityMilli : quantityValue);

/** The amount of one resource that a container asks for: milli for cpu, whole units otherwise. A missing request falls back to the limit, as API defaulting does. */
export function containerRequest(container: Pick<Container, 'resources'>, resource: string): number {
  const { requests, limits } = container.resources ?? {};
  return measureOf(resource)(requests?.[resource] ?? limits?.[resource]);
}

/** The limit of one resource, 0 when there is none. */
export const containerLimit = (container: Pick<Container, 'resources'>, resource: string): number =>
  measureOf(resource)(container.resources?.limits?.[resource]);

export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

/** Every container that may take part in the pod's life: init containers, containers and ephemeral ones. */
export const allContainers = (pod: Pod): readonly (Container | EphemeralContainer)[] => [
  ...(pod.spec.initContainers ?? []),
  ...pod.spec.containers,
  ...(pod.spec.ephemeralContainers ?? []),
];

/** Whether `spec.resources` may name a resource. */
const isPodLevelResource = (name: string): boolean => name === 'cpu' || name === 'memory' || isHugePageResource(name);

/** Whether a pod says as a whole what it needs, whatever its containers say. */
export const hasPodLevelResources = ({ spec: { resources } }: Pod): boolean =>
  [...Object.keys(resources?.requests ?? {}), ...Object.keys(resources?.limits ?? {})].some(isPodLevelResource);

/**
 * What a pod's containers need together of a resource: the larger of its containers with sidecars, and of its init phase, in which each init container runs beside the sidecars
 * started before it.
 */
export function podAmount(pod: Pod, resource: string, amountOf: (container: Container, resource: string) => number): number {
  let sidecars = 0;
  let initPeak = 0;
  for (const container of pod.spec.initContainers ?? []) {
    const amount = amountOf(container, resource);
    if (isSidecar(container)) {
      sidecars += amount;
      initPeak = Math.max(initPeak, sidecars);
    } else {
      initPeak = Math.max(initPeak, sidecars + amount);
    }
  }
  const running = pod.spec.containers.reduce((sum, container) => sum + amountOf(container, resource), sidecars);
  return Math.max(running, initPeak);
}

const overheadOf = (pod: Pod, resource: string): number => measureOf(resource)(pod.spec.overhead?.[resource]);

/** What a pod needs of a resource: what it says as a whole, else what its containers need together; plus the overhead of its runtime class. */
export function podRequest(pod: Pod, resource: string): number {
  const { requests, limits } = (isPodLevelResource(resource) && pod.spec.resources) || {};
  const ofContainers = podAmount(pod, resource, containerRequest);
  // As API defaulting does for pods that went through it.
  const whole = requests?.[resource] ?? (ofContainers === 0 || isHugePageResource(resource) ? limits?.[resource] : undefined);
  return (whole === undefined ? ofContainers : measureOf(resource)(whole)) + overheadOf(pod, resource);
}

/** What a pod may use of a resource, in the same way; 0 where it has no limit, whatever the overhead. */
export function podLimit(pod: Pod, resource: string): number {
  const whole = isPodLevelResource(resource) ? pod.spec.resources?.limits?.[resource] : undefined;
  const limit = whole === undefined ? podAmount(pod, resource, containerLimit) : measureOf(resource)(whole);
  return limit === 0 ? 0 : limit + overheadOf(pod, resource);
}

/** The names of all resources that a pod requests or limits. */
export function requestedResources(pod: Pod): Set<string> {
  const names = new Set<string>();
  for (const { resources } of [...(pod.spec.initContainers ?? []), ...pod.spec.containers, pod.spec])
    for (const list of [resources?.requests, resources?.limits]) for (const name of Object.keys(list ?? {})) names.add(name);
  for (const name of Object.keys(pod.spec.overhead ?? {})) names.add(name);
  return names;
}

export type QosClass = NonNullable<PodStatus['qosClass']>;

/** Guaranteed: every container has equal limits and requests for cpu and memory. BestEffort: none has any. Else Burstable. */
export function qosClassOf(pod: Pod): QosClass {
  if (pod.status?.qosClass) return pod.status.qosClass;
  // A pod that has resources of its own is judged by them alone.
  const containers: Pick<Container, 'resources'>[] = pod.spec.resources ? [pod.spec] : [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const computed = ['cpu', 'memory'] as const;
  const asksAny = (list: ResourceList | undefined): boolean => computed.some((name) => measureOf(name)(list?.[name]) > 0);
  if (containers.every(({ resources }) => !asksAny(resources?.requests) && !asksAny(resources?.limits))) return 'BestEffort';
  const isGuaranteed = containers.every((container) =>
    computed.every((name) => {
      const limit = containerLimit(container, name);
      return limit > 0 && limit === containerRequest(container, name);
    }),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

const resourcesOfKubelet = new Set(['cpu', 'memory', 'ephemeral-storage', 'storage', 'pods']);

/** Resources with a vendor's domain in front: `example.com/widget`. */
export const isExtendedResource = (name: string): boolean => name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');
export const isHugePageResource = (name: string): boolean => name.startsWith('hugepages-');
export const isKnownResource = (name: string): boolean => resourcesOfKubelet.has(name) || isHugePageResource(name);
