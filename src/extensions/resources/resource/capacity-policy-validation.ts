import type { CapacityRequestPolicy, CapacityRequestPolicyRange } from '../../../api/generated/resource-v1.ts';
import { addQuantities, compareQuantities, formatQuantity, parseQuantity, type Quantity, type QuantityText } from '../../../api/quantity.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { setAt } from './list-limits.ts';

const valuesLimit = 10;

/** Which amounts of a capacity may be asked for. `total`: how much there is in all. */
export function validateRequestPolicy(policy: Loose<CapacityRequestPolicy>, total: QuantityText, path: string): FieldError[] {
  const { default: standard, validValues = [], validRange } = policy;
  const most = parseQuantity(total);
  if (validValues.length > 0 && validRange)
    return [fieldError.forbidden(path, 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time')];
  if (validValues.length > 0) {
    if (standard === undefined) return [fieldError.required(`${path}.default`, 'required when validValues is defined')];
    return validateValues(validValues.map(parseQuantity), parseQuantity(standard), most, `${path}.validValues`);
  }
  if (!validRange) return [];
  if (standard === undefined) return [fieldError.required(`${path}.default`, 'required when validRange is defined')];
  return validateRange(validRange, parseQuantity(standard), most, `${path}.validRange`);
}

function validateValues(values: readonly Quantity[], standard: Quantity, most: Quantity, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, value] of values.entries())
    if (index > 0 && compareQuantities(values[index - 1]!, value) > 0)
      errors.push(fieldError.invalid(`${path}[${index}]`, formatQuantity(value), 'values must be sorted in ascending order'));
  errors.push(
    ...setAt(values, {
      ...{ limit: valuesLimit, path, key: (value) => `${wholeOf(value)}` },
      check: (value, at) =>
        compareQuantities(value, most) > 0
          ? [fieldError.invalid(at, formatQuantity(value), `option is larger than capacity value: ${formatQuantity(most)}`)]
          : [],
    }),
  );
  if (!values.some((value) => compareQuantities(value, standard) === 0))
    errors.push(fieldError.invalid(path, formatQuantity(standard), 'default value is not valid according to the requestPolicy'));
  return errors;
}

function validateRange(range: Loose<CapacityRequestPolicyRange>, standard: Quantity, most: Quantity, path: string): FieldError[] {
  if (range.min === undefined) return [fieldError.required(`${path}.min`, 'required when validRange is defined')];
  const least = parseQuantity(range.min);
  const errors: FieldError[] = [];
  const refuse = (field: string, value: Quantity, detail: string): void =>
    void errors.push(fieldError.invalid(`${path}.${field}`, formatQuantity(value), detail));
  const exceeds = (left: Quantity, right: Quantity): boolean => compareQuantities(left, right) > 0;
  if (exceeds(least, most)) refuse('min', least, `min is larger than capacity value: ${formatQuantity(most)}`);
  if (exceeds(least, standard)) refuse('min', standard, `default is less than min: ${formatQuantity(least)}`);
  const largest = range.max === undefined ? undefined : parseQuantity(range.max);
  if (largest) {
    if (exceeds(least, largest)) refuse('max', least, `min is larger than max: ${formatQuantity(largest)}`);
    if (exceeds(largest, most)) refuse('max', largest, `max is larger than capacity value: ${formatQuantity(most)}`);
    if (exceeds(standard, largest)) refuse('max', standard, `default is more than max: ${formatQuantity(largest)}`);
  }
  if (range.step === undefined) return errors;
  const step = parseQuantity(range.step);
  const next = addQuantities(least, step);
  if (exceeds(next, most)) refuse('step', step, `one step ${formatQuantity(next)} is larger than capacity value: ${formatQuantity(most)}`);
  for (const value of [standard, ...(largest ? [largest] : [])])
    if (!isStep(value, least, step)) refuse('step', value, `value is not a multiple of a given step (${formatQuantity(step)}) from (${formatQuantity(least)})`);
  return errors;
}

/** Without a step of at least one unit there is none: upstream divides by it. */
function isStep(value: Quantity, least: Quantity, step: Quantity): boolean {
  const by = wholeOf(step);
  return by !== 0n && (wholeOf(value) - wholeOf(least)) % by === 0n;
}

/** Whole units, rounded up. */
const wholeOf = ({ nano }: Quantity): bigint => (nano > 0n ? (nano + 999_999_999n) / 1_000_000_000n : nano / 1_000_000_000n);
