/** `allOf`, `anyOf`, `oneOf` and `not` of structural schemas. */
import type { Check } from './custom-checks.ts';
import type { CustomRun, Step } from './custom-run.ts';
import type { Schema } from './schema.ts';
import type { FieldError } from './status.ts';

/** The checks of a schema's compositions. `compile` prepares a part, when the first value arrives. */
export function compositionCheck(schema: Schema, compile: (part: Schema) => Step): Check[] {
  const checks: Check[] = [];
  const lazily = (parts: readonly Schema[]): (() => Step[]) => {
    let steps: Step[] | undefined;
    return () => (steps ??= parts.map((part) => compile(part)));
  };
  if (schema.anyOf?.length) checks.push(anyOf(lazily(schema.anyOf)));
  if (schema.oneOf?.length) checks.push(oneOf(lazily(schema.oneOf)));
  if (schema.allOf?.length) checks.push(allOf(lazily(schema.allOf)));
  if (schema.not) checks.push(not(lazily([schema.not])));
  return checks;
}

function anyOf(steps: () => Step[]): Check {
  return (value, run) => {
    const closest = closestFailure(steps(), value, run);
    if (!closest) return;
    refuse(run, 'must validate at least one schema (anyOf)');
    closest.forEach((error) => run.report(error));
  };
}

function oneOf(steps: () => Step[]): Check {
  return (value, run) => {
    const attempts = steps().map((step) => run.attempt(step, value));
    const validCount = attempts.filter((errors) => errors.length === 0).length;
    if (validCount === 1) return;
    refuse(run, `must validate one and only one schema (oneOf). ${validCount === 0 ? 'Found none valid' : `Found ${validCount} valid alternatives`}`);
    if (validCount === 0) fewest(attempts)?.forEach((error) => run.report(error));
  };
}

function allOf(steps: () => Step[]): Check {
  return (value, run) => {
    const attempts = steps().map((step) => run.attempt(step, value));
    const validCount = attempts.filter((errors) => errors.length === 0).length;
    attempts.flat().forEach((error) => run.report(error));
    if (validCount < attempts.length) refuse(run, `must validate all the schemas (allOf)${validCount === 0 ? '. None validated' : ''}`);
  };
}

function not(steps: () => Step[]): Check {
  return (value, run) => {
    if (run.attempt(steps()[0]!, value).length === 0) refuse(run, 'must not validate the schema (not)');
  };
}

/** The errors of the alternative that came closest; undefined when one fits. */
function closestFailure(steps: readonly Step[], value: unknown, run: CustomRun): readonly FieldError[] | undefined {
  const attempts: FieldError[][] = [];
  for (const step of steps) {
    const errors = run.attempt(step, value);
    if (errors.length === 0) return undefined;
    attempts.push(errors);
  }
  return fewest(attempts);
}

const fewest = (attempts: readonly FieldError[][]): readonly FieldError[] | undefined =>
  attempts.reduce<FieldError[] | undefined>((best, errors) => (best === undefined || errors.length < best.length ? errors : best), undefined);

/** Upstream reports these without a path, which prints as `<nil>`. */
function refuse(run: CustomRun, rule: string): void {
  run.report({ path: '<nil>', type: 'FieldValueInvalid', value: '', detail: `${JSON.stringify(run.path.text())} ${rule}` });
}
