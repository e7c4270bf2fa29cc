/** How fast the memory of high demand fades, per adjustment (upstream's figure: about five minutes to halve at ten seconds each). */
const smoothing = 0.977;

/** Measures how many seats the requests of a level hold and wait for, over the time between two adjustments. Times are milliseconds of any clock that only rises. */
export class SeatDemand {
  #seats = 0;
  #sinceMs: number;
  #startedMs: number;
  #sum = 0;
  #sumOfSquares = 0;
  #highest = 0;
  #smoothed = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
    this.#startedMs = nowMs;
  }

  /** Seats demanded from now on. */
  set(seats: number, nowMs: number): void {
    this.#pass(nowMs);
    this.#seats = seats;
    if (seats > this.#highest) this.#highest = seats;
  }

  /** The highest demand since the last call, and what is to be expected: mean plus deviation, falling slowly from higher ones seen before. Starts a new period. */
  take(nowMs: number): { readonly highest: number; readonly smoothed: number } {
    this.#pass(nowMs);
    const periodMs = nowMs - this.#startedMs;
    const mean = periodMs > 0 ? this.#sum / periodMs : this.#seats;
    const deviation = periodMs > 0 ? Math.sqrt(Math.max(0, this.#sumOfSquares / periodMs - mean * mean)) : 0;
    const envelope = mean + deviation;
    this.#smoothed = Math.max(envelope, smoothing * this.#smoothed + (1 - smoothing) * envelope);
    const highest = this.#highest;
    this.#highest = this.#seats;
    this.#sum = 0;
    this.#sumOfSquares = 0;
    this.#startedMs = nowMs;
    return { highest, smoothed: this.#smoothed };
  }

  #pass(nowMs: number): void {
    const passedMs = nowMs - this.#sinceMs;
    this.#sum += this.#seats * passedMs;
    this.#sumOfSquares += this.#seats * this.#seats * passedMs;
    this.#sinceMs = nowMs;
  }
}
