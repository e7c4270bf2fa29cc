import type { Writable } from 'node:stream';
import { ApiError } from '../../../api/status.ts';
import type { Machinery, Target } from '../operations/context.ts';
import type { ListQuery } from '../operations/list-options.ts';
import type { LineEncoder } from './event-lines.ts';
import { drained, LineWriter } from './line-writer.ts';
import { type OpenWatch, openWatch, type WatchDelivery } from './watch-source.ts';

/** How one watcher wants its events. */
export interface WatchWire {
  /** Sends the head of the answer and hands out its body. Called once, when the watch is open. */
  open(): Writable;
  readonly encode: LineEncoder;
  /** For the initial events; not remembered. */
  readonly encodeInitial: LineEncoder;
  bookmark(revision: number, endsInitialEvents: boolean): Buffer;
  /** Ends the watch when it aborts. */
  readonly signal: AbortSignal;
}

const bookmarkEveryMs = 60_000;
const initialBatch = 64;

/**
 * Serves a watch until it times out, the client leaves or falls too far behind. A revision that is too old is told inside the stream, as upstream does;
 * other refusals are thrown before anything was sent.
 */
export async function serveWatch(machinery: Machinery, target: Target, query: ListQuery, wire: WatchWire): Promise<void> {
  const session = new WatchSession(machinery, wire);
  let watch: OpenWatch;
  try {
    watch = await openWatch(machinery, target, query, (deliveries) => session.deliver(deliveries));
  } catch (error) {
    if (error instanceof ApiError && error.code === 410) return void wire.open().end(`{"type":"ERROR","object":${JSON.stringify(error.toStatus())}}\n`);
    throw error;
  }
  using _ = watch;
  await session.run(watch, query);
}

class WatchSession {
  readonly #machinery: Machinery;
  readonly #wire: WatchWire;
  /** Events that came while the initial ones were being sent. */
  #early: WatchDelivery[] | undefined = [];
  #earlyBytes = 0;
  #writer: LineWriter | undefined;
  #finish: () => void = () => {};

  constructor(machinery: Machinery, wire: WatchWire) {
    this.#machinery = machinery;
    this.#wire = wire;
  }

  deliver(deliveries: readonly WatchDelivery[]): void {
    if (!this.#early)
      return this.#writer!.push(deliveries.length === 1 ? [this.#wire.encode(deliveries[0]!)] : deliveries.map((delivery) => this.#wire.encode(delivery)));
    const { watchBacklogEvents, watchBacklogBytes } = this.#machinery.limits;
    for (const delivery of deliveries) {
      this.#early.push(delivery);
      this.#earlyBytes += delivery.stored.bytes.length;
    }
    if (this.#early.length > watchBacklogEvents || this.#earlyBytes > watchBacklogBytes) this.#finish();
  }

  async run(watch: OpenWatch, query: ListQuery): Promise<void> {
    const out = this.#wire.open();
    const ended = new Promise<void>((resolve) => (this.#finish = resolve));
    this.#writer = new LineWriter(out, {
      backlog: this.#machinery.limits.watchBacklogEvents,
      backlogBytes: this.#machinery.limits.watchBacklogBytes,
      onOverflow: () => this.#overflow(out),
    });
    const finish = (): void => this.#finish();
    out.on('close', finish);
    out.on('error', finish);
    this.#wire.signal.addEventListener('abort', finish, { once: true });
    using timeout = this.#machinery.clock.after(this.#timeoutMs(query), finish);
    void timeout;
    const state = { isOver: false };
    void ended.then(() => (state.isOver = true));
    await this.#sendInitial(out, watch, state);
    using bookmarks = query.allowWatchBookmarks && !state.isOver ? this.#sendBookmarks() : undefined;
    void bookmarks;
    await ended;
    this.#wire.signal.removeEventListener('abort', finish);
    if (out.destroyed) return this.#writer.stop();
    await Promise.race([this.#writer.idle(), this.#machinery.clock.sleep(1_000)]);
    this.#writer.stop();
    out.end();
  }

  async #sendInitial(out: Writable, watch: OpenWatch, state: { readonly isOver: boolean }): Promise<void> {
    const { encodeInitial } = this.#wire;
    for (let start = 0; start < watch.initial.length && !state.isOver; start += initialBatch) {
      const batch = watch.initial.slice(start, start + initialBatch).map((stored) => encodeInitial({ type: 'ADDED', stored }));
      // oxlint-disable-next-line typescript/await-thenable -- conversion may be asynchronous.
      const isBusy = !out.write(Buffer.concat(await Promise.all(batch)));
      if (isBusy) await drained(out);
      else if (start % (initialBatch * 8) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    if (watch.marksInitialEnd && !state.isOver) out.write(this.#wire.bookmark(watch.initialRevision, true));
    const early = this.#early ?? [];
    this.#early = undefined;
    if (early.length > 0) this.deliver(early);
  }

  #sendBookmarks(): Disposable {
    let timer: Disposable;
    const plan = (): void => {
      timer = this.#machinery.clock.after(bookmarkEveryMs, () => {
        this.#writer?.push([this.#wire.bookmark(this.#machinery.store.revision, false)]);
        plan();
      });
    };
    plan();
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  #overflow(out: Writable): void {
    this.#machinery.log.warn('watcher dropped: it does not keep up', { backlog: this.#machinery.limits.watchBacklogEvents });
    out.destroy();
    this.#finish();
  }

  /** Without a wish of the client watches end after a random while, so that they do not all come back at once. */
  #timeoutMs(query: ListQuery): number {
    if (query.timeoutSeconds !== undefined && query.timeoutSeconds > 0) return Math.min(query.timeoutSeconds, 86_400) * 1_000;
    return this.#machinery.limits.watchTimeoutSeconds * (1 + Math.random()) * 1_000;
  }
}
