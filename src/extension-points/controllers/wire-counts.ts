/** A status without counts that are zero: upstream's types leave them out on the wire. Fields named in `kept` are always written. */
export function withoutZeros<T extends object>(status: T, ...kept: readonly (keyof T & string)[]): T {
  const entries = Object.entries(status).filter(([name, value]) => value !== 0 || (kept as readonly string[]).includes(name));
  return Object.fromEntries(entries) as T;
}
