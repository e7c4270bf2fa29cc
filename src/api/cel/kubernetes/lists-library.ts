/** `isSorted`, `sum`, `min`, `max`, `indexOf` and `lastIndexOf` of lists. */
import { compareValues } from '../comparison.ts';
import { durationOf } from '../duration.ts';
import { isEqual } from '../equality.ts';
import { addInts, uintOf } from '../integers.ts';
import { declareFunction, type Library, type Overload } from '../library.ts';
import { boolType, bytesType, doubleType, durationType, intType, listType, stringType, type Type, timestampType, typeParameter, uintType } from '../types.ts';
import { Double, Duration, EvaluationError, type List, Uint, type Value } from '../values.ts';
import { traversalCost } from './costs.ts';

const comparable: Readonly<Record<string, Type>> = {
  int: intType,
  uint: uintType,
  double: doubleType,
  bool: boolType,
  duration: durationType,
  timestamp: timestampType,
  string: stringType,
  bytes: bytesType,
};

const element = typeParameter('A');

export const listsLibrary: Library = {
  name: 'kubernetes.lists',
  functions: [
    declareFunction('isSorted', ...forEach(comparable, (name, type) => member(`list_${name}_is_sorted_bool`, [listType(type)], boolType, isSorted))),
    declareFunction(
      'sum',
      member('list_int_sum_int', [listType(intType)], intType, sumOfInts),
      member('list_uint_sum_uint', [listType(uintType)], uintType, sumOfUints),
      member('list_double_sum_double', [listType(doubleType)], doubleType, sumOfDoubles),
      member('list_duration_sum_duration', [listType(durationType)], durationType, sumOfDurations),
    ),
    declareFunction(
      'max',
      ...forEach(comparable, (name, type) => member(`list_${name}_max_${name}`, [listType(type)], type, (list) => outermost('max', list, -1))),
    ),
    declareFunction(
      'min',
      ...forEach(comparable, (name, type) => member(`list_${name}_min_${name}`, [listType(type)], type, (list) => outermost('min', list, 1))),
    ),
    declareFunction('indexOf', {
      ...member('list_a_index_of_int', [listType(element), element], intType, (list) => list.size),
      evaluate: (list: List, item: Value) => list.values().findIndex((value) => isEqual(value, item)),
    }),
    declareFunction('lastIndexOf', {
      ...member('list_a_last_index_of_int', [listType(element), element], intType, (list) => list.size),
      evaluate: (list: List, item: Value) => list.values().findLastIndex((value) => isEqual(value, item)),
    }),
  ],
};

function forEach(types: Readonly<Record<string, Type>>, declare: (name: string, type: Type) => Overload): Overload[] {
  return Object.entries(types).map(([name, type]) => declare(name, type));
}

function member(id: string, parameters: readonly Type[], result: Type, evaluate: (list: List) => Value): Overload {
  return { id, isMember: true, parameters, result, evaluate, cost: traversalCost };
}

function isSorted(list: List): boolean {
  for (let at = 1; at < list.size; at++) if (order(list.at(at - 1), list.at(at)) > 0) return false;
  return true;
}

/** The value from which every other is in the direction; the first of several. */
function outermost(name: string, list: List, direction: -1 | 1): Value {
  if (list.size === 0) throw new EvaluationError(`${name} called on empty list`);
  let result = list.at(0);
  for (let at = 1; at < list.size; at++) {
    const value = list.at(at);
    if (order(result, value) * direction > 0) result = value;
  }
  return result;
}

/** Values without an order (NaN, mixed types in a list of dyn) stand beside each other, as upstream has it. */
function order(left: Value, right: Value): number {
  if ((left instanceof Double && Number.isNaN(left.value)) || (right instanceof Double && Number.isNaN(right.value))) return 0;
  return compareValues(left, right) ?? 0;
}

function sumOfInts(list: List): Value {
  let sum: number | bigint = 0;
  for (const value of list.values()) {
    if (typeof value !== 'number' && typeof value !== 'bigint') throw noSuchOverload();
    sum = addInts(sum, value);
  }
  return sum;
}

function sumOfUints(list: List): Value {
  let sum = 0n;
  for (const value of list.values()) {
    if (!(value instanceof Uint)) throw noSuchOverload();
    sum = uintOf(sum + value.value).value;
  }
  return new Uint(sum);
}

function sumOfDoubles(list: List): Value {
  let sum = 0;
  for (const value of list.values()) {
    if (!(value instanceof Double)) throw noSuchOverload();
    sum += value.value;
  }
  return new Double(sum);
}

function sumOfDurations(list: List): Value {
  let sum = new Duration(0n);
  for (const value of list.values()) {
    if (!(value instanceof Duration)) throw noSuchOverload();
    sum = durationOf(sum.nanoseconds + value.nanoseconds);
  }
  return sum;
}

/** Only a list of dyn holds another type than its first element's. */
const noSuchOverload = (): EvaluationError => new EvaluationError('no such overload');
