/** The value validations of structural schemas, with the texts of `k8s.io/kube-openapi/pkg/validation/errors`. Each maker answers only the checks a schema asks for. */
import type { CustomRun } from './custom-run.ts';
import type { Pattern } from './pattern.ts';
import { compilePattern } from './pattern.ts';
import type { Schema } from './schema.ts';
import { fieldError } from './status.ts';
import { hasFormat } from './string-formats.ts';

/** Reports what is wrong with a value of the right type. */
export type Check = (value: unknown, run: CustomRun) => void;

/** The JSON type of a value as messages name it. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : typeof value;
}

export function enumCheck({ enum: values }: Schema): Check[] {
  if (!values) return [];
  const known = new Set(values.map((value) => JSON.stringify(value)));
  const names = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return [
    (value, run) => {
      if (!known.has(JSON.stringify(value))) run.report(fieldError.notSupported(run.path.text(), value, names));
    },
  ];
}

export function stringChecks(schema: Schema): Check[] {
  const { minLength, maxLength, pattern, format } = schema;
  const checks: Check[] = [];
  const onText = (check: (text: string, run: CustomRun) => void): void => {
    checks.push((value, run) => (typeof value === 'string' ? check(value, run) : undefined));
  };
  if (maxLength !== undefined) onText((text, run) => (exceeds(text, maxLength) ? run.report(fieldError.tooLong(run.path.text(), maxLength)) : undefined));
  if (minLength !== undefined)
    onText((text, run) => (characterCount(text) < minLength ? invalid(run, text, `should be at least ${minLength} chars long`) : undefined));
  if (pattern !== undefined) {
    let compiled: Pattern | undefined;
    onText((text, run) => ((compiled ??= compilePattern(pattern)).isFoundIn(text) ? undefined : invalid(run, text, `should match '${pattern}'`)));
  }
  if (format !== undefined && (schema.type === 'string' || schema.intOrString)) {
    onText((text, run) => (hasFormat(format, text) ? undefined : wrongFormat(run, format, text)));
  }
  return checks;
}

export function numberChecks(schema: Schema): Check[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, format } = schema;
  const checks: Check[] = [];
  const onNumber = (isGood: (amount: number) => boolean, rule: string): void => {
    checks.push((value, run) => (typeof value === 'number' && !isGood(value) ? invalid(run, value, rule) : undefined));
  };
  if (multipleOf !== undefined) onNumber((amount) => isMultiple(amount, multipleOf), `should be a multiple of ${multipleOf}`);
  if (maximum !== undefined) {
    if (exclusiveMaximum) onNumber((amount) => amount < maximum, `should be less than ${maximum}`);
    else onNumber((amount) => amount <= maximum, `should be less than or equal to ${maximum}`);
  }
  if (minimum !== undefined) {
    if (exclusiveMinimum) onNumber((amount) => amount > minimum, `should be greater than ${minimum}`);
    else onNumber((amount) => amount >= minimum, `should be greater than or equal to ${minimum}`);
  }
  if (schema.type === 'integer' && format === 'int32') {
    checks.push((value, run) => (typeof value === 'number' && (value > 2_147_483_647 || value < -2_147_483_648) ? wrongFormat(run, format, value) : undefined));
  }
  return checks;
}

export function arrayChecks(schema: Schema): Check[] {
  const { minItems, maxItems, uniqueItems, listType, listMapKeys } = schema;
  const checks: Check[] = [];
  const onList = (check: (list: readonly unknown[], run: CustomRun) => void): void => {
    checks.push((value, run) => (Array.isArray(value) ? check(value, run) : undefined));
  };
  if (minItems !== undefined) onList((list, run) => (list.length < minItems ? invalid(run, list, `should have at least ${minItems} items`) : undefined));
  if (maxItems !== undefined) onList((list, run) => (list.length > maxItems ? tooMany(run, list.length, maxItems) : undefined));
  if (uniqueItems) onList((list, run) => (duplicates(list, identity).length > 0 ? invalid(run, list, "shouldn't contain duplicates") : undefined));
  if (listType === 'set') onList((list, run) => reportDuplicates(list, identity, run));
  if (listType === 'map' && listMapKeys) onList((list, run) => reportDuplicates(list, (item) => keysOf(item, listMapKeys), run));
  return checks;
}

export function objectChecks({ required, minProperties, maxProperties }: Schema): Check[] {
  const checks: Check[] = [];
  const onObject = (check: (object: object, run: CustomRun) => void): void => {
    checks.push((value, run) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? check(value, run) : undefined));
  };
  if (required?.length) {
    onObject((object, run) => {
      for (const name of required) if (!Object.hasOwn(object, name)) run.report(fieldError.required(run.path.text(name)));
    });
  }
  if (minProperties !== undefined)
    onObject((object, run) =>
      Object.keys(object).length < minProperties ? invalid(run, object, `should have at least ${minProperties} properties`) : undefined,
    );
  if (maxProperties !== undefined) {
    onObject((object, run) => {
      const count = Object.keys(object).length;
      if (count > maxProperties) tooMany(run, count, maxProperties);
    });
  }
  return checks;
}

function invalid(run: CustomRun, value: unknown, rule: string): void {
  run.report(fieldError.invalid(run.path.text(), value, `${run.path.text()} in body ${rule}`));
}

function wrongFormat(run: CustomRun, format: string, value: string | number): void {
  const path = run.path.text();
  run.report({ path, type: 'FieldValueTypeInvalid', value, detail: `${path} in body must be of type ${format}: ${JSON.stringify(value)}` });
}

function tooMany(run: CustomRun, count: number, maximum: number): void {
  run.report({ path: run.path.text(), type: 'FieldValueTooMany', value: count, detail: `must have at most ${maximum} ${maximum === 1 ? 'item' : 'items'}` });
}

/** Unicode characters; the common case needs no counting. */
const characterCount = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};
const exceeds = (text: string, maximum: number): boolean => text.length > maximum && characterCount(text) > maximum;

/** Decimal fractions are compared as people write them. */
function isMultiple(amount: number, factor: number): boolean {
  if (Number.isInteger(amount) && Number.isInteger(factor)) return amount % factor === 0;
  const quotient = amount / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}

function reportDuplicates(list: readonly unknown[], key: (item: unknown) => unknown, run: CustomRun): void {
  for (const index of duplicates(list, key)) run.report(fieldError.duplicate(run.path.text(index), key(list[index])));
}

/** The places of items whose key an earlier item has. */
function duplicates(list: readonly unknown[], key: (item: unknown) => unknown): number[] {
  const seen = new Set<string>();
  const found: number[] = [];
  for (const [index, item] of list.entries()) {
    const text = canonicalText(key(item));
    if (seen.has(text)) found.push(index);
    seen.add(text);
  }
  return found;
}

const identity = (item: unknown): unknown => item;

function keysOf(item: unknown, names: readonly string[]): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const source = item as Readonly<Record<string, unknown>>;
  return Object.fromEntries(names.filter((name) => Object.hasOwn(source, name)).map((name) => [name, source[name]]));
}

/** Text that is the same for equal JSON values, whatever the order of their fields. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const source = value as Readonly<Record<string, unknown>>;
  return `{${Object.keys(source)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalText(source[name])}`)
    .join(',')}}`;
}
