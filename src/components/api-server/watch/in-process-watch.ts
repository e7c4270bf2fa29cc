import type { KubernetesObject, UntypedObject } from '../../../api/object.ts';
import type { WatchEvent } from '../../../client/client.ts';
import type { Machinery, Target } from '../operations/context.ts';
import type { ListQuery } from '../operations/list-options.ts';
import { typed } from '../operations/typed.ts';
import { render } from '../rendering.ts';
import { openWatch, type WatchDelivery } from './watch-source.ts';

const bookmarkEveryMs = 60_000;

/** What a watch turns out to be about, once its reader may watch it. */
export interface WatchRequest {
  readonly target: Target;
  readonly query: ListQuery;
  readonly signal: AbortSignal;
}

/**
 * A watch that hands out the stored objects themselves. Ends when the signal aborts, or when the reader falls too far behind. `enter` is asked when the first event is
 * wanted; what it throws the reader gets.
 */
export async function* watchInProcess<T extends KubernetesObject>(
  machinery: Machinery,
  enter: () => Promise<WatchRequest>,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const { target, query, signal } = await enter();
  const inbox = new Inbox(machinery.limits.watchBacklogEvents);
  using watch = await openWatch(machinery, target, query, (deliveries) => inbox.put(deliveries));
  const stop = (): void => inbox.close();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) return;
  const eventOf = (delivery: WatchDelivery): WatchEvent<T> | Promise<WatchEvent<T>> => {
    const rendering = render(target.served, delivery.stored);
    if (rendering instanceof Promise) return rendering.then(({ object }) => ({ type: delivery.type, object: typed<T>(object) }));
    return { type: delivery.type, object: typed<T>(rendering.object) };
  };
  const bookmark = (revision: number, endsInitialEvents: boolean): WatchEvent<T> => ({
    type: 'BOOKMARK',
    object: typed<T>(bookmarkObject(target, revision, endsInitialEvents)),
  });
  try {
    for (const stored of watch.initial) yield await eventOf({ type: 'ADDED', stored });
    if (watch.marksInitialEnd) yield bookmark(watch.startRevision, true);
    using timer = query.allowWatchBookmarks ? every(machinery, () => inbox.wake()) : undefined;
    void timer;
    for (;;) {
      const batch = await inbox.take();
      if (batch === 'closed' || signal.aborted) return;
      const reached = batch.length === 0 && inbox.isEmpty ? watch.reached() : undefined;
      if (reached !== undefined) yield bookmark(reached, false);
      for (const delivery of batch) {
        const event = eventOf(delivery);
        yield event instanceof Promise ? await event : event;
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function bookmarkObject({ served }: Target, revision: number, endsInitialEvents: boolean): UntypedObject {
  const annotations = endsInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return { kind: served.kind, apiVersion: served.apiVersion, metadata: { resourceVersion: String(revision), ...annotations } };
}

function every({ clock }: Machinery, tick: () => void): Disposable {
  let timer: Disposable;
  const plan = (): void => {
    timer = clock.after(bookmarkEveryMs, () => {
      tick();
      plan();
    });
  };
  plan();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

/** Events on their way to one reader. */
class Inbox {
  #waiting: WatchDelivery[] = [];
  #isClosed = false;
  #isWoken = false;
  #notify: (() => void) | undefined;
  readonly #backlog: number;

  constructor(backlog: number) {
    this.#backlog = backlog;
  }

  put(deliveries: readonly WatchDelivery[]): void {
    if (this.#isClosed) return;
    for (const delivery of deliveries) this.#waiting.push(delivery);
    if (this.#waiting.length > this.#backlog) return this.close();
    this.#notify?.();
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Makes the reader's next turn an empty one. */
  wake(): void {
    this.#isWoken = true;
    this.#notify?.();
  }

  /** What waits is forgotten: the reader goes on from the last revision it has seen. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#notify?.();
  }

  /** All that waits, as soon as there is something. */
  async take(): Promise<readonly WatchDelivery[] | 'closed'> {
    while (this.#waiting.length === 0 && !this.#isClosed && !this.#isWoken) await new Promise<void>((resolve) => (this.#notify = resolve));
    this.#notify = undefined;
    if (this.#isClosed) return 'closed';
    this.#isWoken = false;
    const batch = this.#waiting;
    this.#waiting = [];
    return batch;
  }
}
