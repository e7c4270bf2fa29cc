/** `allOf`, `anyOf`, `oneOf` and `not` of structural schemas. */
import type { Schema } from '../schema.ts';
import type { FieldError } from '../status.ts';
import type { Check, ValidationRun } from './validation-run.ts';

/** Whether a schema has any. */
export const isComposed = ({ allOf, anyOf, oneOf, not }: Schema): boolean => Boolean(allOf ?? anyOf ?? oneOf ?? not);

/** The check of a schema's compositions, in upstream's order. `compile` prepares a part when the first value arrives. Answers how much of what counts was right. */
export function compositionCheck(schema: Schema, compile: (part: Schema) => Check): Check | undefined {
  const checks: Check[] = [];
  const lazily = (parts: readonly Schema[]): (() => readonly Check[]) => {
    let compiled: readonly Check[] | undefined;
    return () => (compiled ??= parts.map((part) => compile(part)));
  };
  if (schema.anyOf?.length) checks.push(anyOf(lazily(schema.anyOf)));
  if (schema.oneOf?.length) checks.push(oneOf(lazily(schema.oneOf)));
  if (schema.allOf?.length) checks.push(allOf(lazily(schema.allOf)));
  if (schema.not) checks.push(not(lazily([schema.not])));
  if (checks.length === 0) return undefined;
  return (value, run) => {
    // Upstream does not compare with old values in here.
    const outer = run.correlated;
    run.correlated = undefined;
    let matches = 0;
    for (const check of checks) matches += check(value, run);
    run.correlated = outer;
    return matches;
  };
}

/** What one part said. */
interface Attempt {
  readonly matches: number;
  readonly errors: readonly FieldError[];
}

const none: readonly FieldError[] = [];

/** Holds a value against a part and takes the errors back from the run. */
function attempt(check: Check, value: unknown, run: ValidationRun): Attempt {
  run.spend(1);
  const before = run.errors.length;
  const matches = check(value, run);
  return { matches, errors: run.errors.length > before ? run.errors.splice(before) : none };
}

function anyOf(checks: () => readonly Check[]): Check {
  return (value, run) => {
    let closest: Attempt | undefined;
    for (const check of checks()) {
      const result = attempt(check, value, run);
      if (result.errors.length === 0) return result.matches;
      if (!closest || result.matches > closest.matches) closest = result;
    }
    refuse(run, 'must validate at least one schema (anyOf)');
    run.errors.push(...closest!.errors);
    return closest!.matches;
  };
}

function oneOf(checks: () => readonly Check[]): Check {
  return (value, run) => {
    let closest: Attempt | undefined;
    let firstValid: Attempt | undefined;
    let validCount = 0;
    for (const check of checks()) {
      const result = attempt(check, value, run);
      if (result.errors.length === 0) {
        validCount++;
        firstValid ??= result;
      } else if (!closest || result.matches > closest.matches) closest = result;
    }
    if (validCount === 1) return firstValid!.matches;
    refuse(run, `must validate one and only one schema (oneOf). ${validCount === 0 ? 'Found none valid' : `Found ${validCount} valid alternatives`}`);
    if (validCount > 0) return 0;
    run.errors.push(...closest!.errors);
    return closest!.matches;
  };
}

function allOf(checks: () => readonly Check[]): Check {
  return (value, run) => {
    let validCount = 0;
    let matches = 0;
    for (const check of checks()) {
      run.spend(1);
      const before = run.errors.length;
      matches += check(value, run);
      if (run.errors.length === before) validCount++;
    }
    if (validCount < checks().length) refuse(run, `must validate all the schemas (allOf)${validCount === 0 ? '. None validated' : ''}`);
    return matches;
  };
}

function not(checks: () => readonly Check[]): Check {
  return (value, run) => {
    if (attempt(checks()[0]!, value, run).errors.length === 0) refuse(run, 'must not validate the schema (not)');
    return 0;
  };
}

function refuse(run: ValidationRun, rule: string): void {
  run.reportWhole(`${JSON.stringify(run.path.text())} ${rule}`);
}
