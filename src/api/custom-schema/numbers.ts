import { floatText, isInt64, isWhole } from '../go-numbers.ts';
import type { Schema } from '../schema.ts';
import type { ValidationRun } from './validation-run.ts';

type NumberCheck = (amount: number, run: ValidationRun) => void;

/** The type and format whose range values and bounds must keep to; `''` when a schema allows several types. */
interface Range {
  readonly type: string;
  readonly format: string;
}

/**
 * Checks numbers: their range, `multipleOf`, `minimum` and `maximum`. Whole values are compared with whole bounds as upstream does: the fraction of a bound is cut off,
 * unless the schema's type says integer; then the bound itself is an error.
 */
export function numberCheck(schema: Schema, types: readonly string[], format: string): NumberCheck | undefined {
  const { multipleOf, minimum, maximum } = schema;
  const type = types.length === 1 && (types[0] === 'integer' || types[0] === 'number') ? types[0] : '';
  const range: Range = { type, format: type === '' ? '' : format };
  const checks: NumberCheck[] = [];
  if (type === 'integer' || range.format === 'float') checks.push((amount, run) => requireRange(amount, range, run, 'Checked'));
  if (multipleOf !== undefined) checks.push((amount, run) => requireMultiple(amount, multipleOf, requireRange(multipleOf, range, run, 'MultipleOf'), run));
  if (minimum !== undefined) checks.push(boundCheck(minimum, range, { name: 'Minimum boundary', isExclusive: schema.exclusiveMinimum === true, sign: 1 }));
  if (maximum !== undefined) checks.push(boundCheck(maximum, range, { name: 'Maximum boundary', isExclusive: schema.exclusiveMaximum === true, sign: -1 }));
  if (checks.length === 0) return undefined;
  return (amount, run) => {
    for (const check of checks) check(amount, run);
  };
}

const maximumFloat32 = 3.4028234663852886e38;

/** Whether a number can be of a type; it reports one that cannot. */
function requireRange(amount: number, { type, format }: Range, run: ValidationRun, name: string): boolean {
  if (fits(amount, type, format)) return true;
  run.reportWhole(`${name} value must be of type ${type} ${format === '' ? '(default format)' : `with format ${format}`} in ${run.path.text()}`);
  return false;
}

function fits(amount: number, type: string, format: string): boolean {
  if (type === 'integer') return isInt64(amount) && (format !== 'int32' || (amount >= -2_147_483_648 && amount <= 2_147_483_647));
  return format !== 'float' || Math.abs(amount) <= maximumFloat32;
}

interface Bound {
  readonly name: string;
  readonly isExclusive: boolean;
  /** 1 for lower bounds, -1 for upper ones. */
  readonly sign: 1 | -1;
}

function boundCheck(bound: number, range: Range, { name, isExclusive, sign }: Bound): NumberCheck {
  const relation = `${sign === 1 ? 'greater' : 'less'} than ${isExclusive ? '' : 'or equal to '}`;
  return (amount, run) => {
    const isWholeNumber = requireRange(bound, range, run, name) && isInt64(amount);
    const limit = isWholeNumber ? Math.trunc(bound) : bound;
    const distance = (amount - limit) * sign;
    if (isExclusive ? distance > 0 : distance >= 0) return;
    refuse(amount, run, `should be ${relation}${isWholeNumber ? String(limit) : floatText(limit)}`);
  };
}

function requireMultiple(amount: number, multipleOf: number, fitsRange: boolean, run: ValidationRun): void {
  const isWholeNumber = fitsRange && isInt64(amount);
  const factor = isWholeNumber ? Math.trunc(multipleOf) : multipleOf;
  const factorText = isWholeNumber ? String(factor) : floatText(factor);
  if (factor <= 0) {
    run.report('FieldValueInvalid', { value: factor, detail: `factor MultipleOf declared for ${run.path.text()} must be positive: ${factorText}` });
    return;
  }
  const isMultiple = isWholeNumber ? amount % factor === 0 : isWhole(factor < 1 ? (1 / factor) * amount : amount / factor);
  if (!isMultiple) refuse(amount, run, `should be a multiple of ${factorText}`);
}

function refuse(value: number, run: ValidationRun, rule: string): void {
  run.report('FieldValueInvalid', { value, detail: `${run.path.text()} in body ${rule}` });
}
