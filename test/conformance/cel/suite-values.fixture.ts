/** Values and types as the conformance suite writes them. */

import { Type_PrimitiveType, Type_WellKnownType, type Type as WrittenType } from '@bufbuild/cel-spec/cel/expr/checked_pb.js';
import type { Value as WrittenValue } from '@bufbuild/cel-spec/cel/expr/value_pb.js';
import { anyUnpack, DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { isEqual } from '../../../src/api/cel/equality.ts';
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  errorType,
  intType,
  listType,
  mapType,
  nullableType,
  nullType,
  opaqueType,
  stringType,
  type Type,
  timestampType,
  typeParameter,
  typeType,
  uintType,
} from '../../../src/api/cel/types.ts';
import { typeName } from '../../../src/api/cel/value-types.ts';
import { Double, Duration, EntryMap, List, MapValue, Timestamp, TypeValue, toInt, Uint, type Value } from '../../../src/api/cel/values.ts';

const namedTypes: Readonly<Record<string, Type>> = {
  bool: boolType,
  bytes: bytesType,
  double: doubleType,
  int: intType,
  uint: uintType,
  string: stringType,
  null_type: nullType,
  list: listType(dynType),
  map: mapType(dynType, dynType),
  type: typeType(),
  'google.protobuf.Timestamp': timestampType,
  'google.protobuf.Duration': durationType,
};

/** What the test says, as a value of the engine. */
export function readValue({ kind }: WrittenValue): Value {
  switch (kind.case) {
    case 'nullValue':
      return null;
    case 'boolValue':
    case 'stringValue':
      return kind.value;
    case 'int64Value':
      return toInt(kind.value);
    case 'uint64Value':
      return new Uint(kind.value);
    case 'doubleValue':
      return new Double(kind.value);
    case 'bytesValue':
      return kind.value;
    case 'typeValue':
      return new TypeValue(namedTypes[kind.value] ?? opaqueType(kind.value));
    case 'listValue':
      return new List(kind.value.values.map(readValue));
    case 'mapValue':
      return new EntryMap(kind.value.entries.map(({ key, value }) => [readValue(key as WrittenValue), readValue(value as WrittenValue)]));
    case 'objectValue': {
      const duration = anyUnpack(kind.value, DurationSchema);
      if (duration) return new Duration(duration.seconds * 1_000_000_000n + BigInt(duration.nanos));
      const timestamp = anyUnpack(kind.value, TimestampSchema);
      if (timestamp) return new Timestamp(Number(timestamp.seconds), timestamp.nanos);
      throw new Error(`the suite has a value of the message ${kind.value.typeUrl}`);
    }
    default:
      throw new Error(`the suite has a value of kind ${String(kind.case)}`);
  }
}

/** Whether a result is exactly what the test wants: of the same type too. */
export function isExpected(value: Value, wanted: WrittenValue): boolean {
  return isIdentical(value, readValue(wanted));
}

function isIdentical(value: Value, wanted: Value): boolean {
  if (typeName(value) !== typeName(wanted)) return false;
  if (value instanceof Double && wanted instanceof Double && Number.isNaN(wanted.value)) return Number.isNaN(value.value);
  if (value instanceof List && wanted instanceof List)
    return value.size === wanted.size && value.values().every((item, at) => isIdentical(item, wanted.at(at)));
  if (value instanceof MapValue && wanted instanceof MapValue) {
    return value.size === wanted.size && [...value.entries()].every(([key, item]) => isIdentical(item, wanted.get(key) ?? new TypeValue(errorType)));
  }
  return isEqual(value, wanted);
}

const primitives: Readonly<Record<number, Type>> = {
  [Type_PrimitiveType.BOOL]: boolType,
  [Type_PrimitiveType.INT64]: intType,
  [Type_PrimitiveType.UINT64]: uintType,
  [Type_PrimitiveType.DOUBLE]: doubleType,
  [Type_PrimitiveType.STRING]: stringType,
  [Type_PrimitiveType.BYTES]: bytesType,
};
const wellKnown: Readonly<Record<number, Type>> = {
  [Type_WellKnownType.ANY]: dynType,
  [Type_WellKnownType.TIMESTAMP]: timestampType,
  [Type_WellKnownType.DURATION]: durationType,
};

export function readType({ typeKind }: WrittenType): Type {
  switch (typeKind.case) {
    case 'primitive':
      return primitives[typeKind.value] ?? errorType;
    case 'wrapper':
      return nullableType(primitives[typeKind.value] ?? errorType);
    case 'wellKnown':
      return wellKnown[typeKind.value] ?? errorType;
    case 'null':
      return nullType;
    case 'listType':
      return listType(typeKind.value.elemType ? readType(typeKind.value.elemType) : dynType);
    case 'mapType':
      return mapType(
        typeKind.value.keyType ? readType(typeKind.value.keyType) : dynType,
        typeKind.value.valueType ? readType(typeKind.value.valueType) : dynType,
      );
    case 'typeParam':
      return typeParameter(typeKind.value);
    case 'type':
      return typeKind.value.typeKind.case === undefined ? typeType() : typeType(readType(typeKind.value));
    case 'abstractType':
      return opaqueType(typeKind.value.name, ...typeKind.value.parameterTypes.map(readType));
    case 'messageType':
      return namedTypes[typeKind.value] ?? opaqueType(typeKind.value);
    default:
      return dynType;
  }
}
