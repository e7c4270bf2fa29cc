import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { timeText } from '../../../kernel/clock.ts';
import { isMirrorPod, isStaticPod, podKeyText, podUid } from '../directories.ts';
import { isTerminalPhase, rejectedStatus } from '../status/pod-status.ts';
import { VolumeError } from '../volumes/contract.ts';
import type { PodServices } from './pod-services.ts';
import { type PodState, reportStatus } from './pod-state.ts';
import { hurryPod, removeFromRuntime, stopPod } from './pod-stop.ts';
import { PodNotReadyError, syncPod } from './pod-sync.ts';
import { allocate, allocatedPod, allocationOf, reportedAllocation } from './resize.ts';

type Stage =
  /** Kept as its definition says. */
  | 'running'
  /** Being stopped, for good. */
  | 'stopping'
  /** Nothing runs; its containers are kept for their logs until the pod is deleted. */
  | 'stopped'
  | 'gone';

const firstRetryMs = 500;
const maximumRetryMs = 10_000;
/** Even where nothing seems to happen, look again: content of volumes, forgotten changes. */
const restMs = 60_000;

/** Looks after one pod from when it is first seen until nothing of it is left. Does one thing at a time; being woken while at work means another turn. */
export class PodWorker implements AsyncDisposable {
  readonly uid: string;
  readonly #services: PodServices;
  readonly #onGone: (worker: PodWorker) => void;
  readonly #state: PodState;
  /** The newest definition as it is in the API. */
  #wanted: Pod;
  #stage: Stage = 'running';
  #isRemoved = false;
  #isTornDown = false;
  /** The API was told that the node is done with the pod. */
  #isReleased = false;
  #turns: Promise<void> | undefined;
  #isDue = false;
  #isReading = false;
  #isClosed = false;
  #failures = 0;
  #timer: Disposable | undefined;
  #abort = new AbortController();
  #graceSeconds: number | undefined;

  constructor(pod: Pod, services: PodServices, onGone: (worker: PodWorker) => void) {
    this.uid = podUid(pod);
    this.#wanted = pod;
    this.#services = services;
    this.#onGone = onGone;
    this.#state = {
      pod,
      allocation: undefined,
      applied: new Map(),
      pendingResize: undefined,
      startTime: pod.status?.startTime ?? timeText(services.clock.now()),
      isAdmitted: false,
      verdict: undefined,
      sandboxConfig: undefined,
      startFailures: new Map(),
      retryAtMs: undefined,
    };
  }

  /** The newest definition of the pod, with the resources that were granted. */
  get pod(): Pod {
    return this.#state.pod;
  }

  /** Whether the pod counts against the node's resources. */
  get isActive(): boolean {
    return this.#state.isAdmitted && (this.#stage === 'running' || this.#stage === 'stopping');
  }

  get isGone(): boolean {
    return this.#stage === 'gone';
  }

  update(pod: Pod): void {
    const known = this.#wanted;
    this.#wanted = pod;
    this.#state.pod = allocatedPod(pod, this.#state.allocation);
    // Most updates are our own statuses coming back.
    if (isSameWish(known, pod) && !(this.#mustEnd && this.#stage === 'running')) return;
    this.#hurryIfAsked();
    this.#interruptIfEnding();
    this.wake();
  }

  /** The pod is no longer wanted and nobody waits for its end: it was deleted by force, or its file is gone. */
  remove(): void {
    this.#isRemoved = true;
    this.#hurryIfAsked();
    this.#interruptIfEnding();
    this.wake();
  }

  /** Ends the pod as failed. */
  evict(reason: string, message: string): void {
    if (this.#stage !== 'running') return;
    this.#state.verdict = { phase: 'Failed', reason, message };
    this.#services.events.record(this.#state.pod, 'Warning', reason, message);
    this.#interruptIfEnding();
    this.wake();
  }

  /** What is observed of the pod has changed. Ignored while the worker itself is reading: it looks at the newest before it rests. */
  observe(): void {
    if (!this.#isReading) this.wake();
  }

  /** Something about the pod may have changed. */
  wake(): void {
    if (this.#isClosed || this.#stage === 'gone') return;
    this.#isDue = true;
    this.#turns ??= this.#work().finally(() => (this.#turns = undefined));
  }

  /** Resolves when the worker rests. */
  async settled(): Promise<void> {
    while (this.#turns) await this.#turns;
  }

  /** Ends the worker; containers go on running. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    this.#abort.abort(new Error('node agent stopped'));
    await this.#turns;
  }

  async #work(): Promise<void> {
    await Promise.resolve(); // whoever wakes the worker is not kept waiting
    while (this.#isDue && !this.#isClosed && this.#stage !== 'gone') {
      this.#isDue = false;
      this.#timer?.[Symbol.dispose]();
      this.#state.retryAtMs = undefined;
      try {
        await this.#turn();
        this.#failures = 0;
      } catch (error) {
        this.#onFailure(error);
      }
    }
    this.#plan();
  }

  #onFailure(error: unknown): void {
    if (this.#isClosed) return;
    if (this.#stage === 'running' && this.#mustEnd) return void (this.#isDue = true); // interrupted: the pod has to be stopped
    const delayMs = Math.min(firstRetryMs * 2 ** this.#failures++, maximumRetryMs);
    this.#state.retryAtMs = this.#services.clock.now() + delayMs;
    const isKnown = error instanceof PodNotReadyError || error instanceof VolumeError;
    this.#services.log[isKnown ? 'debug' : 'warn']('pod not brought to its desired state; trying again', {
      pod: podKeyText(this.#state.pod),
      stage: this.#stage,
      error,
    });
  }

  #plan(): void {
    this.#timer?.[Symbol.dispose]();
    if (this.#isClosed || this.#stage === 'gone') return;
    const nowMs = this.#services.clock.now();
    const atMs = Math.min(...this.#dueTimes(nowMs));
    if (Number.isFinite(atMs)) this.#timer = this.#services.clock.after(Math.max(0, atMs - nowMs), () => this.wake());
  }

  #dueTimes(nowMs: number): number[] {
    const { retryAtMs, pod } = this.#state;
    if (this.#failures > 0) return [retryAtMs ?? nowMs + maximumRetryMs];
    if (this.#stage !== 'running') return [];
    const rest = this.#services.isSimulated ? undefined : nowMs + restMs;
    return [retryAtMs, this.#services.volumes.refreshAtMs(this.uid), this.#deadlineMs(pod), rest].filter((time) => time !== undefined);
  }

  #deadlineMs(pod: Pod): number | undefined {
    const { activeDeadlineSeconds } = pod.spec;
    if (activeDeadlineSeconds === undefined) return undefined;
    return Date.parse(pod.status?.startTime ?? this.#state.startTime) + activeDeadlineSeconds * 1000;
  }

  get #mustEnd(): boolean {
    const { pod, verdict } = this.#state;
    return this.#isRemoved || verdict !== undefined || pod.metadata.deletionTimestamp !== undefined || isTerminalPhase(pod.status?.phase);
  }

  #interruptIfEnding(): void {
    if (this.#mustEnd && this.#stage === 'running') this.#abort.abort(new Error('the pod has to be stopped'));
  }

  #hurryIfAsked(): void {
    if (this.#stage !== 'stopping') return;
    const graceSeconds = this.#isRemoved ? 1 : this.#state.pod.metadata.deletionGracePeriodSeconds;
    if (graceSeconds === undefined || this.#graceSeconds === undefined || graceSeconds >= this.#graceSeconds) return;
    this.#graceSeconds = graceSeconds;
    hurryPod(this.uid, graceSeconds, this.#services).catch((error: unknown) => this.#services.log.debug('containers not hurried', { error }));
  }

  async #turn(): Promise<void> {
    if (this.#stage === 'running' && !this.#mustEnd) await this.#keepRunning();
    if (this.#stage === 'running' && this.#mustEnd) this.#stage = 'stopping';
    if (this.#stage === 'stopping') await this.#stop();
    if (this.#stage === 'stopped') await this.#finish();
  }

  async #keepRunning(): Promise<void> {
    if (!(await this.#admit())) return;
    allocate(this.#wanted, this.#state, this.#services);
    this.#state.pod = allocatedPod(this.#wanted, this.#state.allocation);
    this.#isReading = true; // what the worker itself finds out is used at once
    try {
      const outcome = await syncPod(this.#state, this.#services, this.#abort.signal);
      if (outcome === 'again') this.#isDue = true;
      if (outcome === 'ended') this.#stage = 'stopping';
    } finally {
      this.#isReading = false;
    }
  }

  async #admit(): Promise<boolean> {
    const { pod, isAdmitted } = this.#state;
    if (isAdmitted) return true;
    // Whatever already runs was admitted before the agent was restarted.
    const isAdopted = this.#services.observations.get(this.uid).containers.length > 0;
    const refusal = isAdopted ? undefined : await this.#services.admit(pod, this.#abort.signal);
    if (!refusal) {
      this.#state.isAdmitted = true;
      this.#state.allocation = isAdopted ? reportedAllocation(this.#wanted) : allocationOf(this.#wanted);
      return true;
    }
    this.#services.events.record(pod, 'Warning', refusal.reason, refusal.message);
    this.#services.statuses.set(pod, rejectedStatus(pod, refusal, timeText(this.#services.clock.now())));
    this.#stage = 'stopped';
    return false;
  }

  async #stop(): Promise<void> {
    const { pod } = this.#state;
    const services = this.#services;
    this.#graceSeconds = this.#isRemoved ? 1 : (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
    reportStatus(this.#state, services.observations.get(this.uid), services, { isInterim: true });
    const observed = await stopPod(pod, services, this.#isRemoved ? 1 : undefined);
    services.probes.remove(this.uid);
    // Before anyone sees that the pod has ended, and may give its devices to others.
    await services.dynamicResources?.unprepare(this.uid);
    reportStatus(this.#state, observed, services, { isEnding: true });
    this.#stage = 'stopped';
  }

  /** Unmounts, and once the pod is deleted removes every trace of it. */
  async #finish(): Promise<void> {
    const { pod } = this.#state;
    const services = this.#services;
    if (!this.#isTornDown) {
      services.devices?.release(this.uid);
      services.pinning?.release(this.uid);
      await services.dynamicResources?.unprepare(this.uid); // of a pod that was refused
      await services.volumes.tearDown(this.uid);
      if (!services.isSimulated) await services.cgroups.remove(this.uid);
      this.#isTornDown = true;
    }
    const isDeleted = this.#isRemoved || pod.metadata.deletionTimestamp !== undefined;
    if (!isDeleted) return;
    if (!this.#isRemoved && !this.#isReleased && !isStaticPod(pod) && !isMirrorPod(pod)) await services.statuses.remove(pod);
    this.#isReleased = true;
    // Held by a finalizer, the pod can still be asked for its logs: its containers stay until it is gone.
    if (!this.#isRemoved && (this.#wanted.metadata.finalizers ?? []).length > 0) return;
    await this.#removeTraces();
    this.#stage = 'gone';
    this.#timer?.[Symbol.dispose]();
    this.#onGone(this);
  }

  async #removeTraces(): Promise<void> {
    const { observations, runtime, directories, statuses, images, restarts, isSimulated } = this.#services;
    await removeFromRuntime(await observations.refresh(this.uid), runtime, isSimulated ? undefined : directories);
    if (!isSimulated) {
      await rm(directories.podLog(this.#state.pod), { recursive: true, force: true });
      await rm(directories.pod(this.uid), { recursive: true, force: true });
    }
    observations.forget(this.uid);
    statuses.forget(this.uid);
    images.forget(this.uid);
    restarts.forget(this.uid);
  }
}

/** Whether two versions of a pod ask for the same, their statuses aside; of those, only conditions that gate readiness count. */
function isSameWish(left: Pod, right: Pod): boolean {
  if (left.metadata.generation === undefined || left.metadata.generation !== right.metadata.generation) return false;
  if (
    left.metadata.deletionTimestamp !== right.metadata.deletionTimestamp ||
    left.metadata.deletionGracePeriodSeconds !== right.metadata.deletionGracePeriodSeconds
  )
    return false;
  if (!isDeepStrictEqual(left.metadata.labels, right.metadata.labels) || !isDeepStrictEqual(left.metadata.annotations, right.metadata.annotations))
    return false;
  return (left.spec.readinessGates ?? []).every(({ conditionType }) => {
    const statusIn = (pod: Pod): string | undefined => pod.status?.conditions?.find(({ type }) => type === conditionType)?.status;
    return statusIn(left) === statusIn(right);
  });
}
