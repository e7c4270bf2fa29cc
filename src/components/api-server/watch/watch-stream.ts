import type { Writable } from 'node:stream';
import { ApiError, type Status } from '../../../api/status.ts';
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
  /** The event that tells why the watch ends before it began. */
  refusal(status: Status): Buffer;
  /** Told when the initial events have been sent. */
  initialized?(): void;
  /** Ends the watch when it aborts. */
  readonly signal: AbortSignal;
}

const bookmarkEveryMs = 60_000;
const initialBatch = 64;

/** Upstream's: a client that reconnects after a time-out has then seen nearly everything. */
const bookmarkBeforeEndMs = 2_000;
/** How long a client may take for what was sent before the end. */
const lingerMs = 1_000;

/**
 * Serves a watch until it times out, the client leaves or falls too far behind. A revision that is too old, or not reached in time, is told inside the stream,
 * as upstream does; other refusals are thrown before anything was sent.
 */
export async function serveWatch(machinery: Machinery, target: Target, query: ListQuery, wire: WatchWire): Promise<void> {
  const session = new WatchSession(machinery, wire);
  let watch: OpenWatch;
  try {
    watch = await openWatch(machinery, target, query, (deliveries) => session.deliver(deliveries));
  } catch (error) {
    if (error instanceof ApiError && (error.code === 410 || error.code === 504)) return void wire.open().end(wire.refusal(error.toStatus()));
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
  /** More came meanwhile than is kept for one watcher. */
  #isTooLate = false;
  #writer: LineWriter | undefined;
  #finish: () => void = () => {};

  constructor(machinery: Machinery, wire: WatchWire) {
    this.#machinery = machinery;
    this.#wire = wire;
  }

  deliver(deliveries: readonly WatchDelivery[]): void {
    if (this.#isTooLate) return;
    if (!this.#early)
      return this.#writer!.push(deliveries.length === 1 ? [this.#wire.encode(deliveries[0]!)] : deliveries.map((delivery) => this.#wire.encode(delivery)));
    const { watchBacklogEvents, watchBacklogBytes } = this.#machinery.limits;
    for (const delivery of deliveries) {
      this.#early.push(delivery);
      this.#earlyBytes += delivery.stored.bytes.length;
    }
    if (this.#early.length <= watchBacklogEvents && this.#earlyBytes <= watchBacklogBytes) return;
    this.#early = [];
    this.#isTooLate = true;
    this.#finish();
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
    const timeoutMs = this.#timeoutMs(query);
    const endMs = this.#machinery.clock.now() + timeoutMs;
    using timeout = this.#machinery.clock.after(timeoutMs, finish);
    void timeout;
    const state = { isOver: false };
    void ended.then(() => (state.isOver = true));
    if (this.#isTooLate || this.#wire.signal.aborted) finish();
    const sent = this.#sendInitial(out, watch, state);
    // When it fails after the client has gone, nobody waits for it.
    sent.catch(() => out.destroy());
    await Promise.race([sent, ended]);
    this.#wire.initialized?.();
    using bookmarks = query.allowWatchBookmarks && !state.isOver ? this.#sendBookmarks(watch, endMs) : undefined;
    void bookmarks;
    await ended;
    this.#wire.signal.removeEventListener('abort', finish);
    const isSent = !out.destroyed && (await this.#settles(sent.then(() => this.#writer!.idle())));
    this.#writer.stop();
    this.#early = undefined;
    if (isSent && !this.#isTooLate) out.end();
    // Nobody reads: an end would wait behind what was not read either.
    if (!isSent || this.#isTooLate || out.writableLength > 0) await this.#leave(out);
  }

  /** Whether something comes about before the patience of the end is over. */
  async #settles(work: Promise<unknown>): Promise<boolean> {
    const late = Promise.withResolvers<boolean>();
    using timer = this.#machinery.clock.after(lingerMs, () => late.resolve(false));
    void timer;
    return await Promise.race([work.then(() => true), late.promise]);
  }

  async #leave(out: Writable): Promise<void> {
    const closed = new Promise((resolve) => out.once('close', resolve));
    if (out.destroyed || (out.writableEnded && (await this.#settles(closed)))) return;
    out.destroy();
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
    if (watch.marksInitialEnd && !state.isOver) out.write(this.#wire.bookmark(watch.startRevision, true));
    const early = this.#early ?? [];
    this.#early = undefined;
    if (early.length > 0) this.deliver(early);
  }

  /** Every minute, and shortly before the end. */
  #sendBookmarks(watch: OpenWatch, endMs: number): Disposable {
    const { clock } = this.#machinery;
    let timer: Disposable | undefined;
    const plan = (): void => {
      const delayMs = Math.min(bookmarkEveryMs, endMs - bookmarkBeforeEndMs - clock.now());
      timer = delayMs <= 0 ? undefined : clock.after(delayMs, send);
    };
    const send = (): void => {
      const revision = watch.reached();
      if (revision !== undefined) this.#writer?.push([this.#wire.bookmark(revision, false)]);
      plan();
    };
    plan();
    return { [Symbol.dispose]: () => timer?.[Symbol.dispose]() };
  }

  #overflow(out: Writable): void {
    this.#machinery.log.warn('watcher dropped: it does not keep up', { backlog: this.#machinery.limits.watchBacklogEvents });
    out.destroy();
    this.#finish();
  }

  /** Without a wish of the client watches end after a random while, so that they do not all come back at once. */
  #timeoutMs(query: ListQuery): number {
    if (query.timeoutSeconds) return Math.min(Math.max(query.timeoutSeconds, 0), 86_400) * 1_000;
    return this.#machinery.limits.watchTimeoutSeconds * (1 + Math.random()) * 1_000;
  }
}
