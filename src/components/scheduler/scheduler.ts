import type { Pod } from '../../api/generated/core-v1.ts';
import { pods } from '../../api/generated/resource-types.ts';
import { keyOf } from '../../api/object.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import type { Informers } from '../../client/informer.ts';
import type { ClusterEventWithHint, CycleState, EventResource, SchedulingPlugin, Status } from '../../extension-points/scheduling/contract.ts';
import type { Diagnosis } from '../../extension-points/scheduling/fit-error.ts';
import { fitErrorMessage, noNodes } from '../../extension-points/scheduling/fit-error.ts';
import type { AttachableHandle } from '../../extension-points/scheduling/handle.ts';
import { SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import { SchedulingState } from '../../extension-points/scheduling/scheduling-state.ts';
import { WaitingPods } from '../../extension-points/scheduling/waiting-pods.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import { createBreathe } from './breathe.ts';
import { watchCluster } from './cluster-watcher.ts';
import type { Failure } from './failure.ts';
import { faultOf, messageOf, refusalOf } from './failure.ts';
import { NodeFinder } from './find-node.ts';
import { NodeCache } from './node-cache.ts';
import { Nominations } from './nominations.ts';
import { isAssigned, podKey, podName } from './pod-facts.ts';
import { PodStatusWriter } from './pod-status-writer.ts';
import type { QueueEntry } from './scheduling-queue.ts';
import { SchedulingQueue } from './scheduling-queue.ts';

export interface SchedulerDeps {
  readonly client: Client;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly plugins: ExtensionPoint<SchedulingPlugin>;
  /** The handle the plugins were made with; the scheduler attaches itself to it. */
  readonly handle?: AttachableHandle;
  /** The values of `spec.schedulerName` this scheduler answers for. Default `default-scheduler`. */
  readonly schedulerNames?: readonly string[];
  /** Score weights by plugin name, over upstream's defaults. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Default 100: every feasible node is scored. 0: as upstream adapts it to the size of the cluster. */
  readonly percentageOfNodesToScore?: number;
  /** 0..1; for tests. */
  readonly random?: () => number;
}

/**
 * Starts scheduling once the first lists of pods and nodes are in. Throws when the plugins cannot schedule (no queue order, no binder).
 * Disposing stops taking pods, ends waits and waits for bindings under way.
 */
export async function startScheduler(deps: SchedulerDeps): Promise<AsyncDisposable> {
  const scheduler = new Scheduler(deps);
  await scheduler.start();
  return scheduler;
}

/** A pod that has its node, on its way to being bound. */
interface Assignment {
  readonly entry: QueueEntry;
  readonly state: SchedulingState;
  /** The pod with its node filled in. */
  readonly pod: Pod;
  readonly nodeName: string;
}

const nodeAdded: readonly ClusterEventWithHint[] = [{ event: { resource: 'Node', actions: ['Add'] } }];

class Scheduler implements AsyncDisposable {
  readonly #deps: SchedulerDeps;
  readonly #names: ReadonlySet<string>;
  readonly #framework: SchedulingFramework;
  readonly #cache = new NodeCache();
  readonly #nominations = new Nominations();
  readonly #waiting: WaitingPods;
  readonly #queue: SchedulingQueue;
  readonly #finder: NodeFinder;
  readonly #statuses: PodStatusWriter;
  readonly #breathe = createBreathe();
  readonly #recorders = new Map<string, EventRecorder>();
  readonly #bindings = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  readonly #subscriptions: Disposable[] = [];
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
    this.#names = new Set(deps.schedulerNames ?? ['default-scheduler']);
    this.#framework = new SchedulingFramework(deps.plugins, deps.weights ? { weights: deps.weights } : {});
    this.#framework.validate();
    this.#waiting = new WaitingPods(deps.clock);
    this.#statuses = new PodStatusWriter(deps);
    const framework = this.#framework;
    this.#queue = new SchedulingQueue({
      clock: deps.clock,
      compare: (left, right) => framework.compare(left, right),
      preEnqueue: (pod, firstPlugin) => this.#preEnqueue(pod, firstPlugin),
      eventsOf: (plugin) => (plugin === noNodes ? nodeAdded : framework.eventsOf(plugin)),
      onGated: (pod, status) => this.#onGated(pod, status),
    });
    this.#finder = new NodeFinder({
      framework,
      nominations: this.#nominations,
      breathe: this.#breathe,
      random: deps.random ?? Math.random,
      percentageOfNodesToScore: deps.percentageOfNodesToScore ?? 100,
    });
  }

  async start(): Promise<void> {
    const { informers, handle } = this.#deps;
    if (handle) {
      this.#subscriptions.push(
        handle.attach({
          snapshot: () => this.#cache.snapshot(),
          nodeInfo: (name) => this.#cache.nodeInfo(name),
          filterWithNominatedPods: (state, pod, node) => this.#finder.check(known(state), pod, node),
          addPod: (state, pod, other, node) => this.#framework.addPod(known(state), pod, other, node),
          removePod: (state, pod, other, node) => this.#framework.removePod(known(state), pod, other, node),
          nominatedPods: (name) => this.#nominations.on(name),
          waitingPods: () => this.#waiting,
          activate: (activated) => this.#queue.activate(activated),
        }),
      );
    }
    this.#subscriptions.push(
      watchCluster({
        informers,
        cache: this.#cache,
        queue: this.#queue,
        nominations: this.#nominations,
        resources: this.#registeredResources(),
        isOurs: (pod) => this.#isOurs(pod),
        onGone: (pod) => this.#waiting.reject(pod, 'removed'),
      }),
    );
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
    await Promise.all(this.#bindings);
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    await this.#statuses[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    for (;;) {
      const entry = await this.#queue.pop();
      if (!entry || this.#abort.signal.aborted) return;
      try {
        await this.#scheduleOne(entry);
      } catch (error) {
        this.#fail(entry, faultOf(error));
      }
      const turn = this.#breathe();
      if (turn) await turn;
    }
  }

  async #scheduleOne(entry: QueueEntry): Promise<void> {
    const { pod } = entry;
    if (pod.metadata.deletionTimestamp || this.#cache.isAssumed(pod)) return this.#queue.done(pod);
    const state = this.#framework.newState();
    const outcome = await this.#finder.find(state, pod, this.#cache.snapshot());
    if (outcome.kind === 'unfit') return this.#fail(entry, await this.#unfit(state, pod, outcome.diagnosis));
    const { nodeName } = outcome;
    const assignment: Assignment = { entry, state, nodeName, pod: { ...pod, spec: { ...pod.spec!, nodeName } } };
    this.#cache.assume(assignment.pod);
    this.#nominations.delete(pod);
    const waits = await this.#claim(assignment);
    if (!waits) return;
    const binding = this.#bind(assignment, waits).finally(() => this.#bindings.delete(binding));
    this.#bindings.add(binding);
  }

  /** Nothing fits: lets preemption and the like have a try, and words the result. */
  async #unfit(state: SchedulingState, pod: Pod, diagnosis: Diagnosis): Promise<Failure> {
    const { unschedulablePlugins, pendingPlugins } = diagnosis;
    const { status, nominatedNodeName } =
      diagnosis.nodeCount === 0 ? { status: undefined, nominatedNodeName: undefined } : await this.#framework.postFilter(state, pod, diagnosis.failures);
    const message = fitErrorMessage(diagnosis, status?.reasons.join(', '));
    return { reason: 'Unschedulable', message, unschedulablePlugins, pendingPlugins, ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }) };
  }

  /** Reserve and Permit. Answers the waits to sit out before binding; undefined when the pod lost its node again. */
  async #claim(assignment: Assignment): Promise<ReadonlyMap<string, number> | undefined> {
    const { state, pod, nodeName } = assignment;
    try {
      const reserved = await this.#framework.reserve(state, pod, nodeName);
      if (reserved.code !== 'success') {
        this.#cache.forget(pod);
        this.#fail(assignment.entry, refusalOf(reserved));
        return undefined;
      }
    } catch (error) {
      this.#cache.forget(pod);
      this.#fail(assignment.entry, faultOf(error));
      return undefined;
    }
    try {
      const { status, waits } = await this.#framework.permit(state, pod, nodeName);
      if (status.code === 'success' || status.code === 'wait') return waits;
      this.#giveUp(assignment, refusalOf(status));
    } catch (error) {
      this.#giveUp(assignment, faultOf(error));
    }
    return undefined;
  }

  /** The binding cycle: runs beside the scheduling of the next pods. Never rejects. */
  async #bind(assignment: Assignment, waits: ReadonlyMap<string, number>): Promise<void> {
    const { entry, state, pod, nodeName } = assignment;
    const { signal } = this.#abort;
    try {
      const permitted = waits.size === 0 ? undefined : await this.#waiting.hold(pod, waits);
      if (permitted && permitted.code !== 'success') return this.#giveUp(assignment, refusalOf(permitted));
      this.#queue.done(entry.pod);
      for (const step of [this.#framework.preBind, this.#framework.bind]) {
        const status = await step.call(this.#framework, state, pod, nodeName, signal);
        if (status.code !== 'success') return this.#giveUp(assignment, refusalOf(status));
      }
    } catch (error) {
      return this.#giveUp(assignment, faultOf(error));
    }
    this.#recorder(pod).record(entry.pod, 'Normal', 'Scheduled', `Successfully assigned ${podName(pod)} to ${nodeName}`);
    for (const error of this.#framework.postBind(state, pod, nodeName)) this.#deps.log.error('plugin failed after the bind', { pod: podName(pod), error });
  }

  /** Undoes an assignment; what it held may help others. */
  #giveUp({ entry, state, pod, nodeName }: Assignment, failure: Failure): void {
    try {
      this.#framework.unreserve(state, pod, nodeName);
    } catch (error) {
      this.#deps.log.error('plugin failed to unreserve', { pod: podName(pod), error });
    }
    this.#cache.forget(pod);
    this.#queue.onChange({ resource: 'AssignedPod', action: 'Delete', old: pod }, entry.pod);
    this.#fail(entry, failure);
  }

  #fail(entry: QueueEntry, failure: Failure): void {
    const pod = this.#deps.informers.informer(pods).get(keyOf(entry.pod));
    if (this.#abort.signal.aborted || !pod || podKey(pod) !== podKey(entry.pod) || isAssigned(pod)) return this.#queue.done(entry.pod);
    entry.pod = pod;
    entry.unschedulablePlugins = failure.unschedulablePlugins;
    entry.pendingPlugins = failure.pendingPlugins;
    this.#nominations.set(pod, failure.nominatedNodeName ?? pod.status?.nominatedNodeName);
    this.#queue.putBack(entry);
    if (failure.reason === 'SchedulerError') this.#deps.log.error('pod not scheduled', { pod: podName(pod), error: failure.message });
    this.#recorder(pod).record(pod, 'Warning', 'FailedScheduling', failure.message);
    this.#statuses.write(pod, failure);
  }

  /** A gate that fails keeps its pod out, as upstream does: nobody else can say whether it may be tried. */
  #preEnqueue(pod: Pod, firstPlugin: string | undefined): Status {
    try {
      return this.#framework.preEnqueue(pod, firstPlugin);
    } catch (error) {
      this.#deps.log.error('plugin failed before the queue', { pod: podName(pod), error });
      return { code: 'error', reasons: [messageOf(error)] };
    }
  }

  /** The API server says so itself for pods made through it; this covers all others. */
  #onGated(pod: Pod, status: Status): void {
    const isSaid = pod.status?.conditions?.some(({ type }) => type === 'PodScheduled');
    if (isSaid || !pod.spec?.schedulingGates?.length) return;
    this.#deps.log.debug('pod gated', { pod: podName(pod), plugin: status.plugin, reasons: status.reasons });
    this.#statuses.write(pod, { reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates' });
  }

  #isOurs({ spec }: Pod): boolean {
    return this.#names.has(spec?.schedulerName ?? 'default-scheduler');
  }

  /** Events come from the scheduler that the pod names. */
  #recorder({ spec }: Pod): EventRecorder {
    const name = spec?.schedulerName ?? 'default-scheduler';
    const recorder = this.#recorders.get(name) ?? this.#deps.events.as(name);
    this.#recorders.set(name, recorder);
    return recorder;
  }

  #registeredResources(): Set<EventResource> {
    const resources = new Set<EventResource>();
    for (const { name } of this.#deps.plugins) for (const { event } of this.#framework.eventsOf(name) ?? []) resources.add(event.resource);
    return resources;
  }
}

/** States are made by the framework; plugins only hand them back. */
function known(state: CycleState): SchedulingState {
  if (!(state instanceof SchedulingState)) throw new Error('the state is not of a scheduling cycle');
  return state;
}
