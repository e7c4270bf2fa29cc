/** One evaluation: its variables, what it has cost and what it may cost. */
import type { Bindings, EvaluationLimits } from './compile.ts';
import { EvaluationError, type Value } from './values.ts';

/** A compiled expression. Throws EvaluationError. */
export type Closure = (frame: Frame) => Value;

/** The clock is looked at once in so many turns of loops. */
const turnsPerLook = 4;

export class Frame {
  readonly bindings: Bindings;
  /** The variables of loops, by the slots that the compiler gave them. */
  readonly slots: (Value | undefined)[] = [];
  cost = 0;
  readonly #budget: number;
  readonly #deadline: number;
  #turns = 0;

  constructor(bindings: Bindings, { budget = Number.POSITIVE_INFINITY, deadline = Number.POSITIVE_INFINITY }: EvaluationLimits) {
    this.bindings = bindings;
    this.#budget = budget;
    this.#deadline = deadline;
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
    if (performance.now() > this.#deadline) throw new EvaluationError('operation interrupted', 'interrupted');
  }
}

function overBudget(): EvaluationError {
  return new EvaluationError('operation cancelled: actual cost limit exceeded', 'budget');
}

/** The error when `&&`, `||` and loops may go on in spite of it; anything else is thrown on. */
export function absorbed(error: unknown): EvaluationError {
  if (error instanceof EvaluationError && error.reason === 'failed') return error;
  throw error;
}
