/** The operators of the standard library (cel-spec, "List of Standard Definitions"), with cel-go's overload ids and costs. */

import { compareValues } from './comparison.ts';
import { concatenateCost, shorterCost } from './costs.ts';
import { durationOf } from './duration.ts';
import { isEqual } from './equality.ts';
import { indexList, indexMap } from './indexing.ts';
import { addInts, divideInts, moduloInts, multiplyInts, negateInt, subtractInts, uintOf } from './integers.ts';
import { declareFunction, type FunctionDeclaration, type Overload } from './library.ts';
import { addDuration, subtractTimestamps } from './timestamp.ts';
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  intType,
  listType,
  mapType,
  stringType,
  type Type,
  timestampType,
  typeParameter,
  uintType,
} from './types.ts';
import { Double, type Duration, EvaluationError, List, type MapValue, type Timestamp, type Uint, type Value } from './values.ts';

type Int = number | bigint;

const a = typeParameter('A');
const b = typeParameter('B');
const listOfA = listType(a);
const mapOfAB = mapType(a, b);

/** The order's overloads: each type with itself, and numbers with numbers. */
const ordered: readonly (readonly [string, Type, Type])[] = [
  ['bool', boolType, boolType],
  ['int64', intType, intType],
  ['int64_double', intType, doubleType],
  ['int64_uint64', intType, uintType],
  ['uint64', uintType, uintType],
  ['uint64_double', uintType, doubleType],
  ['uint64_int64', uintType, intType],
  ['double', doubleType, doubleType],
  ['double_int64', doubleType, intType],
  ['double_uint64', doubleType, uintType],
  ['string', stringType, stringType],
  ['bytes', bytesType, bytesType],
  ['timestamp', timestampType, timestampType],
  ['duration', durationType, durationType],
];

function order(name: string, prefix: string, accepts: (order: number) => boolean): FunctionDeclaration {
  const evaluate = (left: Value, right: Value): boolean => {
    const compared = compareValues(left, right);
    if (compared === undefined) throw new EvaluationError('no such overload');
    return accepts(compared);
  };
  const overloads = ordered.map(([suffix, left, right]): Overload => {
    const cost = suffix === 'string' || suffix === 'bytes' ? shorterCost : undefined;
    return { id: `${prefix}_${suffix}`, parameters: [left, right], result: boolType, evaluate, cost };
  });
  return declareFunction(name, ...overloads);
}

const binary = <T, U = T>(id: string, left: Type, right: Type, result: Type, evaluate: (left: T, right: U) => Value, cost?: Overload['cost']): Overload => ({
  id,
  parameters: [left, right],
  result,
  evaluate: evaluate as Overload['evaluate'],
  cost,
});

const doubles = (compute: (left: number, right: number) => number) => (left: Double, right: Double) => new Double(compute(left.value, right.value));
const uints = (compute: (left: bigint, right: bigint) => bigint) => (left: Uint, right: Uint) => uintOf(compute(left.value, right.value));

const nonZero = (compute: (left: bigint, right: bigint) => bigint, message: string) => (left: bigint, right: bigint) => {
  if (right === 0n) throw new EvaluationError(message);
  return compute(left, right);
};

/** Longer strings than this cannot be made. */
const maximumStringLength = 1 << 26;

function addStrings(left: string, right: string): string {
  if (left.length + right.length > maximumStringLength) throw new EvaluationError('string is too long');
  return left + right;
}

/** Lists longer than this cannot be added: that costs 1 whatever their sizes, and doubling a list a few times would take all memory. */
const maximumListSize = 250_000;

function addLists(left: List, right: List): List {
  if (left.size + right.size > maximumListSize) throw new EvaluationError(`list is longer than ${maximumListSize} elements`);
  if (left.concat) return left.concat(right);
  if (right.size === 0) return left;
  if (left.size === 0) return right;
  return new List([...left.values(), ...right.values()]);
}

export const standardOperators: readonly FunctionDeclaration[] = [
  declareFunction('_?_:_', {
    id: 'conditional',
    parameters: [boolType, a, a],
    result: a,
    evaluate: (condition: boolean, yes: Value, no: Value) => (condition ? yes : no),
    cost: () => 0,
  }),
  declareFunction('_&&_', {
    id: 'logical_and',
    parameters: [boolType, boolType],
    result: boolType,
    evaluate: (left: boolean, right: boolean) => left && right,
    cost: () => 0,
  }),
  declareFunction('_||_', {
    id: 'logical_or',
    parameters: [boolType, boolType],
    result: boolType,
    evaluate: (left: boolean, right: boolean) => left || right,
    cost: () => 0,
  }),
  declareFunction('!_', { id: 'logical_not', parameters: [boolType], result: boolType, evaluate: (value: boolean) => !value }),
  declareFunction('@not_strictly_false', { id: 'not_strictly_false', parameters: [boolType], result: boolType, evaluate: (value: Value) => value !== false }),
  declareFunction('_==_', binary<Value>('equals', a, a, boolType, isEqual, shorterCost)),
  declareFunction(
    '_!=_',
    binary<Value>('not_equals', a, a, boolType, (left, right) => !isEqual(left, right), shorterCost),
  ),
  order('_<_', 'less', (compared) => compared < 0),
  order('_<=_', 'less_equals', (compared) => compared <= 0),
  order('_>_', 'greater', (compared) => compared > 0),
  order('_>=_', 'greater_equals', (compared) => compared >= 0),
  declareFunction(
    '_+_',
    binary<Uint8Array>('add_bytes', bytesType, bytesType, bytesType, (left, right) => new Uint8Array(Buffer.concat([left, right])), concatenateCost),
    binary<Double>(
      'add_double',
      doubleType,
      doubleType,
      doubleType,
      doubles((left, right) => left + right),
    ),
    binary<Duration>('add_duration_duration', durationType, durationType, durationType, (left, right) => durationOf(left.nanoseconds + right.nanoseconds)),
    binary<Duration, Timestamp>('add_duration_timestamp', durationType, timestampType, timestampType, (left, right) => addDuration(right, left.nanoseconds)),
    binary<Timestamp, Duration>('add_timestamp_duration', timestampType, durationType, timestampType, (left, right) => addDuration(left, right.nanoseconds)),
    binary<Int>('add_int64', intType, intType, intType, addInts),
    binary<List>('add_list', listOfA, listOfA, listOfA, addLists),
    binary<string>('add_string', stringType, stringType, stringType, addStrings, concatenateCost),
    binary<Uint>(
      'add_uint64',
      uintType,
      uintType,
      uintType,
      uints((left, right) => left + right),
    ),
  ),
  declareFunction(
    '_-_',
    binary<Double>(
      'subtract_double',
      doubleType,
      doubleType,
      doubleType,
      doubles((left, right) => left - right),
    ),
    binary<Duration>('subtract_duration_duration', durationType, durationType, durationType, (left, right) => durationOf(left.nanoseconds - right.nanoseconds)),
    binary<Int>('subtract_int64', intType, intType, intType, subtractInts),
    binary<Timestamp, Duration>('subtract_timestamp_duration', timestampType, durationType, timestampType, (left, right) =>
      addDuration(left, -right.nanoseconds),
    ),
    binary<Timestamp>('subtract_timestamp_timestamp', timestampType, timestampType, durationType, subtractTimestamps),
    binary<Uint>(
      'subtract_uint64',
      uintType,
      uintType,
      uintType,
      uints((left, right) => left - right),
    ),
  ),
  declareFunction(
    '_*_',
    binary<Double>(
      'multiply_double',
      doubleType,
      doubleType,
      doubleType,
      doubles((left, right) => left * right),
    ),
    binary<Int>('multiply_int64', intType, intType, intType, multiplyInts),
    binary<Uint>(
      'multiply_uint64',
      uintType,
      uintType,
      uintType,
      uints((left, right) => left * right),
    ),
  ),
  declareFunction(
    '_/_',
    binary<Double>(
      'divide_double',
      doubleType,
      doubleType,
      doubleType,
      doubles((left, right) => left / right),
    ),
    binary<Int>('divide_int64', intType, intType, intType, divideInts),
    binary<Uint>('divide_uint64', uintType, uintType, uintType, uints(nonZero((left, right) => left / right, 'division by zero'))),
  ),
  declareFunction(
    '_%_',
    binary<Int>('modulo_int64', intType, intType, intType, moduloInts),
    binary<Uint>('modulo_uint64', uintType, uintType, uintType, uints(nonZero((left, right) => left % right, 'modulus by zero'))),
  ),
  declareFunction(
    '-_',
    { id: 'negate_double', parameters: [doubleType], result: doubleType, evaluate: (value: Double) => new Double(-value.value) },
    { id: 'negate_int64', parameters: [intType], result: intType, evaluate: negateInt },
  ),
  declareFunction('_[_]', binary<List, Value>('index_list', listOfA, intType, a, indexList), binary<MapValue, Value>('index_map', mapOfAB, a, b, indexMap)),
  declareFunction(
    '@in',
    binary<Value, List>('in_list', a, listOfA, boolType, isInList, ([, list]) => (list as List).size),
    binary<Value, MapValue>('in_map', a, mapOfAB, boolType, (key, map) => map.has(key)),
  ),
];

export function isInList(value: Value, list: List): boolean {
  const { size } = list;
  for (let at = 0; at < size; at++) if (isEqual(value, list.at(at))) return true;
  return false;
}
