/** One evaluation: its variables, what it has cost and what it may cost. */
import type { Bindings, EvaluationLimits } from './compile.ts';
import { EvaluationError, List, type Value } from './values.ts';

/** A compiled expression. Throws EvaluationError. */
export type Closure = (frame: Frame) => Value;

/** The clock is looked at once in so many turns of loops, and once for so many bytes that calls make. */
const turnsPerLook = 4;
const bytesPerLook = 256 * 1024;
const bytesPerItem = 8;

export class Frame {
  readonly bindings: Bindings;
  /** The variables of loops, by the slots that the compiler gave them. */
  readonly slots: (Value | undefined)[] = [];
  cost = 0;
  readonly #budget: number;
  readonly #deadline: number;
  readonly #bytes: number;
  #turns = 0;
  /** Bytes that calls have made. */
  #made = 0;
  #madeToLook = bytesPerLook;

  constructor(bindings: Bindings, { budget, deadline, bytes }: EvaluationLimits) {
    this.bindings = bindings;
    this.#budget = budget ?? Number.POSITIVE_INFINITY;
    this.#deadline = deadline ?? Number.POSITIVE_INFINITY;
    this.#bytes = bytes ?? Number.POSITIVE_INFINITY;
  }

  charge(units: number): void {
    this.cost += units;
    if (this.cost > this.#budget) throw overBudget();
  }

  /** Stops what would be over the budget, before it takes its time. */
  require(units: number): void {
    if (this.cost + units > this.#budget) throw overBudget();
  }

  /** A turn of a loop. */
  turn(): void {
    if (this.#deadline === Number.POSITIVE_INFINITY || ++this.#turns % turnsPerLook !== 0) return;
    this.#look();
  }

  /** A call has made a value: cost counts what calls read, and little of what they write. */
  make(value: Value): void {
    const bytes = typeof value === 'string' ? value.length : value instanceof List ? value.size * bytesPerItem : 0;
    this.#made += bytes;
    if (this.#made > this.#bytes) throw interrupted();
    if (this.#made < this.#madeToLook) return;
    this.#madeToLook = this.#made + bytesPerLook;
    this.#look();
  }

  #look(): void {
    if (performance.now() > this.#deadline) throw interrupted();
  }
}

function overBudget(): EvaluationError {
  return new EvaluationError('operation cancelled: actual cost limit exceeded', 'budget');
}

const interrupted = (): EvaluationError => new EvaluationError('operation interrupted', 'interrupted');

/** The error when `&&`, `||` and loops may go on in spite of it; anything else is thrown on. */
export function absorbed(error: unknown): EvaluationError {
  if (error instanceof EvaluationError && error.reason === 'failed') return error;
  throw error;
}
