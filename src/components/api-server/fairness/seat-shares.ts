/** What one level gets at least and at most, and what it would like. `lower <= target`, `lower <= upper`. */
export interface SeatClaim {
  readonly lower: number;
  readonly upper: number;
  readonly target: number;
}

/** A target of nothing still gets its part of what is left over. */
const minimumTarget = 0.001;

/**
 * Divides seats so that everybody gets the same multiple of its target, except where that would leave its bounds: then the bound (KEP-1040, "Dispatching").
 * When the bounds do not allow the sum, everybody gets its nearer bound.
 */
export function divideSeats(total: number, claims: readonly SeatClaim[]): number[] {
  const sharesAt = (multiple: number): number[] =>
    claims.map(({ lower, upper, target }) => Math.min(upper, Math.max(lower, multiple * Math.max(target, minimumTarget))));
  const sumAt = (multiple: number): number => sharesAt(multiple).reduce((sum, share) => sum + share, 0);
  // Between two neighbouring bounds the sum is a straight line in the multiple.
  const bounds = claims
    .flatMap(({ lower, upper, target }) => [lower, upper].map((bound) => bound / Math.max(target, minimumTarget)))
    .sort((left, right) => left - right);
  if (bounds.length === 0) return [];
  const next = bounds.findIndex((bound) => sumAt(bound) >= total);
  if (next <= 0) return sharesAt(bounds.at(next)!);
  const [low, high] = [bounds[next - 1]!, bounds[next]!];
  const [lowSum, highSum] = [sumAt(low), sumAt(high)];
  return sharesAt(highSum === lowSum ? high : low + ((total - lowSum) / (highSum - lowSum)) * (high - low));
}
