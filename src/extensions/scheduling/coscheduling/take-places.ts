import type { Pod } from '../../../api/generated/core-v1.ts';
import type { CycleState, NodeInfo, SchedulingHandle, Status } from '../../../extension-points/scheduling/contract.ts';
import { NodeRecord } from '../../../extension-points/scheduling/node-record.ts';
import { groupKeyOf } from './pod-group-type.ts';
import type { Place } from './queue-order.ts';
import { comparePlaces } from './queue-order.ts';

export interface TakePlacesDeps {
  readonly handle: Pick<SchedulingHandle, 'waitingPods' | 'nodeInfo' | 'filterWithNominatedPods' | 'removePod'>;
  /** The group's place in the queue; undefined: it is complete, or not held by this plugin, and gives nothing up. */
  readonly placeOf: (groupKey: string, pod: Pod) => Place | undefined;
}

/** So that a cycle stays short. */
const mostNodes = 100;

/**
 * Two groups can each hold what the other one lacks, until both time out. This finds the groups, as few as possible, that come after `place` in the queue and must
 * give up the places they hold so that the pod fits somewhere; undefined when that does not help. Nothing runs on those places: no pod is ended.
 */
export function findPlacesToTake(
  deps: TakePlacesDeps,
  state: CycleState,
  pod: Pod,
  { place, failures }: { readonly place: Place; readonly failures: ReadonlyMap<string, Status> },
): readonly string[] | undefined {
  let best: readonly string[] | undefined;
  const candidates = [...laterGroupsByNode(deps, place, groupKeyOf(pod))].filter(([nodeName]) => failures.get(nodeName)?.code === 'unschedulable');
  for (const [nodeName, groups] of candidates.slice(0, mostNodes)) {
    const node = deps.handle.nodeInfo(nodeName);
    const groupKeys = node && groupsInTheWay(deps.handle, state.clone(), pod, { node, groups });
    if (groupKeys && (!best || groupKeys.length < best.length)) best = groupKeys;
    if (best?.length === 1) break;
  }
  return best;
}

type HeldByGroup = Map<string, { readonly place: Place; readonly pods: Pod[] }>;

function laterGroupsByNode({ handle, placeOf }: TakePlacesDeps, place: Place, ownKey: string | undefined): Map<string, HeldByGroup> {
  const byNode = new Map<string, HeldByGroup>();
  for (const { pod } of handle.waitingPods()) {
    const key = groupKeyOf(pod);
    const nodeName = pod.spec?.nodeName;
    if (key === undefined || key === ownKey || !nodeName) continue;
    const other = placeOf(key, pod);
    if (!other || comparePlaces(place, other) >= 0) continue;
    const groups: HeldByGroup = byNode.get(nodeName) ?? new Map();
    byNode.set(nodeName, groups);
    const held = groups.get(key) ?? { place: other, pods: [] };
    groups.set(key, held);
    held.pods.push(pod);
  }
  return byNode;
}

/** Imagines the last groups in the queue gone from the node, one after the other, until the pod fits. Changes `state`. */
function groupsInTheWay(
  handle: TakePlacesDeps['handle'],
  state: CycleState,
  pod: Pod,
  { node, groups }: { readonly node: NodeInfo; readonly groups: HeldByGroup },
): string[] | undefined {
  // It was not for want of room on the node that the pod was refused: a quota, say.
  if (handle.filterWithNominatedPods(state, pod, node).code === 'success') return undefined;
  let imagined = NodeRecord.from(node);
  const taken: string[] = [];
  for (const [key, { pods }] of [...groups].sort(([, left], [, right]) => comparePlaces(right.place, left.place))) {
    const uids = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const held of node.pods.filter(({ metadata }) => uids.has(metadata.uid))) {
      imagined = imagined.withoutPod(held);
      handle.removePod(state, pod, held, imagined);
    }
    taken.push(key);
    if (handle.filterWithNominatedPods(state, pod, imagined).code === 'success') return taken;
  }
  return undefined;
}
