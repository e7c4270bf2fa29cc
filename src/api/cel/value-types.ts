/** The types of values at run time. */
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
  optionalType,
  stringType,
  type Type,
  type TypeKind,
  timestampType,
  typeType,
  uintType,
} from './types.ts';
import { Double, Duration, EvaluationError, List, MapValue, ObjectValue, OptionalValue, Timestamp, TypeValue, Uint, type Value } from './values.ts';

const listOfAny = listType(dynType);
const mapOfAny = mapType(dynType, dynType);
const optionalOfAny = optionalType(dynType);
const anyType = typeType();

/** The type that `type(value)` gives: elements are dyn. */
export function typeOfValue(value: Value): Type {
  switch (typeof value) {
    case 'string':
      return stringType;
    case 'boolean':
      return boolType;
    case 'number':
    case 'bigint':
      return intType;
    default:
  }
  if (value === null) return nullType;
  if (value instanceof Double) return doubleType;
  if (value instanceof Uint) return uintType;
  if (value instanceof List) return listOfAny;
  if (value instanceof MapValue) return mapOfAny;
  if (value instanceof Uint8Array) return bytesType;
  if (value instanceof Timestamp) return timestampType;
  if (value instanceof Duration) return durationType;
  if (value instanceof TypeValue) return anyType;
  return value instanceof OptionalValue ? optionalOfAny : value.type;
}

/** The type's name at run time: `int`, `google.protobuf.Timestamp`, `list`. */
export const typeName = (value: Value): string => typeOfValue(value).name;

export type Guard = (value: Value) => boolean;

/** Whether a value may be an argument where a type is declared; of lists and maps the first element is looked at. */
export function guardOf(type: Type): Guard {
  if (type.isNullable) {
    const inner = guardOf({ ...type, isNullable: false });
    return (value) => value === null || inner(value);
  }
  switch (type.kind) {
    case 'dyn':
    case 'parameter':
    case 'error':
      return () => true;
    case 'null':
      return (value) => value === null;
    case 'bool':
      return (value) => typeof value === 'boolean';
    case 'int':
      return (value) => typeof value === 'number' || typeof value === 'bigint';
    case 'string':
      return (value) => typeof value === 'string';
    case 'uint':
      return (value) => value instanceof Uint;
    case 'double':
      return (value) => value instanceof Double;
    case 'bytes':
      return (value) => value instanceof Uint8Array;
    case 'timestamp':
      return (value) => value instanceof Timestamp;
    case 'duration':
      return (value) => value instanceof Duration;
    case 'type':
      return (value) => value instanceof TypeValue;
    case 'list':
      return listGuard(type);
    case 'map':
      return mapGuard(type);
    case 'object':
      return (value) => value instanceof ObjectValue && value.type.name === type.name;
    case 'opaque':
      if (type.name === 'optional_type') return (value) => value instanceof OptionalValue;
      return (value) => typeof value === 'object' && value !== null && typeOfValue(value).name === type.name;
  }
}

const isAny = (type: Type | undefined): boolean => type === undefined || type.kind === 'dyn' || type.kind === 'parameter';

function listGuard(type: Type): Guard {
  const [element] = type.parameters;
  if (isAny(element)) return (value) => value instanceof List;
  const isElement = guardOf(element as Type);
  return (value) => value instanceof List && (value.size === 0 || isElement(value.at(0)));
}

function mapGuard(type: Type): Guard {
  const [key, item] = type.parameters;
  if (isAny(key) && isAny(item)) return (value) => value instanceof MapValue;
  const isKey = guardOf(key as Type);
  const isItem = guardOf(item as Type);
  return (value) => {
    if (!(value instanceof MapValue)) return false;
    for (const [firstKey, firstItem] of value.entries()) return isKey(firstKey) && isItem(firstItem);
    return true;
  };
}

/** Upstream names an operator where the first argument's type has no such operator at all, and not where only the other argument is wrong. */
const operands: Readonly<Record<string, ReadonlySet<TypeKind>>> = {
  '_+_': new Set(['bytes', 'double', 'duration', 'int', 'list', 'string', 'timestamp', 'uint']),
  '_-_': new Set(['double', 'duration', 'int', 'timestamp', 'uint']),
  '_*_': new Set(['double', 'int', 'uint']),
  '_/_': new Set(['double', 'int', 'uint']),
  '_%_': new Set(['int', 'uint']),
  '-_': new Set(['double', 'duration', 'int']),
  size: new Set(['bytes', 'list', 'map', 'string']),
};
const ordered: ReadonlySet<TypeKind> = new Set(['bool', 'bytes', 'double', 'duration', 'int', 'string', 'timestamp', 'uint']);
const plainNames = new Set(['!_', '@in', 'contains', 'startsWith', 'endsWith', 'matches']);

/** The error of a call whose arguments fit no overload. */
export function noSuchOverload(name: string, values: readonly Value[]): EvaluationError {
  if (plainNames.has(name)) return new EvaluationError('no such overload');
  const kinds = Object.hasOwn(operands, name) ? operands[name] : /^_[<>]=?_$/.test(name) ? ordered : undefined;
  const [first] = values;
  if (!kinds || first === undefined) return new EvaluationError(`no such overload: ${name}(${values.map((value) => typeName(value)).join(', ')})`);
  return new EvaluationError(kinds.has(typeOfValue(first).kind) ? 'no such overload' : `no such overload: ${name}`);
}

/** The error of a conversion that cannot be made. */
export function cannotConvert(value: Value, target: string): EvaluationError {
  return new EvaluationError(`type conversion error from '${typeName(value)}' to '${target}'`);
}
