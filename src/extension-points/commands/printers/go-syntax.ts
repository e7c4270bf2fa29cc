import { sortedKeys } from './go-values.ts';

/** Go's `%#v` of a JSON value: the value as Go source. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (typeof value !== 'object') return String(value);
  const fields = value as Record<string, unknown>;
  return `map[string]interface {}{${sortedKeys(fields)
    .map((name) => `${JSON.stringify(name)}:${goSyntax(fields[name])}`)
    .join(', ')}}`;
}
