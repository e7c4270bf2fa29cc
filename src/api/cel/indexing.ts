/** Reading elements, entries and fields, as expressions do it. */
import { numberOf } from './comparison.ts';
import { formatForMessage } from './message-format.ts';
import { typeName } from './value-types.ts';
import { EvaluationError, fromNative, List, MapValue, noValue, ObjectValue, OptionalValue, type Value } from './values.ts';

/** The element at an index: an int, or a whole number of another type. Throws EvaluationError. */
export function indexList(list: List, index: Value): Value {
  const at = listIndex(list, index);
  if (at === undefined) throw new EvaluationError(`index out of bounds: ${formatForMessage(index)}`);
  return list.at(at);
}

/** Undefined: out of range. */
function listIndex(list: List, index: Value): number | undefined {
  const number = numberOf(index);
  if (number === undefined) throw new EvaluationError(`unsupported index type '${typeName(index)}' in list`);
  const at = Number(number);
  if (!Number.isInteger(at)) throw new EvaluationError(`unsupported index value ${at} in list`);
  return at >= 0 && at < list.size ? at : undefined;
}

/** The value of a key. Throws EvaluationError `no such key: KEY`. */
export function indexMap(map: MapValue, key: Value): Value {
  const value = map.get(key);
  if (value !== undefined) return value;
  if (!isKey(key)) throw new EvaluationError(`unsupported key type: ${typeName(key)}`);
  throw noSuchKey(key);
}

function isKey(key: Value): boolean {
  return typeof key === 'string' || typeof key === 'boolean' || numberOf(key) !== undefined;
}

export function noSuchKey(key: Value): EvaluationError {
  return new EvaluationError(`no such key: ${formatForMessage(key)}`);
}

/** `value[index]` where the type of the value is not known, or is optional. */
export function indexValue(value: Value, index: Value): Value {
  if (value instanceof List) return indexList(value, index);
  if (value instanceof MapValue) return indexMap(value, index);
  if (value instanceof ObjectValue && typeof index === 'string') return selectField(value, index);
  if (value instanceof OptionalValue) return value.value === undefined ? noValue : optionalIndex(value.value, index);
  throw noSuchKey(index);
}

/** `value[?index]`. */
export function optionalIndex(value: Value, index: Value): OptionalValue {
  if (value instanceof OptionalValue) return value.value === undefined ? noValue : optionalIndex(value.value, index);
  if (value instanceof List) {
    const at = listIndex(value, index);
    return at === undefined ? noValue : new OptionalValue(value.at(at));
  }
  if (value instanceof MapValue) {
    const found = value.get(index);
    if (found === undefined) {
      if (!isKey(index)) throw new EvaluationError(`unsupported key type: ${typeName(index)}`);
      return noValue;
    }
    return new OptionalValue(found);
  }
  // Upstream finds nothing in what has no elements, rather than failing.
  return value instanceof ObjectValue && typeof index === 'string' && hasField(value, index) ? new OptionalValue(selectField(value, index)) : noValue;
}

/** `value.name`; of an optional, an optional. Throws EvaluationError. */
export function selectField(value: Value, name: string): Value {
  if (value instanceof ObjectValue) {
    const field = value.type.field(name);
    if (!field) throw new EvaluationError(`no such field '${name}'`);
    const native = value.native[field.property ?? name];
    if (native === undefined) {
      if (field.absent !== undefined) return field.absent;
      throw noSuchKey(name);
    }
    return field.convert ? field.convert(native) : fromNative(field.type)(native);
  }
  if (value instanceof MapValue) return indexMap(value, name);
  if (value instanceof List) return indexList(value, name);
  if (!(value instanceof OptionalValue)) throw noSuchKey(name);
  if (value.value !== undefined && !hasFields(value.value)) throw noSuchKey(name);
  return optionalField(value, name);
}

const hasFields = (value: Value): boolean => value instanceof MapValue || value instanceof ObjectValue || value instanceof OptionalValue;

/** `value.?name`. */
export function optionalField(value: Value, name: string): OptionalValue {
  if (value instanceof OptionalValue) return value.value === undefined ? noValue : optionalField(value.value, name);
  if (value instanceof MapValue) {
    const found = value.get(name);
    return found === undefined ? noValue : new OptionalValue(found);
  }
  return hasField(value, name) ? new OptionalValue(selectField(value, name)) : noValue;
}

/** `has(value.name)`. */
export function hasField(value: Value, name: string): boolean {
  if (value instanceof ObjectValue) {
    const field = value.type.field(name);
    if (!field) throw new EvaluationError(`no such field '${name}'`);
    return value.native[field.property ?? name] !== undefined;
  }
  if (value instanceof MapValue) return value.has(name);
  if (value instanceof List) throw new EvaluationError("unsupported index type 'string' in list");
  // Upstream finds no field in what has none, rather than failing.
  return value instanceof OptionalValue && value.value !== undefined && hasField(value.value, name);
}
