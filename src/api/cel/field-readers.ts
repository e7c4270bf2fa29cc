/** Reading and testing fields where the operand's type is known as the expression is compiled. */
import { hasField, noSuchKey, selectField } from './indexing.ts';
import { type Field, isObjectType, type Type } from './types.ts';
import { type Converter, fromDynamic, fromNative, MapValue, ObjectValue, type Value } from './values.ts';

/** Reads a field of a value of a type. What is not of the type at run time is read as dyn. */
export function fieldReader(type: Type, name: string): (value: Value) => Value {
  const field = isObjectType(type) ? type.field(name) : undefined;
  if (!field) {
    if (type.kind !== 'map') return (value) => selectField(value, name);
    return (value) => (value instanceof MapValue ? (value.get(name) ?? selectField(value, name)) : selectField(value, name));
  }
  const property = field.property ?? name;
  const convert = converterOf(field);
  const { absent } = field;
  return (value) => {
    if (!(value instanceof ObjectValue) || value.type !== type) return selectField(value, name);
    const native = value.native[property];
    if (native !== undefined) return convert(native);
    if (absent !== undefined) return absent;
    throw noSuchKey(name);
  };
}

/** Tests for a field. */
export function fieldTester(type: Type, name: string): (value: Value) => Value {
  const field = isObjectType(type) ? type.field(name) : undefined;
  if (!field) return (value) => hasField(value, name);
  const property = field.property ?? name;
  return (value) => (value instanceof ObjectValue && value.type === type ? value.native[property] !== undefined : hasField(value, name));
}

/** The converter of a field; that of plain types is short, for it runs most. */
function converterOf(field: Field): Converter {
  if (field.convert) return field.convert;
  switch (field.type.kind) {
    case 'string':
      return (native) => (typeof native === 'string' ? native : fromDynamic(native));
    case 'int':
      return (native) => (Number.isSafeInteger(native) ? (native as number) : fromDynamic(native));
    case 'bool':
      return (native) => (typeof native === 'boolean' ? native : fromDynamic(native));
    default:
      return fromNative(field.type);
  }
}
