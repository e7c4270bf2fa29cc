/** How much of the past is remembered for watches and exact lists. */
export interface WindowOptions {
  /** Events younger than this are kept unless there are too many. Default 5 minutes, as long as etcd keeps them under a stock API server. */
  readonly minimumMs?: number;
  /** All collections together. Default 50,000. */
  readonly maximumEvents?: number;
  /** Bytes of states that nobody would remember but for their events, all collections together. Default 64 MiB. */
  readonly maximumBytes?: number;
}

/** Decides which revision may be forgotten. Knows revisions, weights and times, not events. */
export class EventWindow {
  readonly #minimumMs: number;
  readonly #maximumEvents: number;
  readonly #maximumBytes: number;
  /** The revision of each remembered event, oldest first. */
  #revisions: number[] = [];
  /** The weight of each of them. */
  #weights: number[] = [];
  #bytes = 0;
  #marks: { readonly timeMs: number; readonly revision: number }[] = [];

  constructor({ minimumMs = 300_000, maximumEvents = 50_000, maximumBytes = 64 * 1024 * 1024 }: WindowOptions = {}) {
    this.#minimumMs = minimumMs;
    this.#maximumEvents = maximumEvents;
    this.#maximumBytes = maximumBytes;
  }

  /** How often `expired` wants to be asked. */
  get intervalMs(): number {
    return this.#minimumMs / 5;
  }

  /** Remembers an event; `bytes` is what it keeps in memory. */
  add(revision: number, bytes: number): void {
    this.#revisions.push(revision);
    this.#weights.push(bytes);
    this.#bytes += bytes;
  }

  /** The revision to forget because there are too many events, or too heavy ones: a tenth at a time, so that it happens rarely. */
  overflow(): number | undefined {
    if (this.#revisions.length <= this.#maximumEvents && this.#bytes <= this.#maximumBytes) return undefined;
    const tooMany = this.#revisions.length <= this.#maximumEvents ? 0 : this.#revisions.length - Math.ceil(this.#maximumEvents * 0.9);
    return this.#revisions[Math.max(tooMany, this.#tooHeavy()) - 1];
  }

  /** How many of the oldest to forget for their weight. */
  #tooHeavy(): number {
    if (this.#bytes <= this.#maximumBytes) return 0;
    let count = 0;
    for (let rest = this.#bytes; rest > this.#maximumBytes * 0.9; count++) rest -= this.#weights[count]!;
    return count;
  }

  /** Notes that `revision` is the newest now, and answers the newest one that was so long enough ago. */
  expired(timeMs: number, revision: number): number | undefined {
    this.#marks.push({ timeMs, revision });
    const firstYoung = this.#marks.findIndex((mark) => timeMs - mark.timeMs < this.#minimumMs);
    const old = this.#marks[firstYoung - 1]?.revision;
    this.#marks = this.#marks.slice(Math.max(0, firstYoung - 1));
    return old;
  }

  forget(revision: number): void {
    const count = this.#revisions.findIndex((candidate) => candidate > revision);
    const gone = count < 0 ? this.#revisions.length : count;
    for (let index = 0; index < gone; index++) this.#bytes -= this.#weights[index]!;
    this.#revisions = this.#revisions.slice(gone);
    this.#weights = this.#weights.slice(gone);
  }
}
