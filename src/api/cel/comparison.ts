/** The order of values (`<`, `least`, `sort`). */
import { Double, Duration, EvaluationError, Timestamp, Uint, type Value } from './values.ts';

/** Below, at or above zero; undefined when the two have no order: different types (but numbers), or types without order. NaN is an EvaluationError. */
export function compareValues(left: Value, right: Value): number | undefined {
  if (typeof left === 'string') return typeof right === 'string' ? compareStrings(left, right) : undefined;
  const leftNumber = numberOf(left);
  if (leftNumber !== undefined) {
    const rightNumber = numberOf(right);
    return rightNumber === undefined ? undefined : compareNumbers(leftNumber, rightNumber);
  }
  if (typeof left === 'boolean') return typeof right === 'boolean' ? Number(left) - Number(right) : undefined;
  if (left instanceof Timestamp) {
    if (!(right instanceof Timestamp)) return undefined;
    return left.seconds - right.seconds || left.nanoseconds - right.nanoseconds;
  }
  if (left instanceof Duration) return right instanceof Duration ? compareNumbers(left.nanoseconds, right.nanoseconds) : undefined;
  if (left instanceof Uint8Array) return right instanceof Uint8Array ? Buffer.compare(left, right) : undefined;
  return undefined;
}

/** The number inside a value: numbers of different types compare by what they stand for. */
export function numberOf(value: Value): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return value instanceof Double || value instanceof Uint ? value.value : undefined;
}

/** An integer beyond 2^53 beside a double is compared as a double, as upstream does it. */
export function compareNumbers(left: number | bigint, right: number | bigint): number {
  if (typeof left !== typeof right) return compareNumbers(Number(left), Number(right));
  if (left < right) return -1;
  if (left > right) return 1;
  if (Number.isNaN(left) || Number.isNaN(right)) throw new EvaluationError('NaN values cannot be ordered');
  return 0;
}

const surrogate = /[\ud800-\udfff]/;

/** By code points, which JavaScript's order by UTF-16 units is not where there are surrogates. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  if (surrogate.test(left) || surrogate.test(right)) return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return left < right ? -1 : 1;
}
