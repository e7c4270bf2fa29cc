/** Macros with two variables: index and element, or key and value (cel-go's `TwoVarComprehensions`). */

import { declareFunction, type Library } from '../library.ts';
import { insertAll, insertEntry } from '../map-insertion.ts';
import { twoVariableMacros } from '../standard-macros.ts';
import { mapType, typeParameter } from '../types.ts';
import { EntryMap, type MapValue, type Value } from '../values.ts';

const k = typeParameter('K');
const v = typeParameter('V');
const mapOfKV = mapType(k, v);

export const twoVariableComprehensionsLibrary: Library = {
  name: 'two-variable comprehensions',
  macros: twoVariableMacros,
  functions: [
    declareFunction(
      'cel.@mapInsert',
      {
        id: '@mapInsert_map_map',
        parameters: [mapOfKV, mapOfKV],
        result: mapOfKV,
        evaluate(map: MapValue, added: MapValue) {
          const joined = new EntryMap(map.entries());
          insertAll(joined, added);
          return joined;
        },
      },
      {
        id: '@mapInsert_map_key_value',
        parameters: [mapOfKV, k, v],
        result: mapOfKV,
        evaluate(map: MapValue, key: Value, value: Value) {
          const joined = new EntryMap(map.entries());
          insertEntry(joined, key, value);
          return joined;
        },
      },
    ),
  ],
};
