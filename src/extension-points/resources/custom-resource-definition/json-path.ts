/** JSONPath as `kubectl -o jsonpath` and printer columns of custom resources have it (client-go `util/jsonpath`), without its text templates. */
import { compareValues } from './json-path-comparison.ts';
import { JsonPathReader } from './json-path-reader.ts';
import { type FilterOperand, JsonPathError, type PathStep } from './json-path-steps.ts';

export { JsonPathError };

export interface JsonPath {
  /** The values a path finds, in order; what is missing on the way finds nothing. Throws JsonPathError for a step that does not fit the value. */
  find(value: unknown): readonly unknown[];
}

/** Values one path may find: `..` in a filter of a large object would otherwise go on and on. */
const maximumResults = 10_000;
const maximumLength = 4_096;

/** Reads a path such as `.spec.containers[0].image` or `.status.conditions[?(@.type=="Ready")].status`. Throws JsonPathError. */
export function compileJsonPath(text: string): JsonPath {
  if (text.length > maximumLength) throw new JsonPathError(`the path is longer than ${maximumLength} characters`);
  const steps = new JsonPathReader(text).read();
  const only = simpleFields(steps);
  return only ? { find: (value) => findField(value, only) } : { find: (value) => walk(steps, [value]) };
}

/** The usual path is fields only. */
const simpleFields = (steps: readonly PathStep[]): readonly string[] | undefined =>
  steps.every((step) => step.kind === 'field') ? steps.map((step) => step.name) : undefined;

function findField(value: unknown, names: readonly string[]): readonly unknown[] {
  let current = value;
  for (const name of names) {
    if (!isObject(current) || !Object.hasOwn(current, name)) return [];
    current = current[name];
  }
  return [current];
}

function walk(steps: readonly PathStep[], values: readonly unknown[]): readonly unknown[] {
  let current = values;
  for (const step of steps) {
    current = step.kind === 'union' ? union(step.paths, current) : take(step, current);
    if (current.length > maximumResults) throw new JsonPathError(`the path finds more than ${maximumResults} values`);
    if (current.length === 0) return current;
  }
  return current;
}

/** Path by path, and of each path value by value. */
const union = (paths: readonly (readonly PathStep[])[], values: readonly unknown[]): readonly unknown[] => paths.flatMap((path) => walk(path, values));

const take = (step: Exclude<PathStep, { kind: 'union' }>, values: readonly unknown[]): readonly unknown[] => values.flatMap((value) => takeOne(step, value));

function takeOne(step: Exclude<PathStep, { kind: 'union' }>, value: unknown): readonly unknown[] {
  switch (step.kind) {
    case 'field':
      return findField(value, [step.name]);
    case 'wildcard':
      return childrenOf(value);
    case 'recursive':
      return descendants(value, []);
    case 'slice':
      return sliceOf(value, step);
    case 'filter':
      return filtered(value, step);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const childrenOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []);

function descendants(value: unknown, found: unknown[]): readonly unknown[] {
  if (found.length > maximumResults) throw new JsonPathError(`the path finds more than ${maximumResults} values`);
  if (typeof value === 'object' && value !== null) {
    found.push(value);
    for (const child of childrenOf(value)) descendants(child, found);
  }
  return found;
}

function sliceOf(value: unknown, { start, end, step }: Extract<PathStep, { kind: 'slice' }>): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new JsonPathError(`${JSON.stringify(value)} is not array or slice`);
  const { length } = value;
  const at = (index: number): number => (index < 0 ? index + length : index);
  const from = at(start ?? 0);
  const to = Math.min(at(end ?? length), length);
  if (from < 0 || from >= length) return [];
  const items: unknown[] = [];
  for (let index = from; index < to; index += step) items.push(value[index]);
  return items;
}

function filtered(value: unknown, { left, operator, right }: Extract<PathStep, { kind: 'filter' }>): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new JsonPathError(`${JSON.stringify(value)} is not array or slice and cannot be filtered`);
  return value.filter((item) => {
    const lefts = operandValues(left, item);
    if (operator === 'exists') return lefts.length > 0;
    const rights = operandValues(right!, item);
    if (lefts.length > 1 || rights.length > 1) throw new JsonPathError('can only compare one element at a time');
    return lefts.length === 1 && rights.length === 1 && compareValues(lefts[0], operator, rights[0]);
  });
}

const operandValues = (operand: FilterOperand, item: unknown): readonly unknown[] => ('literal' in operand ? [operand.literal] : walk(operand.path, [item]));
