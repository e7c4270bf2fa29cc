import type { Pod } from '../../api/generated/core-v1.ts';
import { pods } from '../../api/generated/resource-types.ts';
import type { Informers } from '../../client/informer.ts';
import type { CycleState } from '../../extension-points/scheduling/contract.ts';
import type { Breathe } from '../../extension-points/scheduling/run.ts';
import { SchedulingState } from '../../extension-points/scheduling/scheduling-state.ts';
import type { WaitingPods } from '../../extension-points/scheduling/waiting-pods.ts';
import { NodeFinder } from './find-node.ts';
import type { SchedulingGeneration } from './generation.ts';
import { LiveGeneration } from './live-generation.ts';
import type { NodeCache } from './node-cache.ts';
import type { Nominations } from './nominations.ts';
import { isAssigned, isFinished } from './pod-facts.ts';
import type { SchedulingQueue } from './scheduling-queue.ts';

/** What all generations of a scheduler share. */
export interface OpenGenerationDeps {
  readonly cache: NodeCache;
  readonly nominations: Nominations;
  readonly waiting: WaitingPods;
  readonly breathe: Breathe;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly activate: (pods: readonly Pod[]) => void;
  readonly onSortFault: (pod: Pod, error: unknown) => void;
}

/** Makes a generation ready for work. Throws when it cannot schedule. */
export function openGeneration(generation: SchedulingGeneration, deps: OpenGenerationDeps): LiveGeneration {
  const { cache, nominations, waiting, breathe, random, signal, activate, onSortFault } = deps;
  if (generation.profiles.length === 0) throw new Error('a scheduler needs a profile');
  for (const { framework } of generation.profiles) framework.validate();
  return new LiveGeneration(generation, {
    makeFinder: ({ framework, percentageOfNodesToScore = 100 }, extenders) =>
      new NodeFinder({ framework, table: cache.table, nominations, breathe, random, percentageOfNodesToScore, extenders, signal }),
    hostOf: ({ finder, framework }) => ({
      snapshot: () => cache.snapshot(),
      nodeInfo: (name) => cache.nodeInfo(name),
      observe: (observer) => cache.observe(observer),
      filterWithNominatedPods: (state, pod, node) => finder.check(known(state), pod, node),
      addPod: (state, pod, other, node) => framework.addPod(known(state), pod, other, node),
      removePod: (state, pod, other, node) => framework.removePod(known(state), pod, other, node),
      nominatedPods: (name) => nominations.on(name),
      waitingPods: () => waiting,
      activate,
    }),
    onSortFault,
  });
}

/** Adds the pods that only the new generation answers for to the queue, and takes out those that only the old one did. */
export function takeOverPods(
  { informers, queue, nominations }: { readonly informers: Informers; readonly queue: SchedulingQueue; readonly nominations: Nominations },
  old: LiveGeneration,
  current: LiveGeneration,
): void {
  for (const pod of informers.informer(pods).list()) {
    if (isAssigned(pod) || isFinished(pod)) continue;
    const [was, is] = [old.profileOf(pod) !== undefined, current.profileOf(pod) !== undefined];
    if (was && !is) {
      queue.delete(pod);
      nominations.delete(pod);
    } else if (!was && is) {
      nominations.set(pod);
      queue.add(pod);
    }
  }
}

/** States are made by the framework; plugins only hand them back. */
function known(state: CycleState): SchedulingState {
  if (!(state instanceof SchedulingState)) throw new Error('the state is not of a scheduling cycle');
  return state;
}
