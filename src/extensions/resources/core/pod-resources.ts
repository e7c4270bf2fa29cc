import type { Container, PodSpec, ResourceList, ResourceRequirements } from '../../../api/generated/core-v1.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { amountOf, largestOfLists, sumLists } from './resource-amounts.ts';

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
  const blocks: (Loose<ResourceRequirements> | undefined)[] = podLevel
    ? [podLevel]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((container) => container.resources);
  const totals = computeResources.map((name) => {
    const requests = blocks.map((block) => positiveAmount(block?.requests?.[name]));
    const limits = blocks.map((block) => positiveAmount(block?.limits?.[name]));
    return { requested: total(requests), limited: total(limits), isLimitedEverywhere: limits.every((amount) => amount > 0n) };
  });
  if (totals.every(({ requested, limited }) => requested === 0n && limited === 0n)) return 'BestEffort';
  return totals.every(({ requested, limited, isLimitedEverywhere }) => isLimitedEverywhere && requested === limited) ? 'Guaranteed' : 'Burstable';
}

/** The resources that the class of a pod follows from. */
const computeResources = ['cpu', 'memory'] as const;

const positiveAmount = (text: string | number | undefined): bigint => {
  const { nano } = amountOf(text);
  return nano > 0n ? nano : 0n;
};
const total = (amounts: readonly bigint[]): bigint => amounts.reduce((sum, amount) => sum + amount, 0n);
