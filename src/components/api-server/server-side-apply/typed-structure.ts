import type { Schema, SchemaSet } from '../../../api/schema.ts';

/** How a value is merged: field by field, item by key, member by value, or as one. */
export type Structure =
  | { readonly kind: 'atomic' }
  | { readonly kind: 'map'; field(name: string): Schema | undefined }
  | { readonly kind: 'set' }
  | { readonly kind: 'list'; readonly keys: readonly string[]; readonly items: Schema | undefined; readonly defaults: Readonly<Record<string, unknown>> };

const atomic: Structure = { kind: 'atomic' };

/** Reads the structure of a value from its schema. Without a schema objects are merged by field and lists are replaced. */
export function structureOf(value: unknown, schema: Schema | undefined, schemas: SchemaSet): Structure {
  const resolved = resolve(schema, schemas);
  if (Array.isArray(value)) return listStructure(resolved, schemas);
  if (typeof value !== 'object' || value === null || resolved?.mapType === 'atomic') return atomic;
  const { properties, additionalProperties } = resolved ?? {};
  const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  return { kind: 'map', field: (name) => properties?.[name] ?? rest };
}

function listStructure(schema: Schema | undefined, schemas: SchemaSet): Structure {
  if (!schema || schema.listType === 'atomic') return atomic;
  if (schema.listType === 'set') return { kind: 'set' };
  const merges = schema.patchStrategy?.split(',').includes('merge') === true;
  const keys = schema.listMapKeys ?? (merges && schema.patchMergeKey !== undefined ? [schema.patchMergeKey] : undefined);
  if (keys === undefined) return merges ? { kind: 'set' } : atomic;
  const fields = resolve(schema.items, schemas)?.properties;
  const defaults = Object.fromEntries(keys.map((key) => [key, resolve(fields?.[key], schemas)?.default]).filter(([, value]) => value !== undefined)) as Record<
    string,
    unknown
  >;
  return { kind: 'list', keys, items: schema.items, defaults };
}

const resolve = (schema: Schema | undefined, schemas: SchemaSet): Schema | undefined => {
  if (schema?.ref === undefined) return schema;
  const shared = schemas.get(schema.ref);
  return shared && schema.default !== undefined ? { ...shared, default: schema.default } : shared;
};

/** The path element of a keyed item: `k:{"name":"web"}`, keys in alphabetical order. */
export function itemElement(item: unknown, { keys, defaults }: Extract<Structure, { kind: 'list' }>): string {
  const fields = typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : {};
  const entries = [...keys]
    .sort()
    .map((key) => [key, fields[key] ?? defaults[key]] as const)
    .filter(([, value]) => value !== undefined);
  return `k:${JSON.stringify(Object.fromEntries(entries))}`;
}

export const memberElement = (value: unknown): string => `v:${JSON.stringify(value)}`;
