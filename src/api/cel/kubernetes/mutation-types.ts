/**
 * What expressions of mutating policies make: `JSONPatch{op: 'add', path: '/a', value: 1}`, and `Object{spec: Object.spec{replicas: 3}}`, whose types are named after the
 * path of the field. For `types` of an environment.
 */
import { isEqual } from '../equality.ts';
import { dynType, type Field, type ObjectType, stringType, type Type } from '../types.ts';
import { ObjectValue, type Value } from '../values.ts';

export const mutationTypes = (name: string): Type | undefined => {
  if (name === jsonPatchType.name) return jsonPatchType;
  return name === 'Object' || name.startsWith('Object.') ? new DynamicObjectType(name) : undefined;
};

type Native = Readonly<Record<string, unknown>>;

const asItIs = (native: unknown): Value => native as Value;
const text: Field = { type: stringType, convert: asItIs, absent: '' };

class JsonPatchType implements ObjectType {
  readonly kind = 'object';
  readonly name = 'JSONPatch';
  readonly parameters: readonly Type[] = [];
  readonly #fields: ReadonlyMap<string, Field> = new Map([
    ...['op', 'from', 'path'].map((name) => [name, text] as const),
    ['value', { type: dynType, convert: asItIs }],
  ]);

  field(name: string): Field | undefined {
    return this.#fields.get(name);
  }

  fieldNames(): Iterable<string> {
    return this.#fields.keys();
  }

  /** A text that is empty is as if it were not there. */
  create(fields: ReadonlyMap<string, Value>): Value {
    return new ObjectValue(Object.fromEntries([...fields].filter(([name, value]) => name === 'value' || value !== '')), this);
  }
}

export const jsonPatchType: ObjectType = new JsonPatchType();

/** An object of which nothing is known but the name of its type: any field may be given, and is dyn. */
class DynamicObjectType implements ObjectType {
  readonly kind = 'object';
  readonly name: string;
  readonly parameters: readonly Type[] = [];

  constructor(name: string) {
    this.name = name;
  }

  field(): Field {
    return { type: dynType, convert: asItIs };
  }

  /** Not known: any name is one. */
  fieldNames(): Iterable<string> {
    return [];
  }

  create(fields: ReadonlyMap<string, Value>): Value {
    return new ObjectValue(Object.fromEntries(fields), this);
  }

  equals(left: Native, right: Native): boolean {
    const names = Object.keys(left);
    return (
      names.length === Object.keys(right).length && names.every((name) => Object.hasOwn(right, name) && isEqual(left[name] as Value, right[name] as Value))
    );
  }
}
