import {
  type Container,
  type ContainerStatus,
  type PodSandbox,
  type PodSandboxStatus,
  type Runtime,
  RuntimeError,
} from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { agentLabel, hashLabel, podUidLabel, restartCountAnnotation } from '../labels.ts';
import { isSameState, nothingObserved, type ObservedContainer, type ObservedPod } from './observed-pod.ts';
import { terminationMessage } from './termination-message.ts';

export interface ObservationDeps {
  readonly runtime: Runtime;
  readonly agentMark: string;
  readonly isSimulated: boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Told after what is known of a pod changed. */
  readonly onChange: (uid: string) => void;
}

const fastRelistMs = 100;
const slowRelistMs = 1_000;
/** With events from the runtime, relisting only covers what they lost. */
const relistWithEventsMs = 10_000;

/**
 * What the runtime runs, kept current: by the agent's own actions (`refresh`), by the runtime's events where it has them, and by listing everything,
 * often while something is expected to change and once a second otherwise.
 */
export class PodObservations implements AsyncDisposable {
  readonly #deps: ObservationDeps;
  readonly #pods = new Map<string, ObservedPod>();
  /** Rises with each change of a pod, so that a listing that began earlier does not undo it. */
  readonly #versions = new Map<string, number>();
  readonly #refreshes = new Map<string, Promise<ObservedPod>>();
  readonly #abort = new AbortController();
  #timer: Disposable | undefined;
  #fastUntilMs = 0;
  #hasEvents = false;
  #relisting: Promise<void> | undefined;
  #isHealthy = true;

  constructor(deps: ObservationDeps) {
    this.#deps = deps;
  }

  /** Reads everything once, then keeps watching. Throws when the runtime cannot be read at all. */
  async start(): Promise<void> {
    await this.relist();
    if (this.#deps.runtime.events) void this.#followEvents();
    else this.#plan();
  }

  get(uid: string): ObservedPod {
    return this.#pods.get(uid) ?? nothingObserved(uid);
  }

  uids(): readonly string[] {
    return [...this.#pods.keys()];
  }

  /** Something is about to change: look often for a while. */
  expectChange(durationMs = 5_000): void {
    if (this.#hasEvents && this.#deps.isSimulated) return;
    const untilMs = this.#deps.clock.now() + durationMs;
    const wasFast = this.#isFast();
    this.#fastUntilMs = Math.max(this.#fastUntilMs, untilMs);
    if (!wasFast && this.#timer) this.#plan();
  }

  /** Reads one pod from the runtime. Reads of the same pod at the same time are not repeated more than once. */
  async refresh(uid: string): Promise<ObservedPod> {
    const running = this.#refreshes.get(uid);
    if (running) await running.catch(() => {}); // it may have begun too early to show what the caller did
    const joined = this.#refreshes.get(uid);
    if (joined) return joined;
    const refresh = this.#read(uid).finally(() => this.#refreshes.delete(uid));
    this.#refreshes.set(uid, refresh);
    return refresh;
  }

  /** Reads one sandbox that was just made, without listing. */
  async readSandbox(uid: string, sandboxId: string): Promise<PodSandboxStatus> {
    const status = await this.#deps.runtime.podSandboxStatus(sandboxId);
    const known = this.get(uid);
    this.#store(uid, { ...known, sandboxes: [status, ...known.sandboxes.filter(({ id }) => id !== sandboxId)] });
    return status;
  }

  /** Reads one container that was just started, without listing. */
  async readContainer(uid: string, sandboxId: string, containerId: string): Promise<void> {
    const container = await this.#withNotes(await this.#deps.runtime.containerStatus(containerId), sandboxId);
    const known = this.get(uid);
    this.#store(uid, { ...known, containers: [container, ...known.containers.filter(({ id }) => id !== containerId)] });
  }

  async relist(): Promise<void> {
    this.#relisting ??= this.#relistNow().finally(() => (this.#relisting = undefined));
    return this.#relisting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('node agent stopped'));
    this.#timer?.[Symbol.dispose]();
    await this.#relisting?.catch(() => {});
  }

  #isFast(): boolean {
    return this.#deps.clock.now() < this.#fastUntilMs;
  }

  #plan(): void {
    this.#timer?.[Symbol.dispose]();
    if (this.#abort.signal.aborted) return;
    const idleMs = this.#hasEvents ? relistWithEventsMs : slowRelistMs;
    if (this.#hasEvents && this.#deps.isSimulated) return; // its events are function calls: none is ever lost
    this.#timer = this.#deps.clock.after(this.#isFast() ? fastRelistMs : idleMs, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    try {
      await this.relist();
      this.#isHealthy = true;
    } catch (error) {
      if (this.#isHealthy && !this.#abort.signal.aborted) this.#deps.log.warn('the container runtime cannot be listed; trying again', { error });
      this.#isHealthy = false;
    }
    this.#plan();
  }

  async #followEvents(): Promise<void> {
    const { runtime, log } = this.#deps;
    const waiting = new Set<string>();
    const flush = (): void => {
      for (const uid of waiting) this.refresh(uid).catch((error: unknown) => log.debug('pod not read after an event', { uid, error }));
      waiting.clear();
    };
    try {
      this.#hasEvents = true;
      this.#plan();
      for await (const event of runtime.events!(this.#abort.signal)) {
        if (waiting.size === 0) setImmediate(flush);
        waiting.add(event.podUid);
      }
    } catch (error) {
      const isExpected = this.#abort.signal.aborted || (error instanceof RuntimeError && error.code === 'UNIMPLEMENTED');
      if (!isExpected) log.warn('the container runtime sends no more events; listing instead', { error });
    }
    this.#hasEvents = false;
    this.#plan();
  }

  async #read(uid: string): Promise<ObservedPod> {
    const { runtime, agentMark } = this.#deps;
    const labels = { [podUidLabel]: uid, [agentLabel]: agentMark };
    const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes({ labels }), runtime.listContainers({ labels })]);
    const observed = await this.#complete(uid, sandboxes, containers);
    this.#store(uid, observed);
    return observed;
  }

  async #relistNow(): Promise<void> {
    const { runtime, agentMark } = this.#deps;
    const versions = new Map(this.#versions);
    const labels = { [agentLabel]: agentMark };
    const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes({ labels }), runtime.listContainers({ labels })]);
    const sandboxesOf = Map.groupBy(sandboxes, ({ labels: own }) => own[podUidLabel] ?? '');
    const containersOf = Map.groupBy(containers, ({ labels: own }) => own[podUidLabel] ?? '');
    for (const uid of new Set([...sandboxesOf.keys(), ...containersOf.keys(), ...this.#pods.keys()])) {
      const mine = { sandboxes: sandboxesOf.get(uid) ?? [], containers: containersOf.get(uid) ?? [] };
      if (isSameState(this.get(uid), mine)) continue;
      const observed = await this.#complete(uid, mine.sandboxes, mine.containers);
      if (this.#versions.get(uid) === versions.get(uid)) this.#store(uid, observed);
    }
  }

  #store(uid: string, observed: ObservedPod): void {
    const previous = this.get(uid);
    this.#versions.set(uid, (this.#versions.get(uid) ?? 0) + 1);
    if (observed.sandboxes.length === 0 && observed.containers.length === 0) this.#pods.delete(uid);
    else this.#pods.set(uid, observed);
    if (isSameState(previous, observed)) return;
    this.#deps.onChange(uid);
  }

  forget(uid: string): void {
    this.#pods.delete(uid);
    this.#versions.delete(uid);
  }

  /** Adds the details that listings lack; those of unchanged sandboxes and containers are kept. */
  async #complete(uid: string, sandboxes: readonly PodSandbox[], containers: readonly Container[]): Promise<ObservedPod> {
    const known = this.get(uid);
    const [completeSandboxes, completeContainers] = await Promise.all([
      Promise.all(sandboxes.map((sandbox) => this.#sandbox(known, sandbox))),
      Promise.all(containers.map((container) => this.#container(known, container))),
    ]);
    return {
      uid,
      sandboxes: completeSandboxes
        .filter((sandbox) => sandbox !== undefined)
        .sort((left, right) => right.createdAtMs - left.createdAtMs || right.metadata.attempt - left.metadata.attempt),
      containers: completeContainers
        .filter((container) => container !== undefined)
        .sort((left, right) => right.createdAtMs - left.createdAtMs || right.metadata.attempt - left.metadata.attempt),
    };
  }

  async #sandbox(known: ObservedPod, sandbox: PodSandbox): Promise<PodSandboxStatus | undefined> {
    const old = known.sandboxes.find(({ id }) => id === sandbox.id);
    if (old && old.state === sandbox.state && old.ips.length > 0) return old;
    return unlessGone(this.#deps.runtime.podSandboxStatus(sandbox.id));
  }

  async #container(known: ObservedPod, container: Container): Promise<ObservedContainer | undefined> {
    const old = known.containers.find(({ id }) => id === container.id);
    if (old && old.state === container.state) return old;
    const status = await unlessGone(this.#deps.runtime.containerStatus(container.id));
    if (!status) return undefined;
    return this.#withNotes(status, container.sandboxId);
  }

  async #withNotes(status: ContainerStatus, sandboxId: string): Promise<ObservedContainer> {
    const message = status.state === 'exited' && !this.#deps.isSimulated ? await terminationMessage(status) : status.message;
    return {
      ...status,
      message,
      sandboxId,
      restartCount: Number(status.annotations[restartCountAnnotation] ?? status.metadata.attempt) || 0,
      hash: status.annotations[hashLabel] ?? '',
    };
  }
}

/** What vanished between the listing and the question about it was not there. */
async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
