import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import type { NodeInfo, ResourceTotals, SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { NodeRecord } from '../../../extension-points/scheduling/node-record.ts';
import type { PodRequests } from '../../../extension-points/scheduling/pod-requests.ts';
import { podRequests, signRequests } from '../../../extension-points/scheduling/pod-requests.ts';
import type { ScoringStrategy } from './scoring-strategy.ts';
import { scorerOf } from './scoring-strategy.ts';

/** `NodeResourcesFitArgs`. */
export interface NodeResourcesFitArgs {
  /** Extended resources that are not looked at. */
  readonly ignoredResources?: readonly string[];
  /** The same by group: the part before the slash. */
  readonly ignoredResourceGroups?: readonly string[];
  readonly scoringStrategy?: ScoringStrategy;
}

/** Leaves out nodes without room for what the pod asks for, and prefers nodes by how much of them is in use. */
export default function nodeResourcesFit(args?: unknown): SchedulingPlugin {
  const { ignoredResources = [], ignoredResourceGroups = [], scoringStrategy } = (args ?? {}) as NodeResourcesFitArgs;
  const isIgnored = (name: string): boolean => ignoredResources.includes(name) || ignoredResourceGroups.includes(name.split('/')[0]!);
  const scorer = scorerOf(scoringStrategy);
  const reasonsOf = (pod: Pod, node: NodeInfo): string[] => insufficient(podRequests(pod), node, isIgnored);

  return {
    filter(_state, pod, node) {
      const reasons = reasonsOf(pod, node);
      if (reasons.length === 0) return success;
      return exceeds(podRequests(pod), node.allocatable, isIgnored) ? unresolvable(...reasons) : unschedulable(...reasons);
    },
    score: (_state, pod, node) => scorer(pod, node),
    sign: signRequests,
    eventsToRegister: () => [
      { event: { resource: 'AssignedPod', actions: ['Delete'] } },
      {
        event: { resource: 'AssignedPod', actions: ['UpdatePodScaleDown'] },
        hint: (pod, old, current) => (frees(old as Pod, current as Pod, pod) ? 'queue' : 'skip'),
      },
      {
        event: { resource: 'UnscheduledPod', actions: ['UpdatePodScaleDown'] },
        hint: (pod, _old, current) => ((current as Pod).metadata.uid === pod.metadata.uid ? 'queue' : 'skip'),
      },
      {
        event: { resource: 'Node', actions: ['Add', 'UpdateNodeAllocatable'] },
        hint: (pod, old, current) => (helps(old as Node | undefined, current as Node, pod, reasonsOf) ? 'queue' : 'skip'),
      },
    ],
  };
}

/** Upstream's reasons, one per resource that is short. */
function insufficient(wanted: PodRequests, { pods, allocatable, requested }: NodeInfo, isIgnored: (name: string) => boolean): string[] {
  const reasons: string[] = [];
  if (pods.length + 1 > allocatable.pods) reasons.push('Too many pods');
  if (isShort(wanted.milliCpu, allocatable.milliCpu, requested.milliCpu)) reasons.push('Insufficient cpu');
  if (isShort(wanted.memoryBytes, allocatable.memoryBytes, requested.memoryBytes)) reasons.push('Insufficient memory');
  if (isShort(wanted.ephemeralStorageBytes, allocatable.ephemeralStorageBytes, requested.ephemeralStorageBytes)) reasons.push('Insufficient ephemeral-storage');
  for (const [name, amount] of wanted.scalar) {
    if (!isIgnored(name) && isShort(amount, allocatable.scalar.get(name) ?? 0, requested.scalar.get(name) ?? 0)) reasons.push(`Insufficient ${name}`);
  }
  return reasons;
}

/** Whether the pod would not even fit the empty node: then removing pods does not help. */
const exceeds = (wanted: PodRequests, allocatable: ResourceTotals, isIgnored: (name: string) => boolean): boolean =>
  wanted.milliCpu > allocatable.milliCpu ||
  wanted.memoryBytes > allocatable.memoryBytes ||
  wanted.ephemeralStorageBytes > allocatable.ephemeralStorageBytes ||
  [...wanted.scalar].some(([name, amount]) => !isIgnored(name) && amount > (allocatable.scalar.get(name) ?? 0));

const isShort = (wanted: number, allocatable: number, requested: number): boolean => wanted > 0 && wanted > allocatable - requested;

/** Whether a change of a running pod gave back something that the waiting pod wants. */
function frees(old: Pod, current: Pod, pod: Pod): boolean {
  return someWanted(podRequests(pod), (amountOf) => amountOf(podRequests(old)) > amountOf(podRequests(current)));
}

/** Whether the pod fits the node as if that were empty, and for a changed node whether there is more of what it wants. */
function helps(old: Node | undefined, current: Node, pod: Pod, reasonsOf: (pod: Pod, node: NodeInfo) => string[]): boolean {
  const now = NodeRecord.of(current);
  if (reasonsOf(pod, now).length > 0) return false;
  if (!old) return true;
  const before = NodeRecord.of(old);
  return now.allocatable.pods > before.allocatable.pods || someWanted(podRequests(pod), (amountOf) => amountOf(now.allocatable) > amountOf(before.allocatable));
}

function someWanted(wanted: ResourceTotals, test: (amountOf: (totals: ResourceTotals) => number) => boolean): boolean {
  const amounts = [
    (totals: ResourceTotals) => totals.milliCpu,
    (totals: ResourceTotals) => totals.memoryBytes,
    (totals: ResourceTotals) => totals.ephemeralStorageBytes,
    ...[...wanted.scalar.keys()].map((name) => (totals: ResourceTotals) => totals.scalar.get(name) ?? 0),
  ];
  return amounts.some((amountOf) => amountOf(wanted) > 0 && test(amountOf));
}
