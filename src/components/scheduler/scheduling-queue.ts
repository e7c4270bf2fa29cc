import type { Pod } from '../../api/generated/core-v1.ts';
import type { ClusterEventWithHint, QueuedPod, Status } from '../../extension-points/scheduling/contract.ts';
import type { Clock } from '../../kernel/clock.ts';
import { BinaryHeap } from './binary-heap.ts';
import type { ClusterChange } from './cluster-change.ts';
import { isInterested } from './cluster-change.ts';
import { InFlightChanges } from './in-flight-changes.ts';
import { podKey } from './pod-facts.ts';

/** A pod on its way through the queue. */
export interface QueueEntry extends QueuedPod {
  pod: Pod;
  /** When it was put into the queue, or back into it. */
  queuedAtMs: number;
  attempts: number;
  unschedulableCount: number;
  consecutiveErrors: number;
  /** The plugins that refused it last; both sets are empty after a fault. */
  unschedulablePlugins: ReadonlySet<string>;
  pendingPlugins: ReadonlySet<string>;
  /** The plugin that keeps it from being tried at all. */
  gatedBy?: string;
}

export interface QueueDeps {
  readonly clock: Clock;
  readonly compare: (left: QueuedPod, right: QueuedPod) => number;
  readonly preEnqueue: (pod: Pod, firstPlugin?: string) => Status;
  /** What may help a pod that this plugin refused; undefined: anything. */
  readonly eventsOf: (plugin: string) => readonly ClusterEventWithHint[] | undefined;
  /** Told once when a plugin begins to gate a pod. */
  readonly onGated: (pod: Pod, status: Status) => void;
  readonly initialBackoffMs?: number;
  readonly maximumBackoffMs?: number;
}

const flushIntervalMs = 30_000;
const longestUnschedulableMs = 5 * 60_000;

/** How a waiting pod is to be tried again. */
type Requeue = 'no' | 'after-backoff' | 'now';

/**
 * The pods that want a node: active ones in order, refused ones until something happens that may help them, those in back-off, gated ones. A pod is in one of these
 * places or in flight (popped and not done). Semantics: facts of upstream's scheduling queue; back-off 1 s doubling to 10 s, flush after 5 minutes.
 */
export class SchedulingQueue implements Disposable {
  readonly #deps: QueueDeps;
  readonly #active: BinaryHeap<QueueEntry>;
  /** Refused pods; when nothing is active the next of them is tried before its time. */
  readonly #backoff: BinaryHeap<QueueEntry>;
  /** Pods after a fault; they sit out their time. */
  readonly #errorBackoff: BinaryHeap<QueueEntry>;
  readonly #waiting = new Map<string, QueueEntry>();
  readonly #inFlight = new InFlightChanges();
  #poppers: ((entry: QueueEntry | undefined) => void)[] = [];
  #backoffTimer: { atMs: number; timer: Disposable } | undefined;
  #flushTimer: Disposable | undefined;
  #isClosed = false;

  constructor(deps: QueueDeps) {
    this.#deps = deps;
    const keyOf = ({ pod }: QueueEntry): string => podKey(pod);
    const byExpiry = (left: QueueEntry, right: QueueEntry): number => this.#backoffEndMs(left) - this.#backoffEndMs(right);
    this.#active = new BinaryHeap(keyOf, (left, right) => deps.compare(left, right));
    this.#backoff = new BinaryHeap(keyOf, byExpiry);
    this.#errorBackoff = new BinaryHeap(keyOf, byExpiry);
    this.#planFlush();
  }

  /** How many pods are in each place. */
  get sizes(): { readonly active: number; readonly backoff: number; readonly waiting: number } {
    return { active: this.#active.size, backoff: this.#backoff.size + this.#errorBackoff.size, waiting: this.#waiting.size };
  }

  /** A pod that was not here before. */
  add(pod: Pod): void {
    this.#enqueue({
      pod,
      queuedAtMs: this.#deps.clock.now(),
      attempts: 0,
      unschedulableCount: 0,
      consecutiveErrors: 0,
      unschedulablePlugins: new Set(),
      pendingPlugins: new Set(),
    });
    this.#serve();
  }

  /** Takes over a newer state of a pod. A pod in flight is brought up to date when it comes back. */
  update(pod: Pod): void {
    const key = podKey(pod);
    for (const heap of [this.#active, this.#backoff, this.#errorBackoff]) {
      const entry = heap.get(key);
      if (!entry) continue;
      entry.pod = pod;
      heap.put(entry);
    }
    const waiting = this.#waiting.get(key);
    if (waiting) waiting.pod = pod;
  }

  delete(pod: Pod): void {
    this.#takeOut(podKey(pod));
  }

  /** The next pod to try, now in flight; undefined once the queue is closed. */
  pop(): Promise<QueueEntry | undefined> {
    const entry = this.#next();
    if (entry || this.#isClosed) return Promise.resolve(entry);
    return new Promise((resolve) => this.#poppers.push(resolve));
  }

  /** The pod's fate is decided: what happens from now on is not kept for it. */
  done(pod: Pod): void {
    this.#inFlight.end(podKey(pod));
  }

  /** Puts back a pod that could not be scheduled; the entry says which plugins refused it, none after a fault. */
  putBack(entry: QueueEntry): void {
    const isFault = entry.unschedulablePlugins.size === 0 && entry.pendingPlugins.size === 0;
    entry.queuedAtMs = this.#deps.clock.now();
    entry.unschedulableCount += isFault ? 0 : 1;
    entry.consecutiveErrors = isFault ? entry.consecutiveErrors + 1 : 0;
    const missed = this.#inFlight.end(podKey(entry.pod));
    const requeue = isFault || !missed ? 'after-backoff' : missed.map((change) => this.#requeueFor(entry, change)).reduce(sooner, 'no');
    if (requeue === 'no') this.#waiting.set(podKey(entry.pod), entry);
    else this.#requeue(entry, requeue);
    this.#serve();
  }

  /** Tries again the pods that a change may help, the first in order first. */
  onChange(change: ClusterChange, except?: Pod): void {
    this.#inFlight.add(change);
    const exceptKey = except && podKey(except);
    for (const [key, entry] of this.#waiting) {
      if (key === exceptKey) continue;
      const requeue = this.#requeueFor(entry, change);
      if (requeue !== 'no') this.#requeue(entry, requeue);
    }
    this.#serve();
  }

  /** Tries pods at once, wherever they wait. */
  activate(pods: readonly Pod[]): void {
    for (const pod of pods) {
      if (this.#active.get(podKey(pod))) continue;
      const entry = this.#takeOut(podKey(pod));
      if (entry) this.#requeue(entry, 'now');
    }
    this.#serve();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#backoffTimer?.timer[Symbol.dispose]();
    this.#flushTimer?.[Symbol.dispose]();
    for (const resolve of this.#poppers.splice(0)) resolve(undefined);
  }

  #next(): QueueEntry | undefined {
    const entry = this.#active.pop() ?? this.#backoff.pop();
    if (!entry) return undefined;
    entry.attempts++;
    this.#inFlight.begin(podKey(entry.pod));
    return entry;
  }

  #takeOut(key: string): QueueEntry | undefined {
    const entry = this.#active.remove(key) ?? this.#backoff.remove(key) ?? this.#errorBackoff.remove(key) ?? this.#waiting.get(key);
    this.#waiting.delete(key);
    return entry;
  }

  #requeueFor(entry: QueueEntry, change: ClusterChange): Requeue {
    if (entry.gatedBy !== undefined) return this.#mayHelp(entry.gatedBy, entry.pod, change) ? 'now' : 'no';
    for (const plugin of entry.pendingPlugins) if (this.#mayHelp(plugin, entry.pod, change)) return 'now';
    for (const plugin of entry.unschedulablePlugins) if (this.#mayHelp(plugin, entry.pod, change)) return 'after-backoff';
    return 'no';
  }

  #mayHelp(plugin: string, pod: Pod, change: ClusterChange): boolean {
    const events = this.#deps.eventsOf(plugin);
    if (!events) return true;
    return events.some((event) => isInterested(event, change) && saysQueue(event, pod, change));
  }

  /** Lets the gates decide first, then puts the pod where it belongs. */
  #requeue(entry: QueueEntry, requeue: Exclude<Requeue, 'no'>): void {
    if (requeue === 'now' || this.#backoffEndMs(entry) <= this.#deps.clock.now()) return this.#enqueue(entry);
    if (!this.#passesGates(entry)) return;
    this.#waiting.delete(podKey(entry.pod));
    const isFault = entry.unschedulablePlugins.size === 0 && entry.pendingPlugins.size === 0;
    (isFault ? this.#errorBackoff : this.#backoff).put(entry);
    this.#planBackoff();
  }

  #enqueue(entry: QueueEntry): void {
    if (!this.#passesGates(entry)) return;
    this.#waiting.delete(podKey(entry.pod));
    this.#active.put(entry);
  }

  #passesGates(entry: QueueEntry): boolean {
    const status = this.#deps.preEnqueue(entry.pod, entry.gatedBy);
    if (status.code === 'success') {
      delete entry.gatedBy;
      return true;
    }
    const isNew = entry.gatedBy === undefined;
    entry.gatedBy = status.plugin ?? '';
    this.#waiting.set(podKey(entry.pod), entry);
    if (isNew) this.#deps.onGated(entry.pod, status);
    return false;
  }

  /** Called when all that an event moves is in its place: whoever waits must not be handed the first that happens to be moved. */
  #serve(): void {
    while (this.#poppers.length > 0) {
      const entry = this.#next();
      if (!entry) return;
      this.#poppers.shift()!(entry);
    }
  }

  #backoffEndMs(entry: QueueEntry): number {
    const { initialBackoffMs = 1_000, maximumBackoffMs = 10_000 } = this.#deps;
    const isFault = entry.unschedulablePlugins.size === 0 && entry.pendingPlugins.size === 0;
    const count = isFault ? entry.consecutiveErrors : entry.unschedulableCount;
    return count === 0 ? entry.queuedAtMs : entry.queuedAtMs + Math.min(maximumBackoffMs, initialBackoffMs * 2 ** Math.min(count - 1, 30));
  }

  #planBackoff(): void {
    const ends = [this.#backoff.peek(), this.#errorBackoff.peek()].flatMap((entry) => (entry ? [this.#backoffEndMs(entry)] : []));
    if (ends.length === 0 || this.#isClosed) return;
    const atMs = Math.min(...ends);
    if (this.#backoffTimer && this.#backoffTimer.atMs <= atMs) return;
    this.#backoffTimer?.timer[Symbol.dispose]();
    const timer = this.#deps.clock.after(Math.max(0, atMs - this.#deps.clock.now()), () => {
      this.#backoffTimer = undefined;
      this.#releaseBackoff();
    });
    this.#backoffTimer = { atMs, timer };
  }

  #releaseBackoff(): void {
    const now = this.#deps.clock.now();
    for (const heap of [this.#backoff, this.#errorBackoff]) {
      for (let first = heap.peek(); first && this.#backoffEndMs(first) <= now; first = heap.peek()) this.#enqueue(heap.pop()!);
    }
    this.#serve();
    this.#planBackoff();
  }

  #planFlush(): void {
    this.#flushTimer = this.#deps.clock.after(flushIntervalMs, () => {
      const until = this.#deps.clock.now() - longestUnschedulableMs;
      for (const entry of [...this.#waiting.values()]) if (entry.gatedBy === undefined && entry.queuedAtMs < until) this.#requeue(entry, 'after-backoff');
      this.#serve();
      this.#planFlush();
    });
  }
}

const rank: Readonly<Record<Requeue, number>> = { no: 0, 'after-backoff': 1, now: 2 };
const sooner = (left: Requeue, right: Requeue): Requeue => (rank[left] >= rank[right] ? left : right);

/** A hint that fails is taken for a yes: better one attempt too many than a pod forgotten. */
function saysQueue({ hint }: ClusterEventWithHint, pod: Pod, { old, current }: ClusterChange): boolean {
  if (!hint) return true;
  try {
    return hint(pod, old, current) === 'queue';
  } catch {
    return true;
  }
}
