/** The operators on ints and strings that rules are full of, without dispatch. */

import type { Closure } from './frame.ts';
import { addInts, subtractInts } from './integers.ts';
import { noSuchOverload } from './value-types.ts';
import type { Value } from './values.ts';

type Int = number | bigint;
type Operands = readonly [Closure, Closure];

/** Undefined: the overload has no fast form. */
export function fastBinary(id: string, operands: Operands): Closure | undefined {
  return Object.hasOwn(makers, id) ? makers[id]?.(operands) : undefined;
}

const isInt = (value: Value): value is Int => typeof value === 'number' || typeof value === 'bigint';

const compareInts =
  (name: string, compare: (left: Int, right: Int) => Value) =>
  ([first, second]: Operands): Closure =>
  (frame) => {
    const left = first(frame);
    const right = second(frame);
    if (!isInt(left) || !isInt(right)) throw noSuchOverload(name, [left, right]);
    const result = compare(left, right);
    frame.charge(1);
    return result;
  };

// One function each, so that each call site compiles to one comparison.
const makers: Readonly<Record<string, (operands: Operands) => Closure>> = {
  less_int64: compareInts('_<_', (left, right) => left < right),
  less_equals_int64: compareInts('_<=_', (left, right) => left <= right),
  greater_int64: compareInts('_>_', (left, right) => left > right),
  greater_equals_int64: compareInts('_>=_', (left, right) => left >= right),
  add_int64: compareInts('_+_', addInts),
  subtract_int64: compareInts('_-_', subtractInts),
};
