import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pod } from '../../../api/generated/core-v1.ts';
import type { PodDisruptionBudget } from '../../../api/generated/policy-v1.ts';
import { poddisruptionbudgets, pods } from '../../../api/generated/resource-types.ts';
import { keyOf } from '../../../api/object.ts';
import type { Informer } from '../../../client/informer.ts';
import type { CycleState, NodeInfo, PostFilterResult, SchedulingHandle, Status } from '../contract.ts';
import { success, unresolvable, unschedulable } from '../contract.ts';
import type { ExtenderContribution } from '../decision.ts';
import { narrowByExtenders } from '../extender-preemption.ts';
import { fitErrorMessage } from '../fit-error.ts';
import { Evictions } from './evict.ts';
import { pickCandidate } from './pick-candidate.ts';
import { preemptionRecord } from './preemption-record.ts';
import type { Candidate, VictimRules } from './select-victims.ts';
import { hasRoomByNow, selectVictims } from './select-victims.ts';

/** What is particular to one way of preempting. */
export interface PreemptionRules {
  /** Named in what is said of victims that were only waiting. */
  readonly plugin: string;
  /** Why the pod may not preempt others now, in words for people; undefined: it may. */
  objectionTo(state: CycleState, pod: Pod, failures: ReadonlyMap<string, Status>): string | undefined;
  /** Whom it may preempt. `state` is the clone that the node is tried with. */
  victimsOf(state: CycleState, pod: Pod): VictimRules;
  /** How many candidates to find before the best of them is taken, among so many nodes. Default: all that there are. */
  candidatesWanted?(nodes: number): number;
  /** Where among so many nodes the search begins. Default: at the first. */
  firstNode?(nodes: number): number;
}

/** What a search came to. */
interface Search {
  /** As it is now. */
  readonly pod: Pod;
  readonly result: PostFilterResult;
  readonly best?: Candidate;
}

interface DryRun {
  readonly candidates: readonly Candidate[];
  /** Why the other nodes do not help. */
  readonly refusals: ReadonlyMap<string, Status>;
}

/** Nodes that are tried before others get a turn. */
const nodesPerTurn = 16;

/** What every plugin that preempts does: tries each node without some of its pods, takes the one where it hurts least, deletes those pods in the background. */
export class Preemption {
  readonly #handle: SchedulingHandle;
  readonly #rules: PreemptionRules;
  readonly #budgets: Informer<PodDisruptionBudget>;
  readonly #evictions: Evictions;

  constructor(handle: SchedulingHandle, rules: PreemptionRules) {
    this.#handle = handle;
    this.#rules = rules;
    this.#budgets = handle.informers.informer(poddisruptionbudgets);
    this.#evictions = new Evictions(handle, rules.plugin);
  }

  /** For `preEnqueue`: keeps a pod from being tried while pods are being deleted for it. */
  gate(pod: Pod): Status {
    return this.#evictions.keepsOut(pod) ? unresolvable('waiting for the preemption for this pod to be finished') : success;
  }

  /** For `postFilter`. */
  async makeRoom(state: CycleState, queuedPod: Pod, failures: ReadonlyMap<string, Status>, signal: AbortSignal): Promise<PostFilterResult> {
    const { result, pod, best } = await this.#search(state, queuedPod, failures, signal);
    if (best) void this.#evictions.start(pod, best);
    return result;
  }

  /** For `reviewPostFilter`: what `makeRoom` would answer. */
  async wouldMakeRoom(state: CycleState, pod: Pod, failures: ReadonlyMap<string, Status>, signal: AbortSignal): Promise<PostFilterResult> {
    return (await this.#search(state, pod, failures, signal)).result;
  }

  async #search(state: CycleState, queuedPod: Pod, failures: ReadonlyMap<string, Status>, signal: AbortSignal): Promise<Search> {
    const pod = this.#handle.informers.informer(pods).get(keyOf(queuedPod)) ?? queuedPod;
    const objection = this.#rules.objectionTo(state, pod, failures);
    if (objection) return { pod, result: refused(objection) };
    const nodes = this.#handle.snapshot();
    const { candidates, refusals } = await this.#dryRun(
      state,
      pod,
      nodes.filter(({ name }) => failures.get(name)?.code === 'unschedulable'),
    );
    if (candidates.length === 0) return { pod, result: { ...refused(whyNot(nodes, refusals)), nominatedNodeName: '' } };
    const { extenders } = this.#handle;
    const said: ExtenderContribution[] = [];
    const tell = (contribution: ExtenderContribution): void => void said.push(contribution);
    const narrowed = await narrowByExtenders(candidates, { extenders, pod, nodeInfo: (name) => this.#handle.nodeInfo(name), signal, tell });
    const best = pickCandidate(narrowed, this.#handle.clock.now());
    if (!best) {
      const preemption = { candidateCount: candidates.length, candidates: [], extenders: said };
      return { pod, result: { ...refused('no candidate node for preemption'), ...(said.length > 0 ? { preemption } : {}) } };
    }
    return {
      pod,
      best,
      result: {
        status: success,
        nominatedNodeName: best.nodeName,
        preemption: { ...preemptionRecord(this.#rules.plugin, candidates, best), ...(said.length > 0 ? { extenders: said } : {}) },
      },
    };
  }

  async #dryRun(state: CycleState, pod: Pod, nodes: readonly NodeInfo[]): Promise<DryRun> {
    const context = { handle: this.#handle, budgets: this.#budgets.list(), nowMs: this.#handle.clock.now() };
    const harmless: Candidate[] = [];
    const violating: Candidate[] = [];
    const refusals = new Map<string, Status>();
    const faults: unknown[] = [];
    const offset = this.#rules.firstNode?.(nodes.length) ?? 0;
    const wanted = this.#rules.candidatesWanted?.(nodes.length) ?? nodes.length;
    for (let index = 0; index < nodes.length; index++) {
      if (index % nodesPerTurn === nodesPerTurn - 1) await nextTurn();
      const node = nodes[(offset + index) % nodes.length]!;
      try {
        const imagined = state.clone();
        const found = selectVictims({ ...context, rules: this.#rules.victimsOf(imagined, pod) }, imagined, pod, node);
        // Nobody must go then.
        if (found === hasRoomByNow) return { candidates: [], refusals: new Map([[node.name, hasRoomByNow]]) };
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
  }
}

function whyNot(nodes: readonly NodeInfo[], refusals: ReadonlyMap<string, Status>): string {
  const helpless = unresolvable('Preemption is not helpful for scheduling');
  const failures = new Map(nodes.map(({ name }) => [name, refusals.get(name) ?? helpless]));
  return fitErrorMessage({ nodeCount: nodes.length, failures, unschedulablePlugins: new Set(), pendingPlugins: new Set() });
}

const refused = (why: string): PostFilterResult => ({ status: unschedulable(`preemption: ${why}`) });
