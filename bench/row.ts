/** One line of the performance table. `name` selects it on the command line. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** What of it can be asked for alone, by name on the command line. */
  readonly parts?: readonly string[];
  /** Measures the row beside its floor; with `parts`, only these. Takes what it started down again. */
  measure(parts: readonly string[]): Promise<readonly Measurement[]>;
}

export interface Measurement {
  /** What was measured, in words. */
  readonly row: string;
  readonly value: number;
  readonly unit: string;
  /** The same work with nothing of wherry in it; in the same unit. */
  readonly floor: number;
  /** `value / floor`. */
  readonly ratio: number;
  /** The target in words. */
  readonly target: string;
  readonly met: boolean;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Nearest-rank percentile. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}
