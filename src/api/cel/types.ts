/** The types of CEL (cel-spec, "Gradual type checking") and of the object types that an environment declares. */
import type { Value } from './values.ts';

export type TypeKind =
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'type'
  | 'list'
  | 'map'
  | 'opaque'
  | 'parameter'
  | 'object';

/** A type. `parameters`: of a list its element, of a map its key and value, of a type (`type(int)`) what it is a type of, of an opaque type whatever it was declared with. */
export interface Type {
  readonly kind: TypeKind;
  /** The name at run time (`type(x)`), such as `int`, `list`, `optional_type`, `kubernetes.URL`. */
  readonly name: string;
  readonly parameters: readonly Type[];
  /** A wrapped primitive (`google.protobuf.Int64Value`): null is one of its values. */
  readonly isNullable?: boolean;
}

/** An object type: its values are plain JavaScript objects (see ObjectValue), read field by field. Two object types are the same type when their names are. */
export interface ObjectType extends Type {
  readonly kind: 'object';
  /** The declared field, or undefined: `undefined field 'x'`. Called at check time, and at run time for values of type dyn. */
  field(name: string): Field | undefined;
  /** The names of all fields, for equality and conversion at run time. */
  fieldNames(): Iterable<string>;
  /** Whether two objects are equal. Absent: field by field. */
  equals?(left: Readonly<Record<string, unknown>>, right: Readonly<Record<string, unknown>>): boolean;
  /** Builds a value from `Name{field: value}`. Absent: such expressions are refused by the checker. Throws EvaluationError. */
  create?(fields: ReadonlyMap<string, Value>): Value;
}

export interface Field {
  readonly type: Type;
  /** The property's name in the JavaScript object when it is not the field's own (escaped names). */
  readonly property?: string;
  /** Makes a value of the property, which is never undefined. Default: `fromNative(type)`. */
  readonly convert?: (native: unknown) => Value;
  /** What reading gives when the property is undefined. Absent: reading is the error `no such key: NAME`. */
  readonly absent?: Value;
}

const simple = (kind: TypeKind, name: string = kind): Type => ({ kind, name, parameters: [] });

export const nullType = simple('null', 'null_type');
export const boolType = simple('bool');
export const intType = simple('int');
export const uintType = simple('uint');
export const doubleType = simple('double');
export const stringType = simple('string');
export const bytesType = simple('bytes');
export const timestampType = simple('timestamp', 'google.protobuf.Timestamp');
export const durationType = simple('duration', 'google.protobuf.Duration');
export const dynType = simple('dyn');
/** The type of an expression that was found wrong: it fits everywhere, so one mistake is reported once. */
export const errorType = simple('error', '!error!');

export const listType = (element: Type): Type => ({ kind: 'list', name: 'list', parameters: [element] });
export const mapType = (key: Type, value: Type): Type => ({ kind: 'map', name: 'map', parameters: [key, value] });
/** The type of a type value: `type(int)` is the type of the expression `int`. Without an argument, of any type value. */
export const typeType = (of?: Type): Type => ({ kind: 'type', name: 'type', parameters: of ? [of] : [] });
/** A type parameter of an overload's declaration, by its name: the same name is the same type within one call. */
export const typeParameter = (name: string): Type => ({ kind: 'parameter', name, parameters: [] });
/** A type whose values only functions can look into. */
export const opaqueType = (name: string, ...parameters: readonly Type[]): Type => ({ kind: 'opaque', name, parameters });
export const optionalType = (of: Type): Type => opaqueType('optional_type', of);
export const isOptionalType = (type: Type): boolean => type.kind === 'opaque' && type.name === 'optional_type';
/** A primitive or null. */
export const nullableType = (primitive: Type): Type => ({ ...primitive, isNullable: true });

export const isObjectType = (type: Type): type is ObjectType => type.kind === 'object';

/** Types may share parts, and so be far larger than the memory they take: walks over them stop after this many steps. */
const maximumSteps = 100_000;

/** Whether two types are the same, parameters included. */
export function isSameType(left: Type, right: Type): boolean {
  let steps = 0;
  const isSame = (first: Type, second: Type): boolean => {
    if (first === second) return true;
    if (++steps > maximumSteps || first.kind !== second.kind || first.name !== second.name) return false;
    if (Boolean(first.isNullable) !== Boolean(second.isNullable) || first.parameters.length !== second.parameters.length) return false;
    return first.parameters.every((parameter, at) => isSame(parameter, second.parameters[at] ?? dynType));
  };
  return isSame(left, right);
}

/** No longer texts are made of types. */
const maximumTypeParts = 1_000;

/** A type as cel-go writes it in messages: `list(int)`, `map(string, dyn)`, `wrapper(int)`, a timestamp as `timestamp`. */
export function formatType(type: Type): string {
  let parts = 0;
  const format = (part: Type): string => {
    if (++parts > maximumTypeParts) return '...';
    if (part.isNullable) return `wrapper(${format({ ...part, isNullable: false })})`;
    if (part.kind === 'timestamp' || part.kind === 'duration' || part.kind === 'null') return part.kind;
    return part.parameters.length === 0 ? part.name : `${part.name}(${part.parameters.map(format).join(', ')})`;
  };
  return format(type);
}
