const prime = 0x01000193;

/** FNV-1a of 32 bits: what the kubelet's checkpoints are summed with, over the text that Go's `spew` makes of them. */
export function goChecksum(text: string): number {
  let sum = 0x811c9dc5;
  for (const byte of Buffer.from(text)) sum = Math.imul(sum ^ byte, prime) >>> 0;
  return sum;
}

/** Go's order of map keys that are text: by their bytes. */
export const byBytes = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

/** A map as `spew` writes it inside of another value. */
export function goMapText<T>(entries: Iterable<readonly [string, T]>, valueText: (value: T) => string): string {
  const texts = [...entries].sort(([left], [right]) => byBytes(left, right)).map(([key, value]) => `${key}:${valueText(value)}`);
  return `map[${texts.join(' ')}]`;
}
