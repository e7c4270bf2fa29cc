/** Regular expressions that users wrote (`pattern` in schemas). Their syntax is RE2's, and so is their cost: linear in the text, whatever the pattern. */
import { lateModule } from './late-module.ts';

/** Needed for the first pattern that JavaScript cannot be trusted with. */
const re2 = lateModule<typeof import('./re2.ts')>(import.meta.url, './re2');

export interface Pattern {
  /** Whether the pattern is found anywhere in the text. What it costs is spent from `budget`, which may throw. */
  isFoundIn(text: string, budget?: StepBudget): boolean;
}

/** Counts steps of about 200 ns; throws when there are too many. */
export interface StepBudget {
  spend(steps: number): void;
}

const maximumPatternLength = 10_000;
const maximumKnown = 1_000;
const maximumKnownLength = 1_000;
/** The first quantifier can start at each position: longer texts are searched by RE2, as a search could be quadratic. */
const maximumNativeText = 4_096;
const nativeCharactersPerStep = 64;
const stepsPerMillisecond = 5_000;
/** Programs of fewer instructions have few states, whatever the text. */
const smallProgram = 16;
/** How many characters times instructions one search may take: some 50 ms when each character leads to a state of its own. */
const maximumProduct = 500_000;

/** RE2's dot: JavaScript's leaves out more than the line feed. */
const anyCharacter = '[^\\n]';

/** By source. Schemas repeat themselves, and what a definition's validation has read, objects need soon. */
const known = new Map<string, Pattern>();

/** Reads a pattern. Throws an Error with RE2's reason when it is not one. */
export function compilePattern(source: string): Pattern {
  const existing = known.get(source);
  if (existing) return existing;
  if (source.length > maximumPatternLength) throw new Error(`the pattern is longer than ${maximumPatternLength} characters`);
  const compiled = isSafe(source) ? nativePattern(source) : re2Pattern(source);
  if (source.length > maximumKnownLength) return compiled;
  if (known.size >= maximumKnown) known.clear();
  known.set(source, compiled);
  return compiled;
}

/** Why RE2 cannot read a pattern, in its words; undefined when it can. */
export function patternProblem(source: string): string | undefined {
  try {
    compilePattern(source);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Go shows what it stumbled over, also when that is nothing.
    return message.endsWith('trailing backslash at end of expression') ? `${message}: \`\`` : message;
  }
}

/** Whether reading a pattern takes RE2, some 50 µs, when it has not been read before. */
export const isCostlyPattern = (source: string): boolean => !known.has(source) && !isSafe(source);

function re2Pattern(source: string): Pattern {
  const compiled = re2().RE2JS.compile(source);
  const size = compiled.programSize();
  return {
    isFoundIn(text, budget) {
      budget?.spend(1 + text.length);
      if (!budget || size <= smallProgram) return compiled.test(text);
      const product = text.length * size;
      if (product > maximumProduct) budget.spend(Infinity);
      const startedMs = performance.now();
      const isFound = compiled.test(text);
      // Most texts lead to few states and cost next to nothing: only the watch can tell. It may run for others' work, so it never counts for more than the worst case.
      budget.spend(Math.min(product / 2, (performance.now() - startedMs) * stepsPerMillisecond));
      return isFound;
    },
  };
}

function nativePattern(source: string): Pattern {
  const native = new RegExp(
    source.replace(/\\.|\[[^\]]*\]|\./g, (part) => (part === '.' ? anyCharacter : part)),
    'u',
  );
  let slow: Pattern | undefined;
  const isShort = (text: string): boolean => text.length <= maximumNativeText;
  return {
    isFoundIn(text, budget) {
      if (!isShort(text)) return (slow ??= re2Pattern(source)).isFoundIn(text, budget);
      budget?.spend(1 + Math.floor(text.length / nativeCharactersPerStep));
      return native.test(text);
    },
  };
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
