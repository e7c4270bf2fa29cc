import type { Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../kernel/clock.ts';
import { systemClock } from '../../kernel/clock.ts';
import type { Extension, ExtensionPoint } from '../../kernel/extension-point.ts';
import { BindingSteps } from './binding-steps.ts';
import type { ClusterEventWithHint, NodeInfo, NodeScore, PostFilterResult, QueuedPod, SchedulingPlugin, Status } from './contract.ts';
import { success, unresolvable } from './contract.ts';
import type { PluginLists } from './plugin-lists.ts';
import { PluginRoster } from './plugin-lists.ts';
import { atOnce, blame, checkedScore, fault, isRejected, SchedulingFault, statusIn, statusOf } from './scheduling-fault.ts';
import { SchedulingState } from './scheduling-state.ts';
import { withinLimit } from './time-limit.ts';

export type { PermitOutcome } from './binding-steps.ts';
export { atOnce, blame, checkedScore, fault, isRejected, SchedulingFault, statusOf } from './scheduling-fault.ts';

/** Upstream's default weights; every other plugin weighs 1. */
const defaultWeights: Readonly<Record<string, number>> = { TaintToleration: 3, NodeAffinity: 2, PodTopologySpread: 2, InterPodAffinity: 2 };

export interface PreFilterOutcome {
  readonly status: Status;
  /** Absent: all nodes. */
  readonly nodeNames?: ReadonlySet<string>;
  /** The plugins that narrowed the nodes. */
  readonly narrowedBy: readonly string[];
}

/** Lets the event loop turn when the cycle has taken long; undefined when it need not. `done`: how many nodes a plugin was asked about since the last call. Default: one. */
export type Breathe = (done?: number) => Promise<void> | undefined;

export type Plugin = Extension<SchedulingPlugin>;

export interface FrameworkOptions {
  /** Score weights by plugin name; without lists they are laid over upstream's defaults. Others weigh 1. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Which plugins run at which point. Absent: every plugin at every point that it implements, in roster order. */
  readonly lists?: PluginLists;
  /** Measures how long plugins take to settle. Default: the system's. */
  readonly clock?: Clock;
}

/**
 * Runs each extension point of the framework over the plugins, in the order of the lists, or of the roster when there are none. Every refusal that comes back names its
 * plugin; faults are thrown. Knows nothing of queues, caches or the API.
 */
export class SchedulingFramework extends BindingSteps {
  readonly #point: ExtensionPoint<SchedulingPlugin>;
  readonly #plugins: PluginRoster;
  readonly #weights: Readonly<Record<string, number>>;
  readonly #clock: Clock;
  readonly #events = new WeakMap<SchedulingPlugin, readonly ClusterEventWithHint[]>();
  #cycles = 0;

  constructor(point: ExtensionPoint<SchedulingPlugin>, { weights = {}, lists, clock = systemClock }: FrameworkOptions = {}) {
    const plugins = new PluginRoster(point, lists);
    super(point, plugins, clock);
    this.#point = point;
    this.#plugins = plugins;
    this.#weights = lists ? weights : { ...defaultWeights, ...weights };
    this.#clock = clock;
  }

  /** The names of all plugins, in roster order. */
  get pluginNames(): readonly string[] {
    return [...this.#point].map(({ name }) => name);
  }

  /** Throws when the roster cannot schedule: exactly one plugin must sort the queue, at least one must bind, events must be lists. */
  validate(): void {
    const sorters = this.#plugins.having('queueSort').map(({ name }) => name);
    if (sorters.length !== 1) throw new Error(`exactly one scheduling plugin must have queueSort, found ${sorters.length === 0 ? 'none' : sorters.join(', ')}`);
    if (this.#plugins.having('bind').length === 0) throw new Error('at least one scheduling plugin must have bind');
    for (const { name } of this.#point) {
      const events: unknown = this.eventsOf(name);
      if (events !== undefined && !isEventList(events))
        throw new Error(`scheduling plugin "${name}": eventsToRegister must answer a list of { event: { resource, actions } }`);
    }
  }

  /** A fresh state; every tenth cycle is timed. */
  newState(): SchedulingState {
    return new SchedulingState(this.#cycles++ % 10 === 0);
  }

  compare(left: QueuedPod, right: QueuedPod): number {
    const [sorter] = this.#plugins.having('queueSort');
    if (!sorter) return left.queuedAtMs - right.queuedAtMs;
    const order: unknown = this.#point.callUntimed(sorter, 'queueSort', left, right);
    if (typeof order === 'number' && !Number.isNaN(order)) return order;
    throw new SchedulingFault(sorter.name, 'QueueSort', `answered ${String(order)}, not a number`);
  }

  /** The first refusal gates the pod. `firstPlugin`, which refused last time, is asked first. */
  preEnqueue(pod: Pod, firstPlugin?: string): Status {
    const plugins = this.#plugins.having('preEnqueue');
    const ordered =
      firstPlugin === undefined ? plugins : plugins.toSorted((left, right) => Number(right.name === firstPlugin) - Number(left.name === firstPlugin));
    for (const plugin of ordered) {
      const status = statusOf(plugin, 'PreEnqueue', this.#point.callUntimed(plugin, 'preEnqueue', pod));
      if (status.code === 'success') continue;
      if (!isRejected(status)) throw fault(plugin, 'PreEnqueue', status);
      return blame(status, plugin);
    }
    return success;
  }

  preFilter(state: SchedulingState, pod: Pod, nodes: readonly NodeInfo[]): PreFilterOutcome {
    let nodeNames: ReadonlySet<string> | undefined;
    let refusal: Status | undefined;
    const narrowedBy: string[] = [];
    for (const plugin of this.#plugins.having('preFilter')) {
      const result = this.call(state, plugin, 'preFilter', [state, pod, nodes]);
      const status = statusIn(plugin, 'PreFilter', result);
      if (status.code === 'skip') {
        state.skippedFilters.add(plugin.name);
        continue;
      }
      if (status.code === 'unschedulable-and-unresolvable') return { status: blame(status, plugin), narrowedBy };
      // A refusal that preemption may lift: later plugins still run, so that preemption finds their state.
      if (isRejected(status)) refusal ??= blame(status, plugin);
      else if (status.code !== 'success') throw fault(plugin, 'PreFilter', status);
      if (!result.nodeNames) continue;
      if (!((result.nodeNames as unknown) instanceof Set)) throw new SchedulingFault(plugin.name, 'PreFilter', 'answered nodeNames that are no Set');
      narrowedBy.push(plugin.name);
      nodeNames = nodeNames ? nodeNames.intersection(result.nodeNames) : result.nodeNames;
      if (nodeNames.size === 0) return { status: blame(unresolvable(disjointReason(narrowedBy)), plugin), nodeNames, narrowedBy };
    }
    return { status: refusal ?? success, ...(nodeNames ? { nodeNames } : {}), narrowedBy };
  }

  /** The first refusal ends the node. */
  filter(state: SchedulingState, pod: Pod, node: NodeInfo): Status {
    for (const plugin of this.#plugins.having('filter')) {
      if (state.skippedFilters.has(plugin.name)) continue;
      const status = statusOf(plugin, 'Filter', this.call(state, plugin, 'filter', [state, pod, node]));
      if (status.code === 'success') continue;
      if (!isRejected(status)) throw fault(plugin, 'Filter', status);
      return blame(status, plugin);
    }
    return success;
  }

  /** Tells plugins of a pod that is taken to be on, or gone from, a node. */
  addPod(state: SchedulingState, pod: Pod, podToAdd: Pod, node: NodeInfo): void {
    for (const plugin of this.#plugins.having('addPod')) {
      if (state.skippedFilters.has(plugin.name)) continue;
      const status = statusOf(plugin, 'AddPod', this.call(state, plugin, 'addPod', [state, pod, podToAdd, node]));
      if (status.code !== 'success') throw fault(plugin, 'AddPod', status);
    }
  }

  removePod(state: SchedulingState, pod: Pod, podToRemove: Pod, node: NodeInfo): void {
    for (const plugin of this.#plugins.having('removePod')) {
      if (state.skippedFilters.has(plugin.name)) continue;
      const status = statusOf(plugin, 'RemovePod', this.call(state, plugin, 'removePod', [state, pod, podToRemove, node]));
      if (status.code !== 'success') throw fault(plugin, 'RemovePod', status);
    }
  }

  /** The first success, or refusal that nothing can lift, decides; reasons of the others are gathered. */
  async postFilter(
    state: SchedulingState,
    pod: Pod,
    failures: ReadonlyMap<string, Status>,
    { method = 'postFilter', signal }: PostFilterOptions = {},
  ): Promise<PostFilterResult> {
    const reasons: string[] = [];
    let last: PostFilterResult = { status: { code: 'unschedulable', reasons: [] } };
    for (const plugin of this.#plugins.having(method)) {
      const limit = { clock: this.#clock, plugin: plugin.name, point: 'PostFilter', ...(signal ? { signal } : {}) } as const;
      const result = await withinLimit(limit, (own) => this.#point.call(plugin, method, state, pod, failures, own));
      const status = blame(statusIn(plugin, 'PostFilter', result), plugin);
      if (status.code === 'success' || status.code === 'unschedulable-and-unresolvable') return { ...result, status };
      if (!isRejected(status)) throw fault(plugin, 'PostFilter', status);
      reasons.push(...status.reasons);
      last = { ...last, ...result, status: { ...status, reasons: [...reasons] } };
    }
    return last;
  }

  /** The weighted total per node. Scores are checked after normalisation. */
  async score(state: SchedulingState, pod: Pod, nodes: readonly NodeInfo[], breathe: Breathe): Promise<number[]> {
    this.#preScore(state, pod, nodes);
    const totals = nodes.map(() => 0);
    for (const plugin of this.#plugins.having('score')) {
      if (state.skippedScores.has(plugin.name)) continue;
      const scores: NodeScore[] = [];
      for (const node of nodes) {
        scores.push({ name: node.name, score: this.call(state, plugin, 'score', [state, pod, node]) });
        const turn = breathe();
        if (turn) await turn;
      }
      if (plugin.implementation.normalizeScores) atOnce(plugin, 'NormalizeScore', this.call(state, plugin, 'normalizeScores', [state, pod, scores]));
      const weight = this.#weights[plugin.name] || 1;
      for (const [index, { score }] of scores.entries()) totals[index]! += checkedScore(plugin, score) * weight;
    }
    return totals;
  }

  get hasScores(): boolean {
    return this.#plugins.having('score').length > 0;
  }

  /** What may help a pod that a plugin refused; undefined: any event. Read once per plugin. */
  eventsOf(pluginName: string): readonly ClusterEventWithHint[] | undefined {
    const plugin = this.#point.get(pluginName);
    if (!plugin?.implementation.eventsToRegister) return undefined;
    let events = this.#events.get(plugin.implementation);
    if (!events) {
      events = this.#point.call(plugin, 'eventsToRegister');
      this.#events.set(plugin.implementation, events);
    }
    return events;
  }

  #preScore(state: SchedulingState, pod: Pod, nodes: readonly NodeInfo[]): void {
    for (const plugin of this.#plugins.having('preScore')) {
      const status = statusOf(plugin, 'PreScore', this.call(state, plugin, 'preScore', [state, pod, nodes]));
      if (status.code === 'skip') state.skippedScores.add(plugin.name);
      else if (status.code !== 'success') throw fault(plugin, 'PreScore', status);
    }
  }

  /** The plugins that have a method, in the order in which they are called. */
  pluginsWith(method: HotMethod): readonly Plugin[] {
    return this.#plugins.having(method);
  }

  weightOf({ name }: Plugin): number {
    return this.#weights[name] || 1;
  }

  /** A question about a pod, outside of any cycle. */
  ask(plugin: Plugin, method: 'sign' | 'epoch', pod: Pod): unknown {
    return this.#point.callUntimed(plugin, method, pod);
  }

  /** A call on the scheduling path; timed in one of ten cycles. */
  call<K extends HotMethod>(
    state: SchedulingState,
    plugin: Plugin,
    method: K,
    args: Parameters<NonNullable<SchedulingPlugin[K]>>,
  ): ReturnType<NonNullable<SchedulingPlugin[K]>> {
    type Door = (extension: Plugin, method: K, ...args: unknown[]) => ReturnType<NonNullable<SchedulingPlugin[K]>>;
    const door = (state.isTimed ? this.#point.call : this.#point.callUntimed) as unknown as Door;
    return door.call(this.#point, plugin, method, ...args);
  }
}

export interface PostFilterOptions {
  /** `reviewPostFilter`: nothing is to be done. Default: `postFilter`. */
  readonly method?: 'postFilter' | 'reviewPostFilter';
  /** Ends what plugins have begun. */
  readonly signal?: AbortSignal;
}

export type HotMethod =
  | 'preFilter'
  | 'filter'
  | 'addPod'
  | 'removePod'
  | 'preScore'
  | 'score'
  | 'normalizeScores'
  | 'sign'
  | 'epoch'
  | 'filterAll'
  | 'preScoreAll'
  | 'scoreAll'
  | 'normalizeAll';

/** Upstream's wording. */
const disjointReason = (plugins: readonly string[]): string =>
  plugins.length === 1 ? `node(s) didn't satisfy plugin ${plugins[0]}` : `node(s) didn't satisfy plugin(s) [${plugins.join(' ')}] simultaneously`;

const isEventList = (events: unknown): boolean =>
  Array.isArray(events) &&
  events.every((entry: ClusterEventWithHint | undefined) => typeof entry?.event?.resource === 'string' && Array.isArray(entry.event.actions));
