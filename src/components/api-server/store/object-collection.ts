import type { ObjectKey } from '../../../api/object.ts';
import { keyText } from '../../../api/object.ts';
import { ApiError, expired } from '../../../api/status.ts';
import type { Log } from '../../../kernel/log.ts';
import type { Collection, ListPage, ListRange, StoreEvent } from './contract.ts';
import type { StoredObject } from './stored-object.ts';

/** What a collection needs to know of the store as a whole. */
export interface StoreView {
  readonly revision: number;
  /** Events up to this revision are forgotten. */
  readonly compactedRevision: number;
  readonly log: Log;
}

/** A store event whose states are this store's own. */
export interface ObjectEvent extends StoreEvent {
  readonly stored: StoredObject;
  readonly previous?: StoredObject;
}

interface Subscriber {
  /** Events up to here were delivered. */
  revision: number;
  readonly sink: (events: readonly StoreEvent[]) => void;
}

/** The live objects of one resource, sorted, with the events still remembered. Changed by the store only: `apply`, then `notify`. */
export class ObjectCollection implements Collection {
  readonly #view: StoreView;
  readonly #byKey = new Map<string, StoredObject>();
  /** The keys in order, and the objects in the same order: a list is one slice. */
  readonly #keys: string[] = [];
  readonly #values: StoredObject[] = [];
  #events: ObjectEvent[] = [];
  /** The past as it was asked for lately, newest question last: chunks of one list ask again and again. */
  #pasts: State[] = [];
  readonly #subscribers = new Set<Subscriber>();

  constructor(view: StoreView) {
    this.#view = view;
  }

  get size(): number {
    return this.#keys.length;
  }

  get(key: ObjectKey): StoredObject | undefined {
    return this.#byKey.get(keyText(key));
  }

  list(range: ListRange): ListPage {
    return pageOf({ revision: this.#view.revision, keys: this.#keys, values: this.#values }, range);
  }

  listAt(revision: number, range: ListRange): ListPage {
    if (revision > this.#view.revision) throw tooLargeRevision(revision, this.#view.revision);
    if (revision < this.#view.compactedRevision) throw expired('The resourceVersion for the provided list is too old.');
    const changedSince = this.#events.slice(this.#firstEventAfter(revision));
    if (changedSince.length === 0) return { ...this.list(range), revision };
    return pageOf(this.#pastAt(revision, changedSince), range);
  }

  watch(fromRevision: number, sink: (events: readonly StoreEvent[]) => void): Disposable {
    const { revision, compactedRevision } = this.#view;
    if (fromRevision < compactedRevision) throw expired(`too old resource version: ${fromRevision} (${compactedRevision})`);
    const subscriber: Subscriber = { revision: Math.max(fromRevision, revision), sink };
    const missed = this.#events.slice(this.#firstEventAfter(fromRevision));
    if (missed.length > 0) this.#deliver(subscriber, missed);
    this.#subscribers.add(subscriber);
    return { [Symbol.dispose]: () => void this.#subscribers.delete(subscriber) };
  }

  /** Puts a live object in place without an event; for the load. */
  restore(stored: StoredObject): void {
    this.#put(keyText(stored.key), stored);
  }

  /** Remembers an event of the past without changing what lives; for the load. */
  restoreEvent(event: ObjectEvent): void {
    this.#events.push(event);
  }

  /** Takes a change into the live state and the history. */
  apply(event: ObjectEvent): void {
    const text = keyText(event.stored.key);
    if (event.type === 'deleted') this.#remove(text);
    else this.#put(text, event.stored);
    this.#events.push(event);
  }

  /** Tells the watchers of the events of one commit. */
  notify(events: readonly StoreEvent[]): void {
    const revision = events[0]!.revision;
    for (const subscriber of this.#subscribers) {
      if (subscriber.revision >= revision) continue;
      subscriber.revision = revision;
      this.#deliver(subscriber, events);
    }
  }

  /** The event of a key at a revision, while remembered. */
  eventAt(revision: number, text: string): ObjectEvent | undefined {
    for (let index = this.#firstEventAfter(revision - 1); this.#events[index]?.revision === revision; index++) {
      if (keyText(this.#events[index]!.stored.key) === text) return this.#events[index];
    }
    return undefined;
  }

  forget(revision: number): void {
    const count = this.#firstEventAfter(revision);
    if (count > 0) this.#events = this.#events.slice(count);
    this.#pasts = this.#pasts.filter((past) => past.revision >= revision);
  }

  #deliver(subscriber: Subscriber, events: readonly StoreEvent[]): void {
    try {
      subscriber.sink(events);
    } catch (error) {
      this.#view.log.error('watcher failed', { error, revision: events.at(-1)!.revision });
    }
  }

  #put(text: string, stored: StoredObject): void {
    const isNew = !this.#byKey.has(text);
    this.#byKey.set(text, stored);
    // Loads come in order: most often the key belongs at the end.
    const isLast = isNew && (this.#keys.length === 0 || this.#keys.at(-1)! < text);
    const index = isLast ? this.#keys.length : lowerBound(this.#keys, text);
    if (isLast) {
      this.#keys.push(text);
      this.#values.push(stored);
    } else if (isNew) {
      this.#keys.splice(index, 0, text);
      this.#values.splice(index, 0, stored);
    } else this.#values[index] = stored;
  }

  #remove(text: string): void {
    if (!this.#byKey.delete(text)) return;
    const index = lowerBound(this.#keys, text);
    this.#keys.splice(index, 1);
    this.#values.splice(index, 1);
  }

  #firstEventAfter(revision: number): number {
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The state at a revision, when these events came after it. What is past never changes, so it is worth keeping. */
  #pastAt(revision: number, changedSince: readonly ObjectEvent[]): State {
    const past = this.#pasts.find((candidate) => candidate.revision === revision) ?? this.#undo(revision, changedSince);
    this.#pasts = [...this.#pasts.filter((other) => other !== past), past].slice(-rememberedPasts);
    return past;
  }

  /** What lives, less what some events (oldest first) touched, plus what they found. */
  #undo(revision: number, events: readonly ObjectEvent[]): State {
    const found = new Map<string, StoredObject | undefined>();
    for (const { stored, previous } of events) {
      const text = keyText(stored.key);
      if (!found.has(text)) found.set(text, previous);
    }
    const restored = [...found].filter((entry): entry is [string, StoredObject] => entry[1] !== undefined).sort(([left], [right]) => (left < right ? -1 : 1));
    const keys: string[] = [];
    const values: StoredObject[] = [];
    const put = (text: string, stored: StoredObject): void => {
      keys.push(text);
      values.push(stored);
    };
    let next = 0;
    for (const [index, text] of this.#keys.entries()) {
      while (next < restored.length && restored[next]![0] < text) put(...restored[next++]!);
      if (!found.has(text)) put(text, this.#values[index]!);
    }
    while (next < restored.length) put(...restored[next++]!);
    return { revision, keys, values };
  }
}

/** Objects at a revision, in the order of their keys. */
interface State {
  readonly revision: number;
  readonly keys: readonly string[];
  readonly values: readonly StoredObject[];
}

const rememberedPasts = 4;

function pageOf({ revision, keys, values }: State, { namespace, after, limit }: ListRange): ListPage {
  const first = namespace === undefined ? 0 : lowerBound(keys, `${namespace}/`);
  const to = namespace === undefined ? keys.length : lowerBound(keys, namespaceEnd(namespace));
  const from = Math.min(Math.max(after === undefined ? first : upperBound(keys, after), first), to);
  const end = limit === undefined ? to : Math.min(to, from + limit);
  return { items: values.slice(from, end), revision, remaining: to - end };
}

/** Upstream's refusal of a revision the server has not reached. */
export const tooLargeRevision = (revision: number, current: number): ApiError =>
  new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${revision}, current: ${current}`, {
    details: { retryAfterSeconds: 1, causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
  });

/** The first text after all that start with `namespace/`: "0" follows "/". */
const namespaceEnd = (namespace: string): string => `${namespace}0`;

function lowerBound(keys: readonly string[], text: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

function upperBound(keys: readonly string[], text: string): number {
  const index = lowerBound(keys, text);
  return keys[index] === text ? index + 1 : index;
}
