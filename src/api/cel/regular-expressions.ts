/** Regular expressions of RE2, compiled once. */
import { type Matcher, RE2JS } from 're2js';
import { EvaluationError } from './values.ts';

const maximumLength = 10_000;
const maximumCompiled = 500;
const compiled = new Map<string, RE2JS>();

/** A compiled expression. Throws EvaluationError for what is none. The last few hundred are kept. */
export function compileRegularExpression(source: string): RE2JS {
  let expression = compiled.get(source);
  if (!expression) {
    expression = create(source);
    if (compiled.size >= maximumCompiled) compiled.delete(compiled.keys().next().value as string);
    compiled.set(source, expression);
  }
  return expression;
}

function create(source: string): RE2JS {
  if (source.length > maximumLength) throw new EvaluationError(`the regular expression is longer than ${maximumLength} characters`);
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new EvaluationError(error.message);
  }
}

/**
 * Matching is linear in the text, but each character may cost as much as the compiled expression has instructions. These are bounds of their product: where only
 * whether it matches is asked, and where groups are. Each is some 50 ms at worst.
 */
const maximumTestSteps = 500_000;
const maximumSmallTestSteps = 10_000_000;
const maximumMatchSteps = 1_300_000;

/** Expressions of fewer instructions have few states, and are tested quickly whatever the text. */
const smallProgram = 16;

function requireFeasible(expression: RE2JS, text: string, maximumSteps: number): void {
  if (text.length * expression.programSize() <= maximumSteps) return;
  throw new EvaluationError(`the regular expression is too expensive for a text of ${text.length} characters`);
}

/** Whether the expression is found anywhere in the text. Throws EvaluationError. */
export function isMatch(text: string, source: string): boolean {
  const expression = compileRegularExpression(source);
  requireFeasible(expression, text, expression.programSize() <= smallProgram ? maximumSmallTestSteps : maximumTestSteps);
  return expression.test(text);
}

/** Looks for the expression, with its groups. Throws EvaluationError. */
export function matcherOf(text: string, expression: RE2JS): Matcher {
  requireFeasible(expression, text, maximumMatchSteps);
  return expression.matcher(text);
}
