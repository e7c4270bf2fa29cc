import type { Container, PodSpec, ResourceList, ResourceRequirements } from '../../../api/generated/core-v1.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { amountOf, compareAmounts, largestOfLists, sumLists } from './resource-amounts.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Resources that `spec.resources` may name. */
export const isPodLevelResource = (name: string): boolean => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');

/** A sidecar: an init container that keeps running. */
export const isSidecar = (container: Loose<Container>): boolean => container.restartPolicy === 'Always';

/** What a pod's containers request together: the larger of all that run at once and the hungriest step of initialisation. */
export const aggregateContainerRequests = (spec: Loose<PodSpec>): ResourceList => aggregate(spec, (container) => container.resources?.requests);

/** The same for limits. */
export const aggregateContainerLimits = (spec: Loose<PodSpec>): ResourceList => aggregate(spec, (container) => container.resources?.limits);

function aggregate(spec: Loose<PodSpec>, listOf: (container: Loose<Container>) => ResourceList | undefined): ResourceList {
  let sidecars: ResourceList = {};
  let initial: ResourceList = {};
  for (const container of spec.initContainers ?? []) {
    const list = listOf(container);
    initial = largestOfLists([initial, sumLists([sidecars, list])]);
    if (isSidecar(container)) sidecars = sumLists([sidecars, list]);
  }
  return largestOfLists([sumLists([...(spec.containers ?? []).map(listOf), sidecars]), initial]);
}

/** Upstream's `ComputePodQOS`: Guaranteed when cpu and memory are limited everywhere and requests equal limits; BestEffort without any. */
export function podQosClass(spec: Loose<PodSpec>): QosClass {
  const podLevel = spec.resources;
  const blocks: (Loose<ResourceRequirements> | undefined)[] = podLevel?.limits || podLevel?.requests
    ? [podLevel]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((container) => container.resources);
  const requests = sumLists(blocks.map((block) => computeResources(block?.requests)));
  const limits = sumLists(blocks.map((block) => computeResources(block?.limits)));
  if (Object.keys(requests).length === 0 && Object.keys(limits).length === 0) return 'BestEffort';
  const everythingLimited = blocks.every((block) => Object.keys(computeResources(block?.limits)).length === 2);
  const equal = Object.keys(requests).length === Object.keys(limits).length && Object.entries(requests).every(([name, amount]) => compareAmounts(amount, limits[name]) === 0);
  return everythingLimited && equal ? 'Guaranteed' : 'Burstable';
}

const computeResources = (list: Loose<ResourceList> | undefined): ResourceList =>
  Object.fromEntries(Object.entries(list ?? {}).filter(([name, amount]) => (name === 'cpu' || name === 'memory') && amountOf(amount).nano > 0n));
