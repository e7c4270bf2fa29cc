/**
 * The values of CEL at run time.
 *
 * | CEL        | JavaScript |
 * |------------|------------|
 * | null, bool, string | null, boolean, string (well-formed or not; sizes count code points) |
 * | int        | a number when it is a safe integer, else a bigint; ALWAYS in that form (see `toInt`), so `===` compares |
 * | uint       | Uint |
 * | double     | Double, also when it is whole |
 * | bytes      | Uint8Array |
 * | timestamp, duration | Timestamp, Duration |
 * | list       | List: over an array of values, or of JSON items with a converter |
 * | map        | MapValue: EntryMap (made by expressions) or NativeMap (over a JSON object) |
 * | type       | TypeValue |
 * | optional   | OptionalValue |
 * | object     | ObjectValue: a JSON object and its declared type |
 * | opaque     | a subclass of OpaqueValue |
 *
 * JSON is wrapped, never copied: strings, booleans and integers of a Kubernetes object are values as they stand.
 */
import type { ObjectType, Type } from './types.ts';

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint
  | Double
  | Uint8Array
  | Timestamp
  | Duration
  | List
  | MapValue
  | TypeValue
  | OptionalValue
  | ObjectValue
  | OpaqueValue;

/** Makes a value of something in a JSON object. */
export type Converter = (native: unknown) => Value;

/**
 * An expression failed as it ran. Libraries throw it; `&&`, `||`, `?:` and the macros may absorb it.
 * `budget` and `interrupted` are never absorbed.
 */
export class EvaluationError extends Error {
  readonly reason: 'failed' | 'budget' | 'interrupted';

  constructor(message: string, reason: 'failed' | 'budget' | 'interrupted' = 'failed') {
    // Errors are ordinary outcomes here, and many of them may be absorbed: a stack trace would cost more than the evaluation.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.reason = reason;
  }
}

export class Uint {
  /** 0 to 2^64-1. */
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A point in time, from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z. */
export class Timestamp {
  /** Since 1970. */
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanoseconds: number;
  /** Of the zone that it was written in, to the east of UTC. It shows in `string(t)` alone. */
  readonly offsetSeconds: number;
  constructor(seconds: number, nanoseconds: number, offsetSeconds = 0) {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    this.offsetSeconds = offsetSeconds;
  }
}

export class Duration {
  /** In all: 64 bits. */
  readonly nanoseconds: bigint;
  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }
}

export class List {
  readonly items: readonly unknown[];
  /** Absent: the items are values. */
  readonly convert: Converter | undefined;

  constructor(items: readonly unknown[], convert?: Converter) {
    this.items = items;
    this.convert = convert;
  }

  get size(): number {
    return this.items.length;
  }

  /** The item at an index, which is within the list. */
  at(index: number): Value {
    const item = this.items[index];
    return this.convert ? this.convert(item) : (item as Value);
  }

  values(): readonly Value[] {
    return this.convert ? this.items.map(this.convert) : (this.items as readonly Value[]);
  }

  /** Subclasses may define another equality (lists that are sets). Undefined: item by item. */
  equals?(other: List): boolean;
  /** Subclasses may define another `+`. Undefined: the items of both. */
  concat?(other: List): List;
}

export abstract class MapValue {
  abstract readonly size: number;
  /** Undefined when there is no such key. Any value may be asked for. */
  abstract get(key: Value): Value | undefined;
  abstract has(key: Value): boolean;
  abstract keys(): Iterable<Value>;
  abstract entries(): Iterable<readonly [Value, Value]>;
}

/** A map over a JSON object. Its keys are strings. */
export class NativeMap extends MapValue {
  readonly native: Readonly<Record<string, unknown>>;
  readonly convert: Converter;
  #size = -1;

  constructor(native: Readonly<Record<string, unknown>>, convert: Converter) {
    super();
    this.native = native;
    this.convert = convert;
  }

  get size(): number {
    if (this.#size < 0) this.#size = Object.keys(this.native).length;
    return this.#size;
  }

  get(key: Value): Value | undefined {
    return typeof key === 'string' && Object.hasOwn(this.native, key) ? this.convert(this.native[key]) : undefined;
  }

  has(key: Value): boolean {
    return typeof key === 'string' && Object.hasOwn(this.native, key);
  }

  keys(): string[] {
    return Object.keys(this.native);
  }

  *entries(): Iterable<readonly [Value, Value]> {
    for (const key of this.keys()) yield [key, this.convert(this.native[key])];
  }
}

/** A map that an expression or a library made. Numbers are one key whatever their type: `{1: 'a'}[1u]` is `'a'`. */
export class EntryMap extends MapValue {
  readonly #entries = new Map<unknown, readonly [Value, Value]>();

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    super();
    for (const entry of entries) this.add(entry[0], entry[1]);
  }

  /** Only while the map is made. Returns whether the key is new. A key that no map may have is an EvaluationError. */
  add(key: Value, value: Value): boolean {
    const identity = keyIdentity(key);
    if (identity === undefined || key instanceof Double) throw new EvaluationError('unsupported key type');
    const isNew = !this.#entries.has(identity);
    this.#entries.set(identity, [key, value]);
    return isNew;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(keyIdentity(key))?.[1];
  }

  has(key: Value): boolean {
    return this.#entries.has(keyIdentity(key));
  }

  *keys(): Iterable<Value> {
    for (const [key] of this.#entries.values()) yield key;
  }

  entries(): Iterable<readonly [Value, Value]> {
    return this.#entries.values();
  }
}

/** What stands for a key in a JavaScript map; undefined for what can be no key. */
function keyIdentity(key: Value): string | number | bigint | boolean | undefined {
  switch (typeof key) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return key;
    default:
      if (key instanceof Uint) return toInt(key.value);
      if (key instanceof Double && Number.isInteger(key.value)) return toInt(BigInt(key.value));
      return undefined;
  }
}

export class TypeValue {
  readonly type: Type;
  constructor(type: Type) {
    this.type = type;
  }
}

export class OptionalValue {
  /** Undefined: there is none. */
  readonly value: Value | undefined;
  constructor(value?: Value) {
    this.value = value;
  }
}

export const noValue = new OptionalValue();

/** A JavaScript object of a declared type. Compiled expressions read `native` directly; its properties may be getters (lazily evaluated variables). */
export class ObjectValue {
  readonly native: Readonly<Record<string, unknown>>;
  readonly type: ObjectType;

  constructor(native: Readonly<Record<string, unknown>>, type: ObjectType) {
    this.native = native;
    this.type = type;
  }
}

/** A value of an opaque type; functions look into it. */
export abstract class OpaqueValue {
  abstract readonly type: Type;
  abstract equals(other: OpaqueValue): boolean;
  /** What cost rules take for its size. Undefined: 1. */
  readonly size?: number;
}

export const minimumInt = -(2n ** 63n);
export const maximumInt = 2n ** 63n - 1n;
export const maximumUint = 2n ** 64n - 1n;

/** An int in its one form. Out of 64 bits: EvaluationError `integer overflow`. */
export function toInt(value: number | bigint): number | bigint {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
    return toInt(BigInt(value));
  }
  if (value >= -9007199254740991n && value <= 9007199254740991n) return Number(value);
  if (value < minimumInt || value > maximumInt) throw new EvaluationError('integer overflow');
  return value;
}

/** A value of JSON whose type is not declared: whole numbers are ints, others doubles, as upstream's decoder has it. */
export function fromDynamic(native: unknown): Value {
  switch (typeof native) {
    case 'string':
    case 'boolean':
      return native;
    case 'number':
      return Number.isSafeInteger(native) ? native : new Double(native);
    case 'object':
      if (native === null) return null;
      if (Array.isArray(native)) return new List(native, fromDynamic);
      return isPlainObject(native) ? new NativeMap(native as Record<string, unknown>, fromDynamic) : (native as Value);
    default:
      return native === undefined ? null : (native as Value);
  }
}

function isPlainObject(native: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(native);
  return prototype === Object.prototype || prototype === null;
}

const converters = new WeakMap<Type, Converter>();

/** The converter of JSON for a declared type: made once per type. Null stays null. What is not of the type is taken as it is (dyn). */
export function fromNative(type: Type): Converter {
  let converter = converters.get(type);
  if (!converter) {
    converter = createConverter(type);
    converters.set(type, converter);
  }
  return converter;
}

function createConverter(type: Type): Converter {
  switch (type.kind) {
    case 'double':
      return (native) => (typeof native === 'number' ? new Double(native) : fromDynamic(native));
    case 'uint':
      return (native) => (typeof native === 'number' ? new Uint(BigInt(native)) : fromDynamic(native));
    case 'list': {
      let item: Converter | undefined;
      return (native) => (Array.isArray(native) ? new List(native, (item ??= fromNative(type.parameters[0] as Type))) : fromDynamic(native));
    }
    case 'map': {
      let item: Converter | undefined;
      return (native) => (isRecord(native) ? new NativeMap(native, (item ??= fromNative(type.parameters[1] as Type))) : fromDynamic(native));
    }
    case 'object':
      return (native) => (isRecord(native) ? new ObjectValue(native, type as ObjectType) : fromDynamic(native));
    default:
      return fromDynamic;
  }
}

const isRecord = (native: unknown): native is Record<string, unknown> =>
  typeof native === 'object' && native !== null && !Array.isArray(native) && isPlainObject(native);
