import { goEscapes } from '../../../api/go-escapes.ts';
import { goText, sortedKeys } from './go-values.ts';

/** Go's `%#v` of a JSON value: the value as Go source. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return goQuoted(value);
  if (typeof value === 'number') return goText(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (typeof value !== 'object') return String(value);
  const fields = value as Record<string, unknown>;
  return `map[string]interface {}{${sortedKeys(fields)
    .map((name) => `${goQuoted(name)}:${goSyntax(fields[name])}`)
    .join(', ')}}`;
}

/** Go's `%q`. */
export const goQuoted = (text: string): string =>
  `"${text.replace(/[\\"]|[^\P{C}]|[\u2028\u2029]/gu, (character) => (character === '"' ? '\\"' : (goEscapes[character] ?? numbered(character))))}"`;

function numbered(character: string): string {
  const code = character.codePointAt(0)!;
  const [letter, width] = code < 0x80 ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${letter}${code.toString(16).padStart(width as number, '0')}`;
}
