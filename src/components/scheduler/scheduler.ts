import type { Pod } from '../../api/generated/core-v1.ts';
import { pods } from '../../api/generated/resource-types.ts';
import { keyOf } from '../../api/object.ts';
import { ApiError, badRequest, unavailable } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import type { Informers } from '../../client/informer.ts';
import type { ClusterEventWithHint, EventResource, SchedulingPlugin, Status } from '../../extension-points/scheduling/contract.ts';
import { success } from '../../extension-points/scheduling/contract.ts';
import type { DecisionRecorder, SchedulingAttempt, SchedulingOracle } from '../../extension-points/scheduling/decision.ts';
import { noDecisions } from '../../extension-points/scheduling/decision.ts';
import { noNodes } from '../../extension-points/scheduling/fit-error.ts';
import type { AttachableHandle } from '../../extension-points/scheduling/handle.ts';
import { WaitingPods } from '../../extension-points/scheduling/waiting-pods.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import { BindingCycles } from './binding-cycles.ts';
import { createBreathe } from './breathe.ts';
import type { ClusterChange } from './cluster-change.ts';
import { watchCluster, watchResources } from './cluster-watcher.ts';
import type { Failure } from './failure.ts';
import { faultOf, messageOf, outcomeOf } from './failure.ts';
import type { SchedulingGeneration } from './generation.ts';
import { generationOfRoster } from './generation.ts';
import type { LiveGeneration, LiveProfile } from './live-generation.ts';
import { NodeCache } from './node-cache.ts';
import { Nominations } from './nominations.ts';
import { openGeneration, takeOverPods } from './open-generation.ts';
import { isAssigned, podKey, podName } from './pod-facts.ts';
import { PodStatusWriter } from './pod-status-writer.ts';
import { reviewPod } from './review-pod.ts';
import type { QueueEntry } from './scheduling-queue.ts';
import { SchedulingQueue } from './scheduling-queue.ts';
import { explainUnfit } from './unfit.ts';

export interface SchedulerDeps {
  readonly client: Client;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
  /** What to begin with; others can take its place. Default: one made of the roster below. */
  readonly generation?: SchedulingGeneration;
  /** Without a generation: every plugin at every point that it implements, in roster order. */
  readonly plugins?: ExtensionPoint<SchedulingPlugin>;
  /** The handle that those were made with. */
  readonly handle?: AttachableHandle;
  /** The values of `spec.schedulerName` they are for. Default `default-scheduler`. */
  readonly schedulerNames?: readonly string[];
  /** Their score weights by name, over upstream's defaults. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Default 100: every feasible node is scored. 0: as upstream adapts it to the size of the cluster. */
  readonly percentageOfNodesToScore?: number;
  /** 0..1; for tests. */
  readonly random?: () => number;
  /** Told of every attempt and of what becomes of it. */
  readonly decisions?: DecisionRecorder;
}

/** A scheduler at work. Disposing stops taking pods, ends waits and waits for bindings under way; then its generation is disposed of too. */
export interface RunningScheduler extends AsyncDisposable, SchedulingOracle {
  /** The number of the generation that the next pod is scheduled with. */
  readonly generation: number;
  /**
   * Goes on with another generation as soon as the cycle under way is over; pods of before that are being bound, or wait for a permit, end with the old one. Every refused
   * pod is tried again. Resolves when it is done; rejects, and goes on as before, when the new plugins cannot schedule.
   */
  replace(generation: SchedulingGeneration): Promise<void>;
}

/** Starts scheduling once the first lists of pods and nodes are in. Throws when the plugins cannot schedule (no queue order, no binder). */
export async function startScheduler(deps: SchedulerDeps): Promise<RunningScheduler> {
  const scheduler = new Scheduler(deps);
  await scheduler.start();
  return scheduler;
}

const mostSortFaults = 16;
/** That wait for the cycle under way. */
const mostReviews = 16;
const nodeAdded: readonly ClusterEventWithHint[] = [{ event: { resource: 'Node', actions: ['Add'] } }];

/** What happened when plugins were loaded anew. */
const generationReplaced: ClusterChange = { resource: 'SchedulingGeneration', action: 'Update' };

class Scheduler implements RunningScheduler {
  readonly #deps: SchedulerDeps;
  readonly #cache = new NodeCache();
  readonly #nominations = new Nominations((node) => this.#cache.table.touch(node));
  readonly #waiting: WaitingPods;
  readonly #queue: SchedulingQueue;
  readonly #statuses: PodStatusWriter;
  readonly #breathe = createBreathe();
  readonly #recorders = new Map<string, EventRecorder>();
  readonly #bindings: BindingCycles;
  readonly #abort = new AbortController();
  readonly #subscriptions: Disposable[] = [];
  readonly #sortFaults = new Set<string>();
  #generation: LiveGeneration;
  #watched = new Set<EventResource>();
  /** Nothing a plugin said of a refused pod counts while the plugins change. */
  #isReplacing = false;
  /** The cycle under way. */
  #cycle: Promise<void> = Promise.resolve();
  /** A generation that waits for its end; no pod is taken before. */
  #replacement: Promise<void> | undefined;
  #loop: Promise<void> = Promise.resolve();
  /** Never rejects. */
  #review: Promise<void> | undefined;
  #reviewsWaiting = 0;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
    this.#waiting = new WaitingPods(deps.clock);
    this.#statuses = new PodStatusWriter(deps);
    this.#generation = this.#open(deps.generation ?? generationOfRoster(deps));
    const backoff = (): LiveGeneration['backoff'] => this.#generation.backoff;
    this.#queue = new SchedulingQueue({
      clock: deps.clock,
      compare: (left, right) => this.#generation.compare(left, right),
      preEnqueue: (pod, firstPlugin) => this.#preEnqueue(pod, firstPlugin),
      eventsOf: (plugin) => this.#eventsOf(plugin),
      classOf: (pod, plugins) => this.#generation.profileOf(pod)?.finder.classOf(pod, plugins),
      onGated: (pod, status) => this.#onGated(pod, status),
      ...(deps.decisions ? { decisions: deps.decisions } : {}),
      get initialBackoffMs() {
        return backoff().initialMs;
      },
      get maximumBackoffMs() {
        return backoff().maximumMs;
      },
    });
    this.#bindings = new BindingCycles({
      cache: this.#cache,
      queue: this.#queue,
      waiting: this.#waiting,
      log: deps.log,
      signal: this.#abort.signal,
      recorderOf: (pod) => this.#recorder(pod),
      nominate: (pod, nodeName) => this.#statuses.nominate(pod, nodeName),
      onFailure: (entry, failure, profile) => this.#fail(entry, failure, profile),
    });
  }

  get generation(): number {
    return this.#generation.number;
  }

  async start(): Promise<void> {
    const { informers } = this.#deps;
    this.#generation.attach();
    this.#subscriptions.push(
      watchCluster({
        informers,
        cache: this.#cache,
        queue: this.#queue,
        nominations: this.#nominations,
        isOurs: (pod) => this.#isOurs(pod),
        onGone: (pod) => this.#waiting.reject(pod, 'removed'),
      }),
    );
    this.#watch(this.#generation.resources());
    // Plugins asked for theirs when they were made.
    await informers.synced();
    this.#loop = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('scheduler stopped'));
    this.#queue[Symbol.dispose]();
    this.#waiting.rejectAll('scheduler stopped');
    await this.#loop;
    this.#waiting.rejectAll('scheduler stopped');
    await this.#bindings.idle();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#generation.retire();
    await this.#statuses[Symbol.asyncDispose]();
  }

  async review(pod: Pod, signal: AbortSignal): Promise<SchedulingAttempt> {
    if (this.#reviewsWaiting >= mostReviews)
      throw new ApiError(429, 'TooManyRequests', 'the scheduler has enough reviews to do, please try again later', { details: { retryAfterSeconds: 1 } });
    this.#reviewsWaiting++;
    try {
      for (let seen: Promise<void> | undefined; seen !== this.#cycle; ) await (seen = this.#cycle);
    } finally {
      this.#reviewsWaiting--;
    }
    signal.throwIfAborted();
    if (this.#abort.signal.aborted) throw unavailable('the scheduler is stopping');
    const profile = this.#generation.profileOf(pod);
    if (!profile) throw badRequest(`no scheduler that runs here answers for spec.schedulerName ${JSON.stringify(pod.spec?.schedulerName)}`);
    using _held = profile.generation.hold();
    const review = reviewPod({ ...profile, preEnqueue: (asked) => this.#preEnqueue(asked, undefined), clock: this.#deps.clock }, pod);
    // The next cycle waits for its end, and so does the next review.
    const over = review.then(
      () => undefined,
      () => undefined,
    );
    this.#cycle = this.#review = over;
    try {
      return await review;
    } finally {
      if (this.#review === over) this.#review = undefined;
    }
  }

  async replace(generation: SchedulingGeneration): Promise<void> {
    const next = this.#open(generation);
    // What its plugins asked for when they were made.
    await this.#deps.informers.synced();
    while (this.#replacement) await this.#replacement;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#replacement = promise;
    try {
      for (let seen: Promise<void> | undefined; seen !== this.#cycle; ) await (seen = this.#cycle);
      if (this.#abort.signal.aborted) next.retire();
      else this.#swap(next);
    } finally {
      this.#replacement = undefined;
      resolve();
    }
  }

  #swap(next: LiveGeneration): void {
    const old = this.#generation;
    next.attach();
    this.#generation = next;
    this.#watch(next.resources());
    this.#sortFaults.clear();
    this.#queue.reorder();
    this.#isReplacing = true;
    try {
      this.#queue.onChange(generationReplaced);
    } finally {
      this.#isReplacing = false;
    }
    takeOverPods({ informers: this.#deps.informers, queue: this.#queue, nominations: this.#nominations }, old, next);
    old.retire();
  }

  #open(generation: SchedulingGeneration): LiveGeneration {
    return openGeneration(generation, {
      cache: this.#cache,
      nominations: this.#nominations,
      waiting: this.#waiting,
      breathe: this.#breathe,
      random: this.#deps.random ?? Math.random,
      signal: this.#abort.signal,
      activate: (activated) => this.#queue.activate(activated),
      onSortFault: (pod, error) => this.#onSortFault(pod, error),
    });
  }

  #watch(resources: ReadonlySet<EventResource>): void {
    const added = new Set([...resources].filter((resource) => !this.#watched.has(resource)));
    for (const resource of added) this.#watched.add(resource);
    this.#subscriptions.push(watchResources({ informers: this.#deps.informers, queue: this.#queue }, added));
  }

  #eventsOf(plugin: string): readonly ClusterEventWithHint[] | undefined {
    if (this.#isReplacing) return undefined;
    return plugin === noNodes ? nodeAdded : this.#generation.eventsOf(plugin);
  }

  async #run(): Promise<void> {
    for (;;) {
      while (this.#replacement) await this.#replacement;
      for (let { room } = this.#bindings; room; { room } = this.#bindings) await room;
      const entry = await this.#queue.pop();
      while (this.#review) await this.#review;
      if (!entry || this.#abort.signal.aborted) return;
      this.#cycle = this.#cycleOf(entry);
      await this.#cycle;
      const turn = this.#breathe();
      if (turn) await turn;
    }
  }

  /** Never rejects. */
  async #cycleOf(entry: QueueEntry): Promise<void> {
    const profile = this.#generation.profileOf(entry.pod);
    // Its scheduler is no more.
    if (!profile) return this.#queue.done(entry.pod);
    using _held = profile.generation.hold();
    try {
      await this.#scheduleOne(entry, profile);
    } catch (error) {
      this.#fail(entry, { ...faultOf(error), nominatedNodeName: '' }, profile);
    }
  }

  async #scheduleOne(entry: QueueEntry, profile: LiveProfile): Promise<void> {
    const { pod } = entry;
    const { framework, finder } = profile;
    if (pod.metadata.deletionTimestamp || this.#cache.isAssumed(pod)) return this.#queue.done(pod);
    const record = (this.#deps.decisions ?? noDecisions).begin(pod, entry.attempts);
    entry.recorder = record;
    const state = framework.newState();
    const outcome = await finder.find(state, pod, record);
    if (outcome.kind === 'unfit') {
      const onFault = (error: unknown): void => this.#deps.log.error('plugin failed to make room', { pod: podName(pod), error });
      const cycle = { framework, options: { signal: this.#abort.signal }, state, pod, recorder: record, onFault };
      return this.#fail(entry, await explainUnfit(cycle, outcome.diagnosis), profile);
    }
    const { nodeName } = outcome;
    record.chose(nodeName);
    const assigned: Pod = { ...pod, spec: { ...pod.spec!, nodeName } };
    this.#cache.assume(assigned);
    this.#nominations.delete(pod);
    this.#statuses.forget(pod);
    await this.#bindings.begin({ entry, profile, state, nodeName, pod: assigned });
  }

  #fail(entry: QueueEntry, failure: Failure, { generation }: LiveProfile): void {
    entry.recorder?.end(outcomeOf(failure));
    const pod = this.#deps.informers.informer(pods).get(keyOf(entry.pod));
    if (this.#abort.signal.aborted || !pod || podKey(pod) !== podKey(entry.pod) || isAssigned(pod) || !this.#isOurs(pod)) {
      (this.#deps.decisions ?? noDecisions).forget(entry.pod);
      return this.#queue.done(entry.pod);
    }
    entry.pod = pod;
    entry.unschedulablePlugins = failure.unschedulablePlugins;
    entry.pendingPlugins = failure.pendingPlugins;
    this.#nominations.set(pod, failure.nominatedNodeName ?? pod.status?.nominatedNodeName);
    this.#queue.putBack(entry);
    if (failure.reason === 'SchedulerError') this.#deps.log.error('pod not scheduled', { pod: podName(pod), error: failure.message });
    this.#recorder(pod).record(pod, 'Warning', 'FailedScheduling', failure.message);
    this.#statuses.write(pod, failure);
    // The plugins that refused it may have changed their minds.
    if (generation !== this.#generation) this.#queue.activate([pod]);
  }

  /** A gate that fails keeps its pod out, as upstream does: nobody else can say whether it may be tried. */
  #preEnqueue(pod: Pod, firstPlugin: string | undefined): Status {
    try {
      return this.#generation.profileOf(pod)?.framework.preEnqueue(pod, firstPlugin) ?? success;
    } catch (error) {
      this.#deps.log.error('plugin failed before the queue', { pod: podName(pod), error });
      const { plugin } = faultOf(error);
      return { code: 'error', reasons: [messageOf(error)], ...(plugin === undefined ? {} : { plugin }) };
    }
  }

  /** The API server says so itself for pods made through it; this covers all others. */
  #onGated(pod: Pod, status: Status): void {
    if (status.code === 'error') this.#recorder(pod).record(pod, 'Warning', 'FailedScheduling', status.reasons.join(', '));
    const isSaid = pod.status?.conditions?.some(({ type }) => type === 'PodScheduled');
    if (isSaid || !pod.spec?.schedulingGates?.length) return;
    this.#deps.log.debug('pod gated', { pod: podName(pod), plugin: status.plugin, reasons: status.reasons });
    this.#statuses.write(pod, { reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates' });
  }

  /** Said once for each generation and message: it would be said at every comparison. */
  #onSortFault(pod: Pod, error: unknown): void {
    const message = messageOf(error);
    if (this.#sortFaults.has(message) || this.#sortFaults.size >= mostSortFaults) return;
    this.#sortFaults.add(message);
    this.#deps.log.error('plugin failed to order the queue; pods go in the order in which they came', { error: message });
    this.#recorder(pod).record(pod, 'Warning', 'FailedScheduling', message);
  }

  #isOurs(pod: Pod): boolean {
    return this.#generation.profileOf(pod) !== undefined;
  }

  /** Events come from the scheduler that the pod names. */
  #recorder({ spec }: Pod): EventRecorder {
    const name = spec?.schedulerName ?? 'default-scheduler';
    const recorder = this.#recorders.get(name) ?? this.#deps.events.as(name);
    this.#recorders.set(name, recorder);
    return recorder;
  }
}
