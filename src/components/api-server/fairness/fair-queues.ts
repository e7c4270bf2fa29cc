import type { Clock } from '../../../kernel/clock.ts';
import type { Seat } from './seat.ts';
import { dealHand } from './shuffle-sharding.ts';

/** How requests of one level wait for each other; `queues` 0 refuses what finds no seat. */
export interface QueueSettings {
  readonly queues: number;
  readonly handSize: number;
  readonly queueLengthLimit: number;
}

/** A request that wants in. */
export interface SeatRequest {
  /** How many seats it takes. */
  readonly width: number;
  /** Decides which queues it may stand in; asked only when it must wait. */
  readonly hash: () => bigint;
  /** Aborts when the client goes; asked only when it must wait. */
  readonly signal: () => AbortSignal;
}

interface Waiting {
  readonly width: number;
  readonly queue: Queue;
  readonly enter: (seat: Seat) => void;
}

interface Queue {
  readonly number: number;
  /** Oldest first. */
  readonly waiting: Waiting[];
  /** Virtual time at which its next request starts: service its flows had so far, in seats times milliseconds. */
  start: number;
  /** Seats of its requests that run. */
  running: number;
}

/** What a request is taken to last until it is over. */
const expectedMs = 3;

/** Requests wait this long at most: a quarter of upstream's minute per request. */
export const maximumWaitMs = 15_000;

/**
 * The seats of one level, and who waits for them. While seats are free nobody queues. Else a request goes to the shortest of the few queues its flow is dealt,
 * and the queue that had least service so far is served next: who floods fills its own queues and waits behind itself (start-time fair queueing; KEP-1040).
 */
export class FairQueues {
  readonly #settings: QueueSettings;
  readonly #clock: Clock;
  /** By number; those in use or in debt. */
  readonly #queues = new Map<number, Queue>();
  readonly #busy = new Set<Queue>();
  readonly #onDemand: (seats: number) => void;
  #limit: number;
  #seats = 0;
  #waitingSeats = 0;
  #now = 0;

  /** `onDemand` is told whenever the seats held and waited for change. */
  constructor({ settings, limit, clock, onDemand }: { settings: QueueSettings; limit: number; clock: Clock; onDemand: (seats: number) => void }) {
    this.#settings = settings;
    this.#limit = limit;
    this.#clock = clock;
    this.#onDemand = onDemand;
  }

  get seatsInUse(): number {
    return this.#seats;
  }

  get waiting(): number {
    let count = 0;
    for (const queue of this.#busy) count += queue.waiting.length;
    return count;
  }

  /** Seats for all that run at once. Those who run already stay. */
  set limit(limit: number) {
    this.#limit = limit;
    this.#dispatch();
  }

  get limit(): number {
    return this.#limit;
  }

  /** A seat now, or when there is one; `undefined` when there will be none: the queue is full or the wait was too long. Rejects when the client goes. */
  enter(request: SeatRequest): Seat | undefined | Promise<Seat | undefined> {
    if (this.#busy.size === 0 && this.#fits(request.width)) return this.#seat(request.width);
    const queue = this.#queueFor(request);
    return queue && this.#wait(request, queue);
  }

  /** A request wider than all seats runs alone. */
  #fits(width: number): boolean {
    return this.#seats + width <= this.#limit || (this.#seats === 0 && this.#limit > 0);
  }

  #seat(width: number, queue?: Queue): Seat {
    this.#seats += width;
    this.#demandChanged();
    return new TakenSeat(queue ? this.#clock.now() : 0, (startedMs) => {
      if (queue) {
        queue.running -= width;
        queue.start += width * (this.#clock.now() - startedMs - expectedMs);
        this.#forgetIdle(queue);
      }
      this.#seats -= width;
      this.#demandChanged();
      if (this.#busy.size > 0) this.#dispatch();
    });
  }

  #queueFor({ hash }: SeatRequest): Queue | undefined {
    const { queues, handSize, queueLengthLimit } = this.#settings;
    if (queues === 0) return undefined;
    let best: Queue | undefined;
    for (const card of dealHand(hash(), queues, Math.min(handSize, queues))) {
      const queue = this.#queues.get(card) ?? { number: card, waiting: [], start: 0, running: 0 };
      if (!best || load(queue) < load(best)) best = queue;
    }
    return best && best.waiting.length < queueLengthLimit ? best : undefined;
  }

  /** A queue that nobody is in and that owes nothing is like a new one. */
  #forgetIdle(queue: Queue): void {
    if (queue.waiting.length === 0 && queue.running === 0 && queue.start <= this.#now) this.#queues.delete(queue.number);
  }

  #wait({ width, signal }: SeatRequest, queue: Queue): Promise<Seat | undefined> {
    const gone = signal();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        patience[Symbol.dispose]();
        gone.removeEventListener('abort', onGone);
      };
      const waiting: Waiting = { width, queue, enter: (seat) => (leave(), resolve(seat)) };
      const giveUp = (): void => {
        leave();
        queue.waiting.splice(queue.waiting.indexOf(waiting), 1);
        if (queue.waiting.length === 0) this.#busy.delete(queue);
        this.#forgetIdle(queue);
        this.#waitingSeats -= width;
        this.#demandChanged();
        // It may have been what nobody could overtake.
        this.#dispatch();
      };
      const onGone = (): void => (giveUp(), reject(gone.reason as Error));
      const patience = this.#clock.after(maximumWaitMs, () => (giveUp(), resolve(undefined)));
      if (gone.aborted) return (patience[Symbol.dispose](), reject(gone.reason as Error));
      gone.addEventListener('abort', onGone, { once: true });
      if (queue.waiting.length === 0) {
        queue.start = Math.max(queue.start, this.#now);
        this.#busy.add(queue);
      }
      this.#queues.set(queue.number, queue);
      queue.waiting.push(waiting);
      this.#waitingSeats += width;
      this.#demandChanged();
    });
  }

  /** Serves queues while there are seats. Whoever is next and too wide is waited for: else narrow requests would keep wide ones out for ever. */
  #dispatch(): void {
    for (let queue = this.#next(); queue; queue = this.#next()) {
      const { width } = queue.waiting[0]!;
      if (!this.#fits(width)) return;
      const { enter } = queue.waiting.shift()!;
      if (queue.waiting.length === 0) this.#busy.delete(queue);
      this.#now = Math.max(this.#now, queue.start);
      queue.start += width * expectedMs;
      queue.running += width;
      this.#waitingSeats -= width;
      enter(this.#seat(width, queue));
    }
  }

  #next(): Queue | undefined {
    let next: Queue | undefined;
    for (const queue of this.#busy) if (!next || queue.start < next.start) next = queue;
    return next;
  }

  #demandChanged(): void {
    this.#onDemand(this.#seats + this.#waitingSeats);
  }
}

/** What stands before a newcomer: seats waited for and seats in use. */
function load({ waiting, running }: Queue): number {
  let seats = running;
  for (const { width } of waiting) seats += width;
  return seats;
}

class TakenSeat implements Seat {
  readonly #startedMs: number;
  #over: ((startedMs: number) => void) | undefined;

  constructor(startedMs: number, over: (startedMs: number) => void) {
    this.#startedMs = startedMs;
    this.#over = over;
  }

  release(): void {
    const over = this.#over;
    this.#over = undefined;
    over?.(this.#startedMs);
  }
}
