/** Regular expressions that users wrote (`pattern` in schemas). Their syntax is RE2's, and so is their cost: linear in the text, whatever the pattern. */
import { RE2JS } from 're2js';

export interface Pattern {
  /** Whether the pattern is found anywhere in the text. */
  isFoundIn(text: string): boolean;
}

const maximumPatternLength = 10_000;

/** Reads a pattern. Throws an Error with RE2's reason when it is not one. */
export function compilePattern(source: string): Pattern {
  if (source.length > maximumPatternLength) throw new Error(`the pattern is longer than ${maximumPatternLength} characters`);
  const native = isSafe(source) ? new RegExp(source, 'u') : undefined;
  const compiled = native ? undefined : RE2JS.compile(source);
  // The first quantifier can start at each position: bound the text where a search could be quadratic.
  return { isFoundIn: (text) => (native && text.length <= 4096 ? native.test(text) : (compiled ?? RE2JS.compile(source)).matcher(text).find()) };
}

/**
 * Whether JavaScript reads the pattern as RE2 does and cannot be slow on it: anchored at its start, plain classes and literals, and at most one unbounded quantifier,
 * outside of any group that repeats.
 */
function isSafe(source: string): boolean {
  if (!/^\^(?:[\w /:@,=<>~-]|\\[.\-/]|\[\^?[\w./:@,=~-]+\]|\{\d{1,3}(?:,\d{1,3})?\}|[*+?$.])*$/.test(source)) return false;
  return (
    (source.match(/[*+]|\{\d+(?:,\d+)?\}/g) ?? []).length <= 1 &&
    !/[*+?}][*+?{]/.test(source) &&
    !/\[[^\]]*\w-[^\]]*-/.test(source.replace(/[a-zA-Z0-9]-[a-zA-Z0-9]/g, ''))
  );
}
