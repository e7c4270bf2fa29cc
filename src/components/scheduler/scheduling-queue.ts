import type { Pod } from '../../api/generated/core-v1.ts';
import type { ClusterEventWithHint, QueuedPod, Status } from '../../extension-points/scheduling/contract.ts';
import type { AttemptRecorder, DecisionRecorder, QueuePlace } from '../../extension-points/scheduling/decision.ts';
import { noDecisions } from '../../extension-points/scheduling/decision.ts';
import type { Clock } from '../../kernel/clock.ts';
import { BinaryHeap } from './binary-heap.ts';
import type { ClusterChange } from './cluster-change.ts';
import type { Move } from './decision-causes.ts';
import { attemptFailure, backoffComplete, causeOf, forceActivate, podAdd, popFromBackoff, unschedulableTimeout } from './decision-causes.ts';
import { InFlightChanges } from './in-flight-changes.ts';
import { podKey } from './pod-facts.ts';
import type { Help } from './refused-pods.ts';
import { helpFor, RefusedPods } from './refused-pods.ts';

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
  /** Whether it had a node the last time, and lost it again. */
  lostNode?: boolean;
  /** Told of the attempt under way. */
  recorder?: AttemptRecorder;
}

export interface QueueDeps {
  readonly clock: Clock;
  readonly compare: (left: QueuedPod, right: QueuedPod) => number;
  readonly preEnqueue: (pod: Pod, firstPlugin?: string) => Status;
  /** What may help a pod that this plugin refused; undefined: anything. */
  readonly eventsOf: (plugin: string) => readonly ClusterEventWithHint[] | undefined;
  /** Told once when a plugin begins to gate a pod. */
  readonly onGated: (pod: Pod, status: Status) => void;
  /** Names what the hints of these plugins read of a pod: a change is looked at once for all pods of a name. Undefined for a pod like no other, which is the default. */
  readonly classOf?: (pod: Pod, plugins: readonly string[]) => string | undefined;
  /** Told of every move. */
  readonly decisions?: Pick<DecisionRecorder, 'moved' | 'gated' | 'forget'>;
  readonly initialBackoffMs?: number;
  readonly maximumBackoffMs?: number;
}

const flushIntervalMs = 30_000;
const longestUnschedulableMs = 5 * 60_000;

/**
 * The pods that want a node: active ones in order, refused ones until something happens that may help them, those in back-off, gated ones. A pod is in one of these
 * places or in flight (popped and not done). Semantics: facts of upstream's scheduling queue; back-off 1 s doubling to 10 s, flush after 5 minutes.
 */
export class SchedulingQueue implements Disposable {
  readonly #deps: QueueDeps;
  readonly #active: BinaryHeap<QueueEntry>;
  /** Refused pods; when nothing is active the next of them is tried before its time. */
  readonly #backoff: BinaryHeap<QueueEntry>;
  /**
   * Pods after a fault, and those that lost their node again; they sit out their time. What such a pod held and gave up wakes others, and those would wake it in turn:
   * without a pause they would go round as fast as they can.
   */
  readonly #fullBackoff: BinaryHeap<QueueEntry>;
  readonly #waiting: RefusedPods;
  readonly #decisions: Pick<DecisionRecorder, 'moved' | 'gated' | 'forget'>;
  readonly #inFlight = new InFlightChanges();
  #poppers: ((entry: QueueEntry | undefined) => void)[] = [];
  #backoffTimer: { atMs: number; timer: Disposable } | undefined;
  #flushTimer: Disposable | undefined;
  #isClosed = false;

  constructor(deps: QueueDeps) {
    this.#deps = deps;
    this.#decisions = deps.decisions ?? noDecisions;
    this.#waiting = new RefusedPods(deps);
    const keyOf = ({ pod }: QueueEntry): string => podKey(pod);
    const byExpiry = (left: QueueEntry, right: QueueEntry): number => this.#backoffEndMs(left) - this.#backoffEndMs(right);
    this.#active = new BinaryHeap(keyOf, (left, right) => deps.compare(left, right));
    this.#backoff = new BinaryHeap(keyOf, byExpiry);
    this.#fullBackoff = new BinaryHeap(keyOf, byExpiry);
    this.#planFlush();
  }

  /** How many pods are in each place. */
  get sizes(): { readonly active: number; readonly backoff: number; readonly waiting: number } {
    return { active: this.#active.size, backoff: this.#backoff.size + this.#fullBackoff.size, waiting: this.#waiting.size };
  }

  /** A pod that was not here before. */
  add(pod: Pod): void {
    const entry: QueueEntry = {
      pod,
      queuedAtMs: this.#deps.clock.now(),
      attempts: 0,
      unschedulableCount: 0,
      consecutiveErrors: 0,
      unschedulablePlugins: new Set(),
      pendingPlugins: new Set(),
    };
    this.#enqueue(entry, { from: 'New', cause: podAdd });
    this.#serve();
  }

  /** Takes over a newer state of a pod. A pod in flight is brought up to date when it comes back. */
  update(pod: Pod): void {
    const key = podKey(pod);
    for (const heap of [this.#active, this.#backoff, this.#fullBackoff]) {
      const entry = heap.get(key);
      if (!entry) continue;
      entry.pod = pod;
      heap.put(entry);
    }
    const waiting = this.#waiting.get(key);
    if (!waiting) return;
    waiting.pod = pod;
    this.#waiting.put(waiting);
  }

  delete(pod: Pod): void {
    this.#takeOut(podKey(pod));
    this.#decisions.forget(pod);
  }

  /** The next pod to try, now in flight; undefined once the queue is closed. */
  pop(): Promise<QueueEntry | undefined> {
    const entry = this.#next();
    if (entry || this.#isClosed) return Promise.resolve(entry);
    return new Promise((resolve) => this.#poppers.push(resolve));
  }

  /** The pod's fate is decided: what happens from now on is not kept for it. */
  done(pod: Pod): void {
    this.#inFlight.drop(podKey(pod));
  }

  /** Puts back a pod that could not be scheduled; the entry says which plugins refused it, none after a fault. */
  putBack(entry: QueueEntry): void {
    const isFaulty = isFault(entry);
    entry.queuedAtMs = this.#deps.clock.now();
    delete entry.recorder;
    entry.unschedulableCount += isFaulty ? 0 : 1;
    entry.consecutiveErrors = isFaulty ? entry.consecutiveErrors + 1 : 0;
    const missed = this.#inFlight.end(podKey(entry.pod));
    const help = isFaulty || !missed || missed === 'forgotten' ? undefined : this.#missedHelp(entry, missed);
    if (help) this.#requeue(entry, help.requeue, { from: 'InFlight', cause: causeOf(help.change), plugin: help.plugin });
    else if (isFaulty || !missed) this.#requeue(entry, 'after-backoff', { from: 'InFlight', cause: attemptFailure });
    else if (missed === 'forgotten') this.#requeue(entry, entry.pendingPlugins.size > 0 ? 'now' : 'after-backoff', { from: 'InFlight', cause: attemptFailure });
    else this.#wait(entry, { from: 'InFlight', cause: attemptFailure });
    this.#serve();
  }

  /** Tries again the pods that a change may help, the first in order first. */
  onChange(change: ClusterChange, except?: Pod): void {
    this.#inFlight.add(change);
    const helped = this.#waiting.helpedBy(change, except && podKey(except));
    const cause = helped.length > 0 ? causeOf(change) : undefined;
    for (const { entry, help } of helped) this.#requeue(entry, help.requeue, { from: placeOf(entry), cause: cause!, plugin: help.plugin });
    this.#serve();
  }

  /** Takes over another order of the pods that are to be tried, after what `compare` answers changed. */
  reorder(): void {
    this.#active.reorder();
  }

  /** Tries pods at once, wherever they wait. */
  activate(pods: readonly Pod[]): void {
    for (const pod of pods) {
      if (this.#active.get(podKey(pod))) continue;
      const from = this.#placeOf(podKey(pod));
      const entry = this.#takeOut(podKey(pod));
      if (entry) this.#requeue(entry, 'now', { from, cause: forceActivate });
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
    const entry = this.#active.pop() ?? this.#popBackoff();
    if (!entry) return undefined;
    entry.attempts++;
    delete entry.lostNode;
    this.#inFlight.begin(podKey(entry.pod));
    return entry;
  }

  #popBackoff(): QueueEntry | undefined {
    const entry = this.#backoff.pop();
    if (entry) this.#tell(entry, 'InFlight', { from: 'Backoff', cause: popFromBackoff });
    return entry;
  }

  #takeOut(key: string): QueueEntry | undefined {
    return this.#active.remove(key) ?? this.#backoff.remove(key) ?? this.#fullBackoff.remove(key) ?? this.#waiting.delete(key);
  }

  #placeOf(key: string): QueuePlace {
    const resting = this.#backoff.get(key) ?? this.#fullBackoff.get(key);
    if (resting) return backoffOf(resting);
    const waiting = this.#waiting.get(key);
    return waiting ? placeOf(waiting) : 'Active';
  }

  /** What happened while the pod was being tried and may help it: what helps soonest, of those the first. */
  #missedHelp(entry: QueueEntry, missed: readonly ClusterChange[]): (Help & { readonly change: ClusterChange }) | undefined {
    let best: (Help & { readonly change: ClusterChange }) | undefined;
    for (const change of missed) {
      const help = helpFor(entry, change, this.#deps.eventsOf);
      if (help?.requeue === 'now') return { ...help, change };
      if (help) best ??= { ...help, change };
    }
    return best;
  }

  /** Lets the gates decide first, then puts the pod where it belongs. */
  #requeue(entry: QueueEntry, requeue: Help['requeue'], move: Move): void {
    if (requeue === 'now' || this.#backoffEndMs(entry) <= this.#deps.clock.now()) return this.#enqueue(entry, move);
    if (!this.#passesGates(entry, move)) return;
    this.#waiting.delete(podKey(entry.pod));
    (isFault(entry) || entry.lostNode ? this.#fullBackoff : this.#backoff).put(entry);
    this.#tell(entry, backoffOf(entry), move);
    this.#planBackoff();
  }

  #enqueue(entry: QueueEntry, move: Move): void {
    if (!this.#passesGates(entry, move)) return;
    this.#waiting.delete(podKey(entry.pod));
    this.#active.put(entry);
    this.#tell(entry, 'Active', move);
  }

  #wait(entry: QueueEntry, move: Move): void {
    this.#waiting.put(entry);
    this.#tell(entry, 'Unschedulable', move);
  }

  #tell({ pod }: QueueEntry, to: QueuePlace, move: Move): void {
    this.#decisions.moved(pod, { ...move, to, atMs: this.#deps.clock.now() });
  }

  #passesGates(entry: QueueEntry, { from, cause }: Move): boolean {
    const status = this.#deps.preEnqueue(entry.pod, entry.gatedBy);
    if (status.code === 'success') {
      delete entry.gatedBy;
      return true;
    }
    const before = entry.gatedBy;
    entry.gatedBy = status.plugin ?? '';
    this.#waiting.put(entry);
    if (before === entry.gatedBy) return false;
    this.#tell(entry, 'Gated', { from, cause, ...(status.plugin === undefined ? {} : { plugin: status.plugin }) });
    this.#decisions.gated(entry.pod, { attempt: entry.attempts + 1, status });
    if (before === undefined) this.#deps.onGated(entry.pod, status);
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
    const count = isFault(entry) ? entry.consecutiveErrors : entry.unschedulableCount;
    return count === 0 ? entry.queuedAtMs : entry.queuedAtMs + Math.min(maximumBackoffMs, initialBackoffMs * 2 ** Math.min(count - 1, 30));
  }

  #planBackoff(): void {
    const ends = [this.#backoff.peek(), this.#fullBackoff.peek()].flatMap((entry) => (entry ? [this.#backoffEndMs(entry)] : []));
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
    for (const heap of [this.#backoff, this.#fullBackoff]) {
      for (let first = heap.peek(); first && this.#backoffEndMs(first) <= now; first = heap.peek())
        this.#enqueue(heap.pop()!, { from: backoffOf(first), cause: backoffComplete });
    }
    this.#serve();
    this.#planBackoff();
  }

  #planFlush(): void {
    this.#flushTimer = this.#deps.clock.after(flushIntervalMs, () => {
      const until = this.#deps.clock.now() - longestUnschedulableMs;
      for (const entry of [...this.#waiting.values()])
        if (entry.gatedBy === undefined && entry.queuedAtMs < until)
          this.#requeue(entry, 'after-backoff', { from: 'Unschedulable', cause: unschedulableTimeout });
      this.#serve();
      this.#planFlush();
    });
  }
}

/** Nobody refused it: something went wrong. */
const isFault = ({ unschedulablePlugins, pendingPlugins }: QueueEntry): boolean => unschedulablePlugins.size === 0 && pendingPlugins.size === 0;

const backoffOf = (entry: QueueEntry): QueuePlace => (isFault(entry) ? 'ErrorBackoff' : 'Backoff');

const placeOf = ({ gatedBy }: QueueEntry): QueuePlace => (gatedBy === undefined ? 'Unschedulable' : 'Gated');
