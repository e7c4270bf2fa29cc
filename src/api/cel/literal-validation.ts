/** Literals that can be judged before the expression runs (cel-go's AST validators, as Kubernetes uses them). */
import type { Call, Expression } from './ast.ts';
import type { Checked } from './compile.ts';
import { parseDuration } from './duration.ts';
import type { EnvironmentIndex } from './environment.ts';
import { formatProblem } from './format-validation.ts';
import type { Problem } from './issues.ts';
import { compileRegularExpression } from './regular-expressions.ts';
import { parseTimestamp } from './timestamp.ts';
import { unwrapOptional } from './type-unification.ts';
import { formatType, isSameType, type Type } from './types.ts';
import { EvaluationError } from './values.ts';

/** The problems of a checked tree, as far as the environment wants literals judged. */
export function literalProblems(checked: Checked, { validatesLiterals, hasHomogeneousLiterals }: EnvironmentIndex): Problem[] {
  const problems: Problem[] = [];
  if (!validatesLiterals && !hasHomogeneousLiterals) return problems;
  visit(checked.expression, false, (expression, isExempt) => {
    if (validatesLiterals && expression.kind === 'call') {
      const problem = argumentProblem(expression) ?? formatProblem(checked, expression);
      if (problem) problems.push(problem);
    }
    if (hasHomogeneousLiterals && !isExempt) problems.push(...mixedTypes(checked, expression));
  });
  return problems;
}

/** Function by name, and at which argument (the target counts) its literal stands. */
const judges: Readonly<Record<string, { readonly at: number; judge(text: string): unknown }>> = {
  duration: { at: 0, judge: parseDuration },
  timestamp: { at: 0, judge: parseTimestamp },
  matches: { at: 1, judge: compileRegularExpression },
};

function argumentProblem(call: Call): Problem | undefined {
  const rule = Object.hasOwn(judges, call.name) ? judges[call.name] : undefined;
  const argument = rule && (call.target ? [call.target, ...call.arguments] : call.arguments)[rule.at];
  if (argument?.kind !== 'literal') return undefined;
  const { value } = argument;
  // Seconds are a timestamp; nothing else but a string is any of these.
  if (call.name === 'timestamp' && value !== null && typeof value !== 'string') return undefined;
  try {
    if (typeof value === 'string') rule?.judge(value);
    if (typeof value === 'string') return undefined;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
  }
  return { message: `invalid ${call.name} argument`, offset: argument.offset };
}

/** Elements of another type than the first; of lists the first such only, upstream. */
function mixedTypes(checked: Checked, expression: Expression): Problem[] {
  if (expression.kind === 'list') {
    const optional = new Set(expression.optionalIndexes);
    return differing(checked, expression.elements, (at) => optional.has(at)).slice(0, 1);
  }
  if (expression.kind !== 'map') return [];
  const { entries } = expression;
  return [
    ...differing(
      checked,
      entries.map(({ key }) => key),
      () => false,
    ),
    ...differing(
      checked,
      entries.map(({ value }) => value),
      (at) => entries[at]?.isOptional === true,
    ),
  ];
}

function differing(checked: Checked, values: readonly Expression[], isOptional: (at: number) => boolean): Problem[] {
  const types = values.map((value, at): Type => (isOptional(at) ? unwrapOptional(checked.typeOf(value)) : checked.typeOf(value)));
  const [first] = types;
  if (!first) return [];
  return values.flatMap((value, at) => {
    const type = types[at] as Type;
    if (isSameType(first, type)) return [];
    return [{ message: `expected type '${formatType(first)}' but found '${formatType(type)}'`, offset: value.offset }];
  });
}

/** Calls back for every expression; `isExempt`: within the arguments of `format`, which takes any. */
function visit(expression: Expression, isExempt: boolean, call: (expression: Expression, isExempt: boolean) => void): void {
  call(expression, isExempt);
  const isWithin = isExempt || (expression.kind === 'call' && expression.name === 'format');
  for (const child of childrenOf(expression)) visit(child, isWithin, call);
}

function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'select':
      return [expression.operand];
    case 'call':
      return expression.target ? [expression.target, ...expression.arguments] : expression.arguments;
    case 'list':
      return expression.elements;
    case 'map':
      return expression.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return expression.fields.map(({ value }) => value);
    case 'comprehension':
      return [expression.range, expression.initial, expression.condition, expression.step, expression.result];
    default:
      return [];
  }
}
