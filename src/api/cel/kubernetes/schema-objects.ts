/** Objects and maps of JSON. */
import { isDeepStrictEqual } from 'node:util';
import type { Schema } from '../../schema.ts';
import { isEqual } from '../equality.ts';
import type { Field, ObjectType, Type } from '../types.ts';
import { type Converter, EvaluationError, NativeMap, ObjectValue } from '../values.ts';
import { escapePropertyName, isReservedWord } from './escaping.ts';
import { type DeclaredType, declareType } from './schema-types.ts';

type Native = Readonly<Record<string, unknown>>;

/** Tells the types apart. Expressions cannot name them: upstream makes up other names at each start. */
let count = 0;

/** The type of objects with declared fields. Fields are found by escaped names, and by reserved words as they are. */
export class SchemaObjectType implements ObjectType {
  readonly kind = 'object';
  readonly name = `selfType${++count}`;
  readonly parameters: readonly Type[] = [];
  /** By escaped names. */
  readonly declared: ReadonlyMap<string, DeclaredType>;
  /** The properties that may be null, which is to expressions as if they were not there. */
  readonly nullableProperties: readonly string[];
  readonly #fields: ReadonlyMap<string, Field>;
  readonly #properties: NonNullable<Schema['properties']>;

  constructor({ properties = {} }: Schema) {
    const declared = new Map<string, DeclaredType>();
    const fields = new Map<string, Field>();
    for (const [property, schema] of Object.entries(properties)) {
      const name = escapePropertyName(property);
      const type = name === undefined ? undefined : declareType(schema);
      if (name === undefined || !type) continue;
      declared.set(name, type);
      fields.set(name, { type: type.type, convert: orAbsent(name, type.convert), property });
    }
    this.declared = declared;
    this.#fields = fields;
    this.#properties = properties;
    this.nullableProperties = Object.keys(properties).filter((property) => properties[property]?.nullable === true);
  }

  field(name: string): Field | undefined {
    return this.#fields.get(name) ?? (isReservedWord(name) ? this.#fields.get(`__${name}__`) : undefined);
  }

  fieldNames(): Iterable<string> {
    return this.#fields.keys();
  }

  /** Field by field as declared; what is not declared counts as JSON where both have it. */
  equals(leftKept: Native, rightKept: Native): boolean {
    if (leftKept === rightKept) return true;
    const [left, right] = [originals.get(leftKept) ?? leftKept, originals.get(rightKept) ?? rightKept];
    const names = Object.keys(left);
    if (names.length !== Object.keys(right).length) return false;
    return names.every((name) => this.#hasSame(name, left[name], right[name]));
  }

  #hasSame(name: string, left: unknown, right: unknown): boolean {
    const schema = Object.hasOwn(this.#properties, name) ? this.#properties[name] : undefined;
    if (!schema) return right === undefined || isDeepStrictEqual(left, right);
    const [isLeftThere, isRightThere] = [left !== undefined && left !== null, right !== undefined && right !== null];
    if (!isLeftThere || !isRightThere) return isLeftThere === isRightThere;
    const declared = declareType(schema);
    return declared ? isEqual(declared.convert(left), declared.convert(right)) : isDeepStrictEqual(left, right);
  }
}

/** Null is absence, also where the schema does not allow it. */
const orAbsent =
  (name: string, convert: Converter): Converter =>
  (native) => {
    if (native === null) throw new EvaluationError(`no such key: ${name}`);
    return convert(native);
  };

export function objectConverter(type: SchemaObjectType): Converter {
  const { nullableProperties } = type;
  return (native) => {
    if (!isRecord(native)) throw new EvaluationError('invalid data, expected a map for the provided schema with type=object');
    const hasNull = nullableProperties.length > 0 && nullableProperties.some((property) => native[property] === null);
    return new ObjectValue(hasNull ? withoutNulls(native, nullableProperties) : native, type);
  };
}

export const mapConverter =
  (convertValue: Converter): Converter =>
  (native) => {
    if (!isRecord(native)) throw new EvaluationError('invalid data, expected a map for the provided schema with type=object');
    return new NativeMap(native, convertValue);
  };

/** What was copied without nulls, for equality: null equals null, but not absence. */
const originals = new WeakMap<Native, Native>();

/** The same without those of the properties that are null. Rare: nothing else copies an object. */
function withoutNulls(native: Native, properties: readonly string[]): Native {
  const kept = { ...native };
  for (const property of properties) if (kept[property] === null) delete kept[property];
  originals.set(kept, native);
  return kept;
}

const isRecord = (native: unknown): native is Native => typeof native === 'object' && native !== null && !Array.isArray(native);
