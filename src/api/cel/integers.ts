/** Arithmetic of 64-bit integers in the form that values.ts gives them: numbers while they are safe, bigints beyond. */
import { EvaluationError, maximumUint, toInt, Uint } from './values.ts';

type Int = number | bigint;

export function addInts(left: Int, right: Int): Int {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return toInt(BigInt(left) + BigInt(right));
}

export function subtractInts(left: Int, right: Int): Int {
  if (typeof left === 'number' && typeof right === 'number') {
    const difference = left - right;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return toInt(BigInt(left) - BigInt(right));
}

export function multiplyInts(left: Int, right: Int): Int {
  if (typeof left === 'number' && typeof right === 'number') {
    const product = left * right;
    // -0 is no int.
    if (Number.isSafeInteger(product)) return product === 0 ? 0 : product;
  }
  return toInt(BigInt(left) * BigInt(right));
}

export function divideInts(left: Int, right: Int): Int {
  if (right === 0) throw new EvaluationError('division by zero');
  return toInt(BigInt(left) / BigInt(right));
}

export function moduloInts(left: Int, right: Int): Int {
  if (right === 0) throw new EvaluationError('modulus by zero');
  if (typeof left === 'number' && typeof right === 'number') return left % right || 0;
  // The quotient of the least int by -1 is out of range, and upstream refuses the remainder too.
  toInt(BigInt(left) / BigInt(right));
  return toInt(BigInt(left) % BigInt(right));
}

export const negateInt = (value: Int): Int => (typeof value === 'number' ? 0 - value : toInt(-value));

/** A uint. Out of 64 bits: EvaluationError `unsigned integer overflow`. */
export function uintOf(value: bigint): Uint {
  if (value < 0n || value > maximumUint) throw new EvaluationError('unsigned integer overflow');
  return new Uint(value);
}
