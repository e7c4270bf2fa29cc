/** How much of the past is remembered for watches and exact lists. */
export interface WindowOptions {
  /** Events younger than this are kept unless there are too many. Default 5 minutes, as long as etcd keeps them under a stock API server. */
  readonly minimumMs?: number;
  /** All collections together. Default 50,000. */
  readonly maximumEvents?: number;
}

/** Decides which revision may be forgotten. Knows revisions and times, not events. */
export class EventWindow {
  readonly #minimumMs: number;
  readonly #maximumEvents: number;
  /** The revision of each remembered event, oldest first. */
  #revisions: number[] = [];
  #marks: { readonly timeMs: number; readonly revision: number }[] = [];

  constructor({ minimumMs = 300_000, maximumEvents = 50_000 }: WindowOptions = {}) {
    this.#minimumMs = minimumMs;
    this.#maximumEvents = maximumEvents;
  }

  /** How often `expired` wants to be asked. */
  get intervalMs(): number {
    return this.#minimumMs / 5;
  }

  add(revision: number): void {
    this.#revisions.push(revision);
  }

  /** The revision to forget because there are too many events: a tenth at a time, so that it happens rarely. */
  overflow(): number | undefined {
    if (this.#revisions.length <= this.#maximumEvents) return undefined;
    return this.#revisions[this.#revisions.length - Math.ceil(this.#maximumEvents * 0.9) - 1];
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
    this.#revisions = count < 0 ? [] : this.#revisions.slice(count);
  }
}
