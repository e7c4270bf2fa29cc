import type { NodeScore } from './contract.ts';

export const maximumScore = 100;

/** Scales scores so that the largest becomes 100, or 0 when `isReversed`; when all are 0 they become 0, or 100. Upstream's default. */
export function scaleToMaximum(scores: readonly NodeScore[], isReversed = false): void {
  let largest = 0;
  for (const { score } of scores) largest = Math.max(largest, score);
  for (const entry of scores) {
    const scaled = largest === 0 ? 0 : Math.trunc((maximumScore * entry.score) / largest);
    entry.score = isReversed ? maximumScore - scaled : scaled;
  }
}

/** The same for a column. */
export function scaleColumnToMaximum(scores: Float64Array, isReversed = false): void {
  let largest = 0;
  for (const score of scores) if (score > largest) largest = score;
  for (let position = 0; position < scores.length; position++) {
    const scaled = largest === 0 ? 0 : Math.trunc((maximumScore * scores[position]!) / largest);
    scores[position] = isReversed ? maximumScore - scaled : scaled;
  }
}
