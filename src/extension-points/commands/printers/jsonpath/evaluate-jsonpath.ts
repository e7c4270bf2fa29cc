import { goText } from '../go-values.ts';
import { compactJson, jsonText } from '../json-text.ts';
import { compareValues } from './compare-values.ts';
import type { PathStep, SliceStep, TemplateNode } from './nodes.ts';

export interface JsonPathOptions {
  /** Fields that are not there are nothing instead of an error. */
  readonly allowsMissingKeys: boolean;
  /** Results as lists in JSON (`jsonpath-as-json`). */
  readonly asJson?: boolean;
}

const maximumResults = 1_000_000;

/** Fills a template in. Throws with client-go's words. */
export function evaluateTemplate(nodes: readonly TemplateNode[], data: unknown, options: JsonPathOptions): string {
  return findResults(nodes, data, options)
    .map((results) => (options.asJson ? jsonText(results) : results.map(resultText).join(' ')))
    .join('');
}

/** The results of each part of a template, in order. */
export function findResults(nodes: readonly TemplateNode[], data: unknown, options: JsonPathOptions): unknown[][] {
  return nodes.flatMap((node): unknown[][] => {
    if (node.kind === 'text') return [[node.text]];
    if (node.kind === 'path') return [walk([data], node.steps, options)];
    return walk([data], node.over, options).flatMap((value) => findResults(node.body, value, options));
  });
}

const resultText = (value: unknown): string => {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'object' ? compactJson(value) : goText(value);
};

function walk(input: readonly unknown[], steps: readonly PathStep[], options: JsonPathOptions): unknown[] {
  let values = [...input];
  for (const step of steps) {
    values = take(values, step, options);
    if (values.length > maximumResults) throw new Error(`the expression finds more than ${maximumResults} values`);
  }
  return values;
}

function take(values: readonly unknown[], step: PathStep, options: JsonPathOptions): unknown[] {
  switch (step.kind) {
    case 'text':
      return [step.text];
    case 'value':
      return values.map(() => step.value);
    case 'field':
      return takeField(values, step.name, options);
    case 'wildcard':
      return values.flatMap(childrenOf);
    case 'recursive':
      return values.flatMap(descendants);
    case 'slice':
      return values.flatMap((value) => slice(value, step));
    case 'union':
      return step.paths.flatMap((path) => walk(values, path, options));
    case 'filter':
      return values.flatMap((value) => filter(value, step, options));
    case 'identifier':
      throw new Error(step.name === 'end' ? 'not in range, nothing to end' : `unrecognized identifier ${step.name}`);
  }
}

function takeField(values: readonly unknown[], name: string, options: JsonPathOptions): unknown[] {
  if (values.length === 0) return [];
  const found = values.flatMap((value) => (isFields(value) && Object.hasOwn(value, name) ? [value[name]] : []));
  if (found.length === 0 && !options.allowsMissingKeys) throw new Error(`${name} is not found`);
  return found;
}

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  if (isFields(value)) return Object.values(value);
  return typeof value === 'string' ? [...Buffer.from(value)] : [];
}

/** Everything that has something in it, from the outside in. */
function descendants(value: unknown): unknown[] {
  const children = childrenOf(value);
  return children.length === 0 ? [] : [value, ...children.flatMap(descendants)];
}

function slice(value: unknown, { start = 0, end, step = 1, isIndex }: SliceStep): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new Error(`${typeName(value)} is not array or slice`);
  const { length } = value;
  const from = start < 0 ? start + length : start;
  const wanted = end ?? length;
  const to = wanted < 0 || (wanted === 0 && isIndex) ? wanted + length : wanted;
  if (from === to) return [];
  if (from >= length || from < 0) throw new Error(`array index out of bounds: index ${from}, length ${length}`);
  if (to > length || to < 0) throw new Error(`array index out of bounds: index ${to - 1}, length ${length}`);
  if (from > to) throw new Error(`starting index ${from} is greater than ending index ${to}`);
  if (step <= 0) throw new Error('step must be > 0');
  return (value as unknown[]).slice(from, to).filter((_, index) => index % step === 0);
}

const typeName = (value: unknown): string =>
  isFields(value)
    ? 'map[string]interface {}'
    : typeof value === 'string'
      ? 'string'
      : typeof value === 'boolean'
        ? 'bool'
        : Number.isInteger(value)
          ? 'int64'
          : 'float64';

function filter(value: unknown, { left, operator, right }: Extract<PathStep, { kind: 'filter' }>, options: JsonPathOptions): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${goText(value)} is not array or slice and cannot be filtered`);
  return (value as unknown[]).filter((item) => {
    if (operator === 'exists') return exists(item, left, options);
    const lefts = walk([item], left, options);
    if (lefts.length === 0) return false;
    const rights = walk([item], right, options);
    if (rights.length === 0) return false;
    if (lefts.length > 1 || rights.length > 1) throw new Error('can only compare one element at a time');
    return compareValues(lefts[0], operator, rights[0]);
  });
}

/** A field that is missing is no error here. */
const exists = (item: unknown, path: readonly PathStep[], options: JsonPathOptions): boolean =>
  walk([item], path, { ...options, allowsMissingKeys: true }).length > 0;
