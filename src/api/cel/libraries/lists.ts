/** Lists: `slice`, `flatten`, `sort`, `sortBy`, `distinct`, `reverse`, `lists.range` (cel-go's `Lists`, version 3). */
import type { Expression } from '../ast.ts';
import { sizeForCost } from '../code-points.ts';
import { compareValues } from '../comparison.ts';
import { isEqual } from '../equality.ts';
import { type CallEstimate, declareFunction, type Estimate, type EstimatedValue, type Library, type Overload } from '../library.ts';
import type { Macro } from '../macros.ts';
import { standardMacros } from '../standard-macros.ts';
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  stringType,
  type Type,
  timestampType,
  typeParameter,
  uintType,
} from '../types.ts';
import { typeName } from '../value-types.ts';
import { EvaluationError, List, type Value } from '../values.ts';

type Int = number | bigint;

const listOfT = listType(typeParameter('T'));
const comparableTypes: readonly Type[] = [intType, uintType, doubleType, boolType, durationType, timestampType, stringType, bytesType];

/** A call and a list cost 1 and 10 before anything is done. */
const baseCost = 11;
/** Lists longer than this cannot be made. */
const maximumSize = 1_000_000;

const outputCost = (_values: readonly Value[], result: Value): number => sizeForCost(result) + baseCost;

/** Comparing every element with every other. */
function selfCompareCost(list: Value): number {
  const size = sizeForCost(list);
  const first = list instanceof List && size > 0 ? list.at(0) : undefined;
  const factor = typeof first === 'string' || first instanceof Uint8Array ? 2.1 : 2;
  return Math.floor(size * size * factor) + baseCost;
}

const selfCompare = ([list]: readonly Value[]): number => selfCompareCost(list as Value);
const keysCompare = ([, keys]: readonly Value[]): number => selfCompareCost(keys as Value);

const times = (left: number, right: number): number => left * right || 0;

function allocating(factor: number, size: Estimate): CallEstimate {
  const cost = (count: number) => Math.ceil(times(count, factor)) + baseCost;
  return { cost: { minimum: cost(size.minimum), maximum: cost(size.maximum) }, resultSize: size };
}

const squared = ({ minimum, maximum }: Estimate): Estimate => ({ minimum: minimum * minimum, maximum: maximum * maximum });

function literalInt(value: EstimatedValue | undefined, otherwise: number): number {
  const known = value?.expression.kind === 'literal' ? value.expression.value : undefined;
  return typeof known === 'number' || typeof known === 'bigint' ? Math.max(0, Number(known)) : otherwise;
}

function slice(list: List, start: Int, end: Int): List {
  if (start < 0 || end < 0) throw new EvaluationError(`cannot slice(${start}, ${end}), negative indexes not supported`);
  if (start > end) throw new EvaluationError(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`);
  if (list.size < end) throw new EvaluationError(`cannot slice(${start}, ${end}), list is length ${list.size}`);
  return new List(list.items.slice(Number(start), Number(end)), list.convert);
}

function flatten(list: List, depth: Int): List {
  if (depth < 0) throw new EvaluationError('level must be non-negative');
  const items: Value[] = [];
  gather(list, Number(depth), items);
  return new List(items);
}

function gather(list: List, depth: number, items: Value[]): void {
  for (let at = 0; at < list.size; at++) {
    const item = list.at(at);
    if (item instanceof List && depth > 0) gather(item, depth - 1, items);
    else if (items.push(item) > maximumSize) throw tooLong();
  }
}

const tooLong = (): EvaluationError => new EvaluationError(`list is longer than ${maximumSize} elements`);

function range(size: Int): List {
  if (size > maximumSize) throw tooLong();
  const items: number[] = [];
  for (let at = 0; at < size; at++) items.push(at);
  return new List(items);
}

function distinct(list: List): List {
  const plain = new Set<Value>();
  const others: Value[] = [];
  const items = list.values().filter((item) => {
    if (typeof item !== 'object' || item === null) {
      if (plain.has(item) || others.some((other) => isEqual(other, item))) return false;
      plain.add(item);
      return true;
    }
    if (others.some((other) => isEqual(other, item)) || [...plain].some((other) => isEqual(other, item))) return false;
    others.push(item);
    return true;
  });
  return new List(items);
}

function sortByKeys(list: List, keys: List): List {
  if (list.size !== keys.size) {
    throw new EvaluationError(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.size} and ${keys.size} elements respectively`,
    );
  }
  const values = keys.values();
  const [first] = values;
  if (first === undefined) return list;
  if (compareValues(first, first) === undefined) throw new EvaluationError('list elements must be comparable');
  if (values.some((value) => typeName(value) !== typeName(first))) throw new EvaluationError('list elements must have the same type');
  const order = values.map((_, at) => at).sort((left, right) => compareValues(values[left] as Value, values[right] as Value) ?? 0);
  return new List(order.map((at) => list.at(at)));
}

const mapMacro = standardMacros.find(({ name, argumentCount }) => name === 'map' && argumentCount === 2) as Macro;
const inputName = '@__sortBy_input__';

const sortBy: Macro = {
  name: 'sortBy',
  isMember: true,
  argumentCount: 2,
  expand(create, target, values) {
    if (target?.kind === 'literal' || target?.kind === 'map' || target?.kind === 'struct') {
      return create.problem('sortBy can only be applied to a list, identifier, comprehension, call or select expression', target);
    }
    const keys = mapMacro.expand(create, create.identifier(inputName), values);
    if (!keys || keys.kind === 'problem') return keys;
    return create.comprehension({
      range: create.list([]),
      variable: '#unused',
      secondVariable: undefined,
      accumulator: inputName,
      initial: target as Expression,
      condition: create.literal(false),
      step: create.identifier(inputName),
      result: create.memberCall('@sortByAssociatedKeys', create.identifier(inputName), [keys]),
    });
  },
};

const member = (id: string, parameters: readonly Type[], result: Type, rest: Pick<Overload, 'evaluate' | 'cost' | 'costBefore' | 'estimate'>): Overload => ({
  id,
  isMember: true,
  parameters,
  result,
  ...rest,
});

const elementFactor = (type: Type): number => (type === stringType || type === bytesType ? 2.1 : 2);

const flattenCost = ([list, depth = 1]: readonly Value[]): number => Math.floor(Number(depth) * sizeForCost(list as Value)) + baseCost;

export const listsLibrary: Library = {
  name: 'lists',
  macros: [sortBy],
  functions: [
    declareFunction(
      'slice',
      member('list_slice', [listOfT, intType, intType], listOfT, {
        evaluate: slice,
        cost: outputCost,
        estimate([list, start, end]) {
          const size = Math.max(0, literalInt(end, list?.size.maximum ?? Infinity) - literalInt(start, 0));
          return allocating(1, { minimum: size, maximum: size });
        },
      }),
    ),
    declareFunction(
      'flatten',
      member('list_flatten', [listType(listOfT)], listOfT, {
        evaluate: (list: List) => flatten(list, 1),
        cost: flattenCost,
        costBefore: flattenCost,
        estimate: ([list]) => list && allocating(1, list.size),
      }),
      member('list_flatten_int', [listType(dynType), intType], listType(dynType), {
        evaluate: flatten,
        cost: flattenCost,
        costBefore: flattenCost,
        estimate: ([list, depth]) => list && allocating(literalInt(depth, Infinity), list.size),
      }),
    ),
    declareFunction(
      'sort',
      ...comparableTypes.map((type) =>
        member(`list_${type.name}_sort`, [listType(type)], listType(type), {
          evaluate: (list: List) => sortByKeys(list, list),
          cost: selfCompare,
          costBefore: selfCompare,
          estimate: ([list]) => list && allocating(elementFactor(type), squared(list.size)),
        }),
      ),
    ),
    declareFunction(
      '@sortByAssociatedKeys',
      ...comparableTypes.map((type) =>
        member(`list_${type.name}_sortByAssociatedKeys`, [listOfT, listType(type)], listOfT, {
          evaluate: sortByKeys,
          cost: keysCompare,
          costBefore: keysCompare,
          estimate: ([, keys]) => keys && allocating(elementFactor(type), squared(keys.size)),
        }),
      ),
    ),
    declareFunction('lists.range', {
      id: 'lists_range',
      parameters: [intType],
      result: listType(intType),
      evaluate: range,
      cost: outputCost,
      costBefore: ([size]) => Number(size) + baseCost,
      estimate([size]) {
        const count = literalInt(size, Infinity);
        return allocating(1, { minimum: count, maximum: count });
      },
    }),
    declareFunction(
      'reverse',
      member('list_reverse', [listOfT], listOfT, {
        evaluate: (list: List) => new List(list.items.toReversed(), list.convert),
        cost: outputCost,
        estimate: ([list]) => list && allocating(1, list.size),
      }),
    ),
    declareFunction(
      'distinct',
      member('list_distinct', [listOfT], listOfT, {
        evaluate: distinct,
        cost: selfCompare,
        costBefore: selfCompare,
        estimate: ([list]) => list && allocating(2, squared(list.size)),
      }),
    ),
  ],
};
