import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import type { DeviceClass } from '../../../api/generated/resource-v1.ts';
import type { NodeInfo, ResourceTotals, SchedulingHandle, SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { success } from '../../../extension-points/scheduling/contract.ts';
import { ExtendedResourceClasses, namesOfClass } from '../../../extension-points/scheduling/devices/extended-resource-classes.ts';
import { NodeRecord } from '../../../extension-points/scheduling/node-record.ts';
import { podRequests, signAllRequests } from '../../../extension-points/scheduling/pod-requests.ts';
import type { ScoringStrategy } from './scoring-strategy.ts';
import { scorerOf } from './scoring-strategy.ts';
import { refusalOf, refuseShort } from './shortages.ts';

/** `NodeResourcesFitArgs`. */
export interface NodeResourcesFitArgs {
  /** Extended resources that are not looked at. */
  readonly ignoredResources?: readonly string[];
  /** The same by group: the part before the slash. */
  readonly ignoredResourceGroups?: readonly string[];
  readonly scoringStrategy?: ScoringStrategy;
}

/**
 * Leaves out nodes without room for what the pod asks for, and prefers nodes by how much of them is in use. Extended resources that a device class stands behind are left
 * to DynamicResources on nodes that have none; without a handle there are no such classes.
 */
export default function nodeResourcesFit(args?: unknown, handle?: Pick<SchedulingHandle, 'informers'>): SchedulingPlugin {
  const { ignoredResources = [], ignoredResourceGroups = [], scoringStrategy } = (args ?? {}) as NodeResourcesFitArgs;
  const classes = handle && new ExtendedResourceClasses(handle.informers);
  const exemptions = {
    isIgnored: (name: string): boolean => ignoredResources.includes(name) || ignoredResourceGroups.includes(name.split('/')[0]!),
    isDelegated: (name: string): boolean => classes?.classOf(name) !== undefined,
  };
  const scorer = scorerOf(scoringStrategy);
  const hasRoom = (pod: Pod, node: NodeInfo): boolean => refusalOf(podRequests(pod), node, exemptions) === undefined;

  return {
    filter: (_state, pod, node) => refusalOf(podRequests(pod), node, exemptions) ?? success,
    filterAll: (_state, pod, table, verdicts) => refuseShort(podRequests(pod), table, verdicts, exemptions),
    score: (_state, pod, node) => scorer(pod, node),
    scoreAll(_state, pod, { nodes }, indexes, scores) {
      for (let position = 0; position < indexes.length; position++) scores[position] = scorer(pod, nodes[indexes[position]!]!);
    },
    sign: signAllRequests,
    ...(classes ? { epoch: (): number => classes.revision } : {}),
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
        event: { resource: 'resource.k8s.io/DeviceClass', actions: ['Add', 'Update'] },
        hint: (pod, old, current) => (isNewFor(old as DeviceClass | undefined, current as DeviceClass, pod) ? 'queue' : 'skip'),
      },
      {
        event: { resource: 'Node', actions: ['Add', 'UpdateNodeAllocatable'] },
        hint: (pod, old, current) => (helps(old as Node | undefined, current as Node, pod, hasRoom) ? 'queue' : 'skip'),
      },
    ],
  };
}

/** Whether a class came to stand behind something that the pod asks for. */
function isNewFor(old: DeviceClass | undefined, current: DeviceClass, pod: Pod): boolean {
  if (old && old.spec.extendedResourceName === current.spec.extendedResourceName) return false;
  return namesOfClass(current).some((name) => podRequests(pod).scalar.has(name));
}

/** Whether a change of a running pod gave back something that the waiting pod wants. */
function frees(old: Pod, current: Pod, pod: Pod): boolean {
  return someWanted(podRequests(pod), (amountOf) => amountOf(podRequests(old)) > amountOf(podRequests(current)));
}

/** Whether the pod fits the node as if that were empty, and for a changed node whether there is more of what it wants. */
function helps(old: Node | undefined, current: Node, pod: Pod, hasRoom: (pod: Pod, node: NodeInfo) => boolean): boolean {
  const now = NodeRecord.of(current);
  if (!hasRoom(pod, now)) return false;
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
