/** A number, or so many percent of `total` (`'25%'`), rounded; anything else counts as 0, which validation has refused. Upstream's `GetScaledValueFromIntOrPercent`. */
export function scaledValue(value: number | string, total: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  return round((Number(/^(\d+)%$/.exec(value)?.[1] ?? 0) * total) / 100);
}
