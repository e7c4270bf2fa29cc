import type { Pod } from '../../api/generated/core-v1.ts';
import type { EventRecorder } from '../../client/events.ts';
import { success } from '../../extension-points/scheduling/contract.ts';
import type { AttemptStage } from '../../extension-points/scheduling/decision.ts';
import type { SchedulingState } from '../../extension-points/scheduling/scheduling-state.ts';
import type { WaitingPods } from '../../extension-points/scheduling/waiting-pods.ts';
import type { Log } from '../../kernel/log.ts';
import { bindByExtender } from './bind-by-extender.ts';
import type { Failure } from './failure.ts';
import { faultOf, refusalOf } from './failure.ts';
import type { LiveProfile } from './live-generation.ts';
import type { NodeCache } from './node-cache.ts';
import { podName } from './pod-facts.ts';
import type { QueueEntry, SchedulingQueue } from './scheduling-queue.ts';

/** A pod that has its node, on its way to being bound. */
export interface Assignment {
  readonly entry: QueueEntry;
  readonly profile: LiveProfile;
  readonly state: SchedulingState;
  /** The pod with its node filled in. */
  readonly pod: Pod;
  readonly nodeName: string;
  /** Set once the API was told of the node. */
  toldNodeName?: string;
}

export interface BindingCyclesDeps {
  readonly cache: NodeCache;
  readonly queue: SchedulingQueue;
  readonly waiting: WaitingPods;
  readonly log: Log;
  /** Ends what plugins and extenders have begun. */
  readonly signal: AbortSignal;
  readonly recorderOf: (pod: Pod) => EventRecorder;
  /** Tells of the node before a bind that will take a while. Never rejects. */
  readonly nominate: (pod: Pod, nodeName: string) => Promise<void>;
  /** Told of an attempt that came to nothing; the pod is not assumed any more. */
  readonly onFailure: (entry: QueueEntry, failure: Failure, profile: LiveProfile) => void;
}

/** So many binds are written at a time: enough for a store that commits many writes together, few enough that what follows from one commit does not hold up requests. */
const mostBinds = 128;

/** Takes pods from a chosen node to a bound one: what happens beside the scheduling of the next pods. */
export class BindingCycles {
  readonly #deps: BindingCyclesDeps;
  readonly #running = new Set<Promise<void>>();
  #binds = 0;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(deps: BindingCyclesDeps) {
    this.#deps = deps;
  }

  /** Reserve and Permit, then the rest in the background. The pod is assumed to be on its node. Never rejects. */
  async begin(assignment: Assignment): Promise<void> {
    const waits = await this.#claim(assignment);
    if (!waits) return;
    const held = assignment.profile.generation.hold();
    const binding = this.#bind(assignment, waits).finally(() => {
      this.#running.delete(binding);
      held[Symbol.dispose]();
    });
    this.#running.add(binding);
  }

  /** Something to wait for while as many binds are being written as may be; pods that wait for anything else do not count. */
  get room(): Promise<void> | undefined {
    if (this.#binds < mostBinds) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Resolves when all that were begun have ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Answers the waits to sit out before binding; undefined when the pod lost its node again. */
  async #claim(assignment: Assignment): Promise<ReadonlyMap<string, number> | undefined> {
    const { entry, state, pod, nodeName, profile } = assignment;
    const { framework } = profile;
    try {
      const reserved = await framework.reserve(state, pod, nodeName);
      if (reserved.code !== 'success') {
        this.#deps.cache.forget(pod);
        this.#deps.onFailure(entry, { ...refusalOf(reserved, 'Reserve'), nominatedNodeName: '' }, profile);
        return undefined;
      }
    } catch (error) {
      this.#deps.cache.forget(pod);
      this.#deps.onFailure(entry, { ...faultOf(error, 'Reserve'), nominatedNodeName: '' }, profile);
      return undefined;
    }
    try {
      const { status, waits } = await framework.permit(state, pod, nodeName);
      if (status.code === 'success' || status.code === 'wait') return waits;
      this.#giveUp(assignment, refusalOf(status, 'Permit'));
    } catch (error) {
      this.#giveUp(assignment, faultOf(error, 'Permit'));
    }
    return undefined;
  }

  /** Never rejects. */
  async #bind(assignment: Assignment, waits: ReadonlyMap<string, number>): Promise<void> {
    const { entry, state, pod, nodeName, profile } = assignment;
    const { framework, generation } = profile;
    const { queue, waiting, log, signal } = this.#deps;
    let stage: AttemptStage = 'Permit';
    try {
      if (waits.size > 0) entry.recorder?.waiting(waits);
      stage = 'PreBind';
      const willPrepare = framework.willPreBind(state, pod, nodeName);
      stage = 'Permit';
      // Held before anything is waited for: others may let it go at once.
      const held = waits.size === 0 ? undefined : waiting.hold(pod, waits);
      if (willPrepare || held) {
        assignment.toldNodeName = nodeName;
        await this.#deps.nominate(entry.pod, nodeName);
      }
      const permitted = await held;
      if (permitted && permitted.code !== 'success') return this.#giveUp(assignment, refusalOf(permitted, stage));
      queue.done(entry.pod);
      entry.recorder?.binding();
      stage = 'PreBind';
      const prepared = await framework.preBind(state, pod, nodeName, signal);
      if (prepared.code !== 'success') return this.#giveUp(assignment, refusalOf(prepared, stage));
      stage = 'Bind';
      const bound = await this.#counted(async () => {
        const isBound = await bindByExtender(generation.extenders, { pod, nodeName, signal, log, record: entry.recorder });
        return isBound ? success : framework.bind(state, pod, nodeName, signal);
      });
      if (bound.code !== 'success') return this.#giveUp(assignment, refusalOf(bound, stage));
    } catch (error) {
      return this.#giveUp(assignment, faultOf(error, stage));
    }
    entry.recorder?.end({ result: 'Scheduled' });
    this.#deps.recorderOf(pod).record(entry.pod, 'Normal', 'Scheduled', `Successfully assigned ${podName(pod)} to ${nodeName}`);
    for (const error of framework.postBind(state, pod, nodeName)) log.error('plugin failed after the bind', { pod: podName(pod), error });
  }

  async #counted<T>(bind: () => Promise<T>): Promise<T> {
    this.#binds++;
    try {
      return await bind();
    } finally {
      this.#binds--;
      this.#room?.resolve();
      this.#room = undefined;
    }
  }

  /** Undoes an assignment; what it held may help others. */
  #giveUp({ entry, profile, state, pod, nodeName, toldNodeName }: Assignment, failed: Failure): void {
    // Whatever node was set aside for it, it is no longer.
    const failure: Failure = { ...failed, nominatedNodeName: '', ...(toldNodeName === undefined ? {} : { toldNodeName }) };
    const { cache, queue, log, onFailure } = this.#deps;
    try {
      profile.framework.unreserve(state, pod, nodeName);
    } catch (error) {
      log.error('plugin failed to unreserve', { pod: podName(pod), error });
    }
    cache.forget(pod);
    // A refused pod is put back first: what it gave up is not to wake itself.
    entry.lostNode = true;
    const isRefusal = failure.reason !== 'SchedulerError';
    if (isRefusal) onFailure(entry, failure, profile);
    queue.onChange({ resource: 'AssignedPod', action: 'Delete', old: pod }, entry.pod);
    if (!isRefusal) onFailure(entry, failure, profile);
  }
}
