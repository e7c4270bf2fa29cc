/** Lists as sets: `sets.contains`, `sets.equivalent`, `sets.intersects`. */
import { sizeForCost } from '../code-points.ts';
import { declareFunction, type FunctionDeclaration, type Library } from '../library.ts';
import { isInList } from '../standard-operators.ts';
import { boolType, listType, typeParameter } from '../types.ts';
import type { List, Value } from '../values.ts';

const listOfT = listType(typeParameter('T'));

/** Every element of one is looked for in the other: `factor` times. */
function onSets(name: string, id: string, factor: number, evaluate: (left: List, right: List) => boolean): FunctionDeclaration {
  const cost = ([left, right]: readonly Value[]) => 1 + sizeForCost(left as Value) * sizeForCost(right as Value) * factor;
  return declareFunction(name, {
    id,
    parameters: [listOfT, listOfT],
    result: boolType,
    evaluate,
    cost,
    costBefore: cost,
    estimate: ([left, right]) =>
      left &&
      right && { cost: { minimum: left.size.minimum * right.size.minimum * factor + 1, maximum: (left.size.maximum * right.size.maximum || 0) * factor + 1 } },
  });
}

const contains = (list: List, part: List): boolean => part.values().every((item) => isInList(item, list));

export const setsLibrary: Library = {
  name: 'sets',
  functions: [
    onSets('sets.contains', 'list_sets_contains_list', 1, contains),
    onSets('sets.equivalent', 'list_sets_equivalent_list', 2, (left, right) => contains(left, right) && contains(right, left)),
    onSets('sets.intersects', 'list_sets_intersects_list', 1, (left, right) => left.values().some((item) => isInList(item, right))),
  ],
};
