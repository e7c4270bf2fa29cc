/** The standard library (cel-spec, "List of Standard Definitions"). Every environment has it. */
import { countCodePoints } from './code-points.ts';
import { matchCost, searchCost, traverseCost } from './costs.ts';
import { declareFunction, type FunctionDeclaration, type Library, type Overload } from './library.ts';
import { isMatch } from './regular-expressions.ts';
import { standardConversions } from './standard-conversions.ts';
import { standardMacros } from './standard-macros.ts';
import { standardOperators } from './standard-operators.ts';
import { standardTimes } from './standard-times.ts';
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  mapType,
  nullType,
  stringType,
  type Type,
  timestampType,
  typeParameter,
  typeType,
  uintType,
} from './types.ts';
import type { List, MapValue, Value } from './values.ts';

const a = typeParameter('A');
const b = typeParameter('B');

/** A function that is called both ways: `size(x)` and `x.size()`. */
function both(name: string, member: string, parameter: Type, evaluate: (value: never) => Value): readonly Overload[] {
  const rest = { parameters: [parameter], result: intType, evaluate };
  return [
    { id: name, ...rest },
    { id: member, isMember: true, ...rest },
  ];
}

function onStrings(name: string, id: string, evaluate: (text: string, other: string) => boolean, cost: Overload['cost']): FunctionDeclaration {
  return declareFunction(name, { id, isMember: true, parameters: [stringType, stringType], result: boolType, evaluate, cost });
}

const functions: readonly FunctionDeclaration[] = [
  ...standardOperators,
  ...standardConversions,
  ...standardTimes,
  declareFunction(
    'size',
    ...both('size_bytes', 'bytes_size', bytesType, (bytes: Uint8Array) => bytes.length),
    ...both('size_list', 'list_size', listType(a), (list: List) => list.size),
    ...both('size_map', 'map_size', mapType(a, b), (map: MapValue) => map.size),
    ...both('size_string', 'string_size', stringType, countCodePoints),
  ),
  onStrings('contains', 'contains_string', (text, part) => text.includes(part), searchCost),
  onStrings('endsWith', 'ends_with_string', (text, end) => text.endsWith(end), traverseCost),
  onStrings('startsWith', 'starts_with_string', (text, start) => text.startsWith(start), traverseCost),
  declareFunction(
    'matches',
    { id: 'matches', parameters: [stringType, stringType], result: boolType, evaluate: isMatch, costBefore: matchCost },
    { id: 'matches_string', isMember: true, parameters: [stringType, stringType], result: boolType, evaluate: isMatch, cost: matchCost, costBefore: matchCost },
  ),
];

export const standardLibrary: Library = {
  name: 'standard',
  functions,
  macros: standardMacros,
  types: [
    boolType,
    bytesType,
    doubleType,
    durationType,
    intType,
    listType(dynType),
    mapType(dynType, dynType),
    nullType,
    stringType,
    timestampType,
    typeType(),
    uintType,
  ],
};
