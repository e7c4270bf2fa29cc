import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { poddisruptionbudgets, pods } from '../../../api/generated/resource-types.ts';
import { keyOf } from '../../../api/object.ts';
import type { CycleState, NodeInfo, PostFilterResult, SchedulingHandle, SchedulingPlugin, Status } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { fitErrorMessage } from '../../../extension-points/scheduling/fit-error.ts';
import { Evictions } from './evict.ts';
import { priorityOf } from './importance.ts';
import { pickCandidate } from './pick-candidate.ts';
import type { Candidate } from './select-victims.ts';
import { selectVictims } from './select-victims.ts';

/** `DefaultPreemptionArgs`: how many candidates to find before the best of them is taken. */
export interface DefaultPreemptionArgs {
  /** Of the nodes that may help. Default 10. */
  readonly minCandidateNodesPercentage?: number;
  /** Default 100. */
  readonly minCandidateNodesAbsolute?: number;
}

/** Nodes that are tried before others get a turn. */
const nodesPerTurn = 16;

interface DryRun {
  readonly candidates: readonly Candidate[];
  /** Why the other nodes do not help. */
  readonly refusals: ReadonlyMap<string, Status>;
}

/**
 * Makes room for a pod that fits nowhere: deletes pods of lower priority from the node where that hurts least and sets the node aside for the pod. `random` (0..1) says
 * where the search begins. Throws for arguments out of range.
 */
export default function defaultPreemption(args: unknown, handle: SchedulingHandle, random: () => number = Math.random): SchedulingPlugin {
  const candidatesWanted = candidateCount((args ?? {}) as DefaultPreemptionArgs);
  const budgets = handle.informers.informer(poddisruptionbudgets);
  const evictions = new Evictions(handle, 'DefaultPreemption');

  const dryRun = async (state: CycleState, pod: Pod, nodes: readonly NodeInfo[]): Promise<DryRun> => {
    const context = { handle, budgets: budgets.list(), nowMs: handle.clock.now() };
    const harmless: Candidate[] = [];
    const violating: Candidate[] = [];
    const refusals = new Map<string, Status>();
    const faults: unknown[] = [];
    const offset = Math.floor(random() * nodes.length);
    const wanted = candidatesWanted(nodes.length);
    for (let index = 0; index < nodes.length; index++) {
      if (index % nodesPerTurn === nodesPerTurn - 1) await nextTurn();
      const node = nodes[(offset + index) % nodes.length]!;
      try {
        const found = selectVictims(context, state.clone(), pod, node);
        if ('code' in found) refusals.set(node.name, found);
        else (found.budgetViolations === 0 ? harmless : violating).push(found);
      } catch (error) {
        faults.push(error);
      }
      if (harmless.length > 0 && harmless.length + violating.length >= wanted) break;
    }
    const candidates = [...harmless, ...violating];
    if (candidates.length === 0 && faults.length > 0) throw faults[0];
    return { candidates, refusals };
  };

  return {
    preEnqueue: (pod) => (evictions.keepsOut(pod) ? unresolvable('waiting for the preemption for this pod to be finished') : success),
    async postFilter(state, queuedPod, failures) {
      const pod = handle.informers.informer(pods).get(keyOf(queuedPod)) ?? queuedPod;
      const objection = objectionTo(pod, failures, handle);
      if (objection) return refused(objection);
      const nodes = handle.snapshot();
      const { candidates, refusals } = await dryRun(
        state,
        pod,
        nodes.filter(({ name }) => failures.get(name)?.code === 'unschedulable'),
      );
      const best = pickCandidate(candidates, handle.clock.now());
      if (!best) return { ...refused(whyNot(nodes, refusals)), nominatedNodeName: '' };
      void evictions.start(pod, best);
      return { status: success, nominatedNodeName: best.nodeName };
    },
    // Only the gate above refuses in this plugin's name, and it opens with the deletion of the last victim.
    eventsToRegister: () => [{ event: { resource: 'Pod', actions: ['Delete'] } }],
  };
}

/** Upstream's words for why a pod may not preempt others now. */
function objectionTo(pod: Pod, failures: ReadonlyMap<string, Status>, handle: Pick<SchedulingHandle, 'nodeInfo'>): string | undefined {
  if (pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nodeName = pod.status?.nominatedNodeName;
  if (!nodeName || failures.get(nodeName)?.code === 'unschedulable-and-unresolvable') return undefined;
  const isMakingRoom = handle.nodeInfo(nodeName)?.pods.some((other) => priorityOf(other) < priorityOf(pod) && isBeingPreempted(other));
  return isMakingRoom ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

function isBeingPreempted({ metadata, status }: Pod): boolean {
  if (!metadata.deletionTimestamp) return false;
  const condition = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  return condition?.status === 'True' && condition.reason === 'PreemptionByScheduler';
}

function whyNot(nodes: readonly NodeInfo[], refusals: ReadonlyMap<string, Status>): string {
  const helpless = unresolvable('Preemption is not helpful for scheduling');
  const failures = new Map(nodes.map(({ name }) => [name, refusals.get(name) ?? helpless]));
  return fitErrorMessage({ nodeCount: nodes.length, failures, unschedulablePlugins: new Set(), pendingPlugins: new Set() });
}

const refused = (why: string): PostFilterResult => ({ status: unschedulable(`preemption: ${why}`) });

function candidateCount({ minCandidateNodesPercentage = 10, minCandidateNodesAbsolute = 100 }: DefaultPreemptionArgs): (nodes: number) => number {
  if (!(minCandidateNodesPercentage >= 0 && minCandidateNodesPercentage <= 100))
    throw new Error(`minCandidateNodesPercentage: Invalid value: ${minCandidateNodesPercentage}: not in valid range [0, 100]`);
  if (!(minCandidateNodesAbsolute >= 0)) throw new Error(`minCandidateNodesAbsolute: Invalid value: ${minCandidateNodesAbsolute}: not in valid range [0, inf)`);
  if (minCandidateNodesPercentage === 0 && minCandidateNodesAbsolute === 0)
    throw new Error('minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the same time as minCandidateNodesAbsolute');
  return (nodes) => Math.min(nodes, Math.max(Math.trunc((nodes * minCandidateNodesPercentage) / 100), minCandidateNodesAbsolute));
}
