/** Optional values (cel-go's `OptionalTypes`): `optional.of`, `.?`, `[?]`, `orValue`, `optMap`. */
import type { Expression } from '../ast.ts';
import type { ExpressionFactory } from '../expression-factory.ts';
import { optionalIndex } from '../indexing.ts';
import { declareFunction, type Library, type Overload } from '../library.ts';
import type { Macro, MacroProblem } from '../macros.ts';
import { boolType, dynType, intType, listType, mapType, opaqueType, optionalType, stringType, type Type, typeParameter } from '../types.ts';
import { EvaluationError, List, noValue, OptionalValue, type Value } from '../values.ts';
import { isZeroValue } from '../zero-values.ts';

const k = typeParameter('K');
const v = typeParameter('V');
const optionalOfV = optionalType(v);
const listOfV = listType(v);
const mapOfKV = mapType(k, v);

const member = (id: string, parameters: readonly Type[], result: Type, evaluate: Overload['evaluate']): Overload => ({
  id,
  isMember: true,
  parameters,
  result,
  evaluate,
});
const global = (id: string, parameters: readonly Type[], result: Type, evaluate: Overload['evaluate']): Overload => ({ id, parameters, result, evaluate });

function valueOf({ value }: OptionalValue): Value {
  if (value === undefined) throw new EvaluationError('optional.none() dereference');
  return value;
}

function unwrap(list: List): List {
  const found: Value[] = [];
  for (const item of list.values()) {
    if (!(item instanceof OptionalValue)) throw new EvaluationError('value is not optional');
    if (item.value !== undefined) found.push(item.value);
  }
  return new List(found);
}

/** `optMap(name, expression)`: what the macro makes of a target that has a value. */
function mapping(name: string, wraps: boolean): Macro {
  return {
    name,
    isMember: true,
    argumentCount: 2,
    expand(create, target, [variable, expression]) {
      if (variable?.kind !== 'identifier') return create.problem(`${name}() variable name must be a simple identifier`, variable as Expression);
      return expandMapping(create, target as Expression, variable.name, expression as Expression, wraps);
    },
  };
}

function expandMapping(create: ExpressionFactory, target: Expression, accumulator: string, result: Expression, wraps: boolean): Expression | MacroProblem {
  const test = create.memberCall('hasValue', target, []);
  const mapped = create.comprehension({
    range: create.list([]),
    variable: '#unused',
    secondVariable: undefined,
    accumulator,
    initial: create.memberCall('value', create.copy(target), []),
    condition: create.literal(false),
    step: create.identifier(accumulator),
    result,
  });
  return create.call('_?_:_', [test, wraps ? create.call('optional.of', [mapped]) : mapped, create.call('optional.none', [])]);
}

export const optionalsLibrary: Library = {
  name: 'optional',
  types: [opaqueType('optional_type')],
  macros: [mapping('optMap', true), mapping('optFlatMap', false)],
  functions: [
    declareFunction(
      'optional.of',
      global('optional_of', [v], optionalOfV, (value: Value) => new OptionalValue(value)),
    ),
    declareFunction(
      'optional.ofNonZeroValue',
      global('optional_ofNonZeroValue', [v], optionalOfV, (value: Value) => (isZeroValue(value) ? noValue : new OptionalValue(value))),
    ),
    declareFunction(
      'optional.none',
      global('optional_none', [], optionalOfV, () => noValue),
    ),
    declareFunction('value', member('optional_value', [optionalOfV], v, valueOf)),
    declareFunction(
      'hasValue',
      member('optional_hasValue', [optionalOfV], boolType, ({ value }: OptionalValue) => value !== undefined),
    ),
    declareFunction(
      'or',
      member('optional_or_optional', [optionalOfV, optionalOfV], optionalOfV, (left: OptionalValue, right: OptionalValue) =>
        left.value === undefined ? right : left,
      ),
    ),
    declareFunction(
      'orValue',
      member('optional_orValue_value', [optionalOfV, v], v, (left: OptionalValue, right: Value) => left.value ?? right),
    ),
    declareFunction('_?._', global('select_optional_field', [dynType, stringType], optionalOfV, optionalIndex)),
    declareFunction(
      '_[?_]',
      global('list_optindex_optional_int', [listOfV, intType], optionalOfV, optionalIndex),
      global('optional_list_optindex_optional_int', [optionalType(listOfV), intType], optionalOfV, optionalIndex),
      global('map_optindex_optional_value', [mapOfKV, k], optionalOfV, optionalIndex),
      global('optional_map_optindex_optional_value', [optionalType(mapOfKV), k], optionalOfV, optionalIndex),
    ),
    declareFunction(
      '_[_]',
      global('optional_list_index_int', [optionalType(listOfV), intType], optionalOfV, optionalIndex),
      global('optional_map_index_value', [optionalType(mapOfKV), k], optionalOfV, optionalIndex),
    ),
    declareFunction(
      'first',
      member('list_first', [listOfV], optionalOfV, (list: List) => (list.size === 0 ? noValue : new OptionalValue(list.at(0)))),
    ),
    declareFunction(
      'last',
      member('list_last', [listOfV], optionalOfV, (list: List) => (list.size === 0 ? noValue : new OptionalValue(list.at(list.size - 1)))),
    ),
    declareFunction('optional.unwrap', global('optional_unwrap', [listType(optionalOfV)], listOfV, unwrap)),
    declareFunction('unwrapOpt', member('optional_unwrapOpt', [listType(optionalOfV)], listOfV, unwrap)),
  ],
};
