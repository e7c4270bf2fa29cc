import { builtInSchemas } from '../../../api/built-in-schemas.ts';
import type { Schema, SchemaSet } from '../../../api/schema.ts';
import type { ServedResource } from '../resource-index.ts';
import { TreeCache } from './tree-cache.ts';
import { zeroFields } from './zero-fields.ts';

/**
 * How values of a type are owned and merged: a value is taken as a map, a list or a scalar, whichever it is of those that the type allows.
 * Rules: kube-openapi `schemaconv` and structured-merge-diff's schema.
 */
export interface Structure {
  readonly scalar?: ScalarKind;
  readonly list?: ListStructure;
  readonly map?: MapStructure;
}

export type ScalarKind = 'numeric' | 'string' | 'boolean' | 'untyped';

export class MapStructure {
  readonly isAtomic: boolean;
  /** Values of built-in types that are there before anything sets them, by field. */
  readonly zeros: ReadonlyMap<string, unknown>;
  /** A field that is owned by nobody and not even looked at. */
  readonly ignored: string | undefined;
  /** Trees of maps that are new as a whole, and of those that only have new parts. */
  readonly whole = new TreeCache('f:', true);
  readonly partial = new TreeCache('f:', false);
  readonly #fields: ReadonlyMap<string, () => Structure>;
  readonly #known = new Map<string, Structure>();
  readonly #elements: () => Structure | undefined;

  constructor(parts: {
    isAtomic: boolean;
    fields: ReadonlyMap<string, () => Structure>;
    elements: () => Structure | undefined;
    zeros?: ReadonlyMap<string, unknown>;
    ignored?: string;
  }) {
    this.isAtomic = parts.isAtomic;
    this.zeros = parts.zeros ?? noZeros;
    this.ignored = parts.ignored;
    this.#fields = parts.fields;
    this.#elements = parts.elements;
  }

  /** The type of a field that the schema names. */
  declared(name: string): Structure | undefined {
    const known = this.#known.get(name);
    if (known) return known;
    const make = this.#fields.get(name);
    if (!make) return undefined;
    const structure = make();
    this.#known.set(name, structure);
    return structure;
  }

  /** Whether no field is declared. */
  get isOpen(): boolean {
    return this.#fields.size === 0;
  }

  /** The type of all other fields; undefined when there may be none. */
  get elements(): Structure | undefined {
    return this.#elements();
  }

  field(name: string): Structure {
    return this.declared(name) ?? this.#elements() ?? deduced;
  }
}

const noZeros: ReadonlyMap<string, unknown> = new Map();

export class ListStructure {
  readonly kind: 'atomic' | 'set' | 'keyed';
  /** Names of the keys as the schema lists them, and sorted. */
  readonly keys: readonly string[];
  readonly sortedKeys: readonly string[];
  /** Most keyed lists have one key: its name, and how its elements begin. */
  readonly onlyKey: string | undefined;
  readonly prefix: string;
  readonly whole = new TreeCache('', true);
  readonly partial = new TreeCache('', false);
  readonly #items: () => Structure;
  #known: Structure | undefined;
  readonly #defaults: () => ReadonlyMap<string, unknown>;
  #defaultValues: ReadonlyMap<string, unknown> | undefined;

  constructor(parts: {
    kind: ListStructure['kind'];
    keys?: readonly string[];
    items: () => Structure;
    defaults?: () => ReadonlyMap<string, unknown>;
  }) {
    this.kind = parts.kind;
    this.keys = parts.keys ?? [];
    this.sortedKeys = [...this.keys].sort();
    this.onlyKey = this.keys.length === 1 ? this.keys[0] : undefined;
    this.prefix = `k:{${JSON.stringify(this.onlyKey ?? '')}:`;
    this.#items = parts.items;
    this.#defaults = parts.defaults ?? (() => noZeros);
  }

  get items(): Structure {
    return (this.#known ??= this.#items());
  }

  /** What stands for a key that an item leaves out. */
  defaultOf(key: string): unknown {
    return (this.#defaultValues ??= this.#defaults()).get(key);
  }
}

/** Replaced as one whatever it is. */
export const untyped: Structure = {
  scalar: 'untyped',
  list: new ListStructure({ kind: 'atomic', items: () => untyped }),
  map: new MapStructure({ isAtomic: true, fields: new Map(), elements: () => untyped }),
};

/** Without a schema: maps are granular, lists are not. */
export const deduced: Structure = {
  scalar: 'untyped',
  list: new ListStructure({ kind: 'atomic', items: () => untyped }),
  map: new MapStructure({ isAtomic: false, fields: new Map(), elements: () => deduced }),
};

const structures = new WeakMap<ServedResource, Structure>();

/** The structure of a served version's objects; made when first asked for. */
export function structureOf(served: ServedResource): Structure {
  const known = structures.get(served);
  if (known) return known;
  const { schema } = served.shape;
  const structure = schema ? new Compiler(served.definition.schemas, served.isCustom).root(schema) : deduced;
  structures.set(served, structure);
  return structure;
}

/** The structure of a built-in kind that is no resource of its own (Scale). */
export function builtInStructure(id: string): Structure {
  return builtIn().reference(id, undefined);
}

let builtInCompiler: Compiler | undefined;
const builtIn = (): Compiler => (builtInCompiler ??= new Compiler(builtInSchemas, false));

const objectMetaId = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const rawExtensionId = 'io.k8s.apimachinery.pkg.runtime.RawExtension';
const text: Structure = { scalar: 'string' };

const typeAndMetadata: ReadonlyMap<string, () => Structure> = new Map([
  ['apiVersion', () => text],
  ['kind', () => text],
  ['metadata', () => builtIn().reference(objectMetaId, undefined)],
]);

class Compiler {
  readonly #schemas: SchemaSet;
  readonly #isCustom: boolean;
  readonly #named = new Map<string, Structure>();

  constructor(schemas: SchemaSet, isCustom: boolean) {
    this.#schemas = schemas;
    this.#isCustom = isCustom;
  }

  root(schema: Schema): Structure {
    if (!this.#isCustom) return builtInOr(this, this.#schemas).compile(schema, false);
    const resolved = this.#resolve(schema);
    return { map: this.#map({ ...resolved, embeddedResource: true }, resolved?.preserveUnknownFields === true) };
  }

  /** `preserves`: an outer schema preserves unknown fields, and so do those within. */
  compile(schema: Schema, preserves: boolean): Structure {
    if (schema.ref !== undefined) return this.reference(schema.ref, schema.mapType);
    const keepsUnknown = preserves || schema.preserveUnknownFields === true;
    if (schema.intOrString && !this.#isCustom) return { scalar: 'untyped' };
    switch (schema.type) {
      case 'object':
        return { map: this.#map(schema, keepsUnknown) };
      case 'array':
        return { list: this.#list(schema, keepsUnknown) };
      case 'integer':
      case 'number':
        return { scalar: 'numeric' };
      case 'boolean':
        return { scalar: 'boolean' };
      case 'string':
        return { scalar: schema.format === undefined || schema.format === 'byte' ? 'string' : 'untyped' };
      case undefined:
        return { scalar: 'untyped', list: this.#list(schema, keepsUnknown), map: this.#map(schema, keepsUnknown) };
    }
  }

  reference(id: string, mapType: Schema['mapType']): Structure {
    if (id === rawExtensionId) return untyped;
    const name = mapType === undefined ? id : `${id} ${mapType}`;
    const known = this.#named.get(name);
    if (known) return known;
    const schema = this.#schemas.get(id);
    if (!schema) throw new Error(`no schema is called ${id}`);
    const shaped = mapType === undefined ? schema : { ...schema, mapType };
    const structure =
      schema.ref === undefined && schema.type === 'object'
        ? { map: this.#map(shaped, schema.preserveUnknownFields === true, id) }
        : this.compile(shaped, false);
    this.#named.set(name, structure);
    return structure;
  }

  #map(schema: Schema, preserves: boolean, id?: string): MapStructure {
    const { properties, additionalProperties, mapType, embeddedResource } = schema;
    const fields = new Map<string, () => Structure>(
      Object.entries(properties ?? {}).map(([name, property]) => [name, (): Structure => this.compile(property, preserves)]),
    );
    if (embeddedResource) for (const [name, make] of typeAndMetadata) fields.set(name, make);
    const elements = this.#elements(additionalProperties, preserves || properties === undefined, preserves);
    return new MapStructure({
      isAtomic: mapType === 'atomic',
      fields,
      elements,
      ...(id === undefined || this.#isCustom ? {} : { zeros: zeroFields(id, schema, this.#schemas) }),
      ...(id === objectMetaId ? { ignored: 'managedFields' } : {}),
    });
  }

  #elements(additional: Schema['additionalProperties'], isOpen: boolean, preserves: boolean): () => Structure | undefined {
    if (additional === undefined) return isOpen ? () => deduced : () => undefined;
    if (typeof additional === 'boolean') return additional ? () => deduced : () => undefined;
    let known: Structure | undefined;
    return () => (known ??= this.compile(additional, preserves));
  }

  #list(schema: Schema, preserves: boolean): ListStructure {
    const { items } = schema;
    const make = items ? (): Structure => this.compile(items, preserves) : (): Structure => untyped;
    const { kind, keys } = listKind(schema);
    return new ListStructure({ kind, keys, items: make, defaults: () => this.#keyDefaults(items, keys) });
  }

  /** Required scalars of built-in types default to their zero value in upstream's OpenAPI. */
  #keyDefaults(items: Schema | undefined, keys: readonly string[]): ReadonlyMap<string, unknown> {
    const resolved = this.#resolve(items);
    const defaults = new Map<string, unknown>();
    for (const key of keys) {
      const field = this.#resolve(resolved?.properties?.[key]);
      const value = field?.default ?? (!this.#isCustom && resolved?.required?.includes(key) ? zeroScalars[field?.type ?? ''] : undefined);
      if (value !== undefined) defaults.set(key, value);
    }
    return defaults;
  }

  #resolve(schema: Schema | undefined): Schema | undefined {
    if (schema?.ref === undefined) return schema;
    const shared = this.#schemas.get(schema.ref);
    return shared && schema.default !== undefined ? { ...shared, default: schema.default } : shared;
  }
}

const zeroScalars: Readonly<Record<string, unknown>> = { string: '', integer: 0, boolean: false };

/** Built-in kinds share one compiler, so that a Pod's containers are those of a Deployment's template. */
const builtInOr = (compiler: Compiler, schemas: SchemaSet): Compiler => (schemas === builtInSchemas ? builtIn() : compiler);

function listKind({ listType, listMapKeys, patchStrategy, patchMergeKey }: Schema): { kind: ListStructure['kind']; keys: readonly string[] } {
  if (listType === 'set') return { kind: 'set', keys: [] };
  if (listType === 'map') return { kind: 'keyed', keys: listMapKeys ?? [] };
  if (listType === undefined && (patchStrategy === 'merge' || patchStrategy === 'merge,retainKeys'))
    return patchMergeKey === undefined ? { kind: 'set', keys: [] } : { kind: 'keyed', keys: [patchMergeKey] };
  return { kind: 'atomic', keys: [] };
}
