/** Text that is the same for equal JSON values, whatever the order of their fields. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const source = value as Readonly<Record<string, unknown>>;
  return `{${Object.keys(source)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalText(source[name])}`)
    .join(',')}}`;
}

/** A value with its fields in the order in which Go writes maps: sorted. */
export const sortedFields = (value: unknown): unknown => (typeof value === 'object' && value !== null ? JSON.parse(canonicalText(value)) : value);
