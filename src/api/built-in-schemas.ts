/** The schemas of Kubernetes' built-in kinds. Made at set-up from facts in the repository (scripts/generate). */
import { schemaTable } from './generated/schema-table.ts';
import type { Schema, SchemaSet } from './schema.ts';

let parsed: Readonly<Record<string, Schema>> | undefined;
const table = (): Readonly<Record<string, Schema>> => (parsed ??= JSON.parse(schemaTable) as Readonly<Record<string, Schema>>);

/** All shared schemas of built-in kinds, by upstream's OpenAPI names. Read when first asked. Without descriptions. */
export const builtInSchemas: SchemaSet = { get: (id) => (Object.hasOwn(table(), id) ? table()[id] : undefined) };

/** The ids of all of them, sorted. */
export const builtInSchemaIds = (): readonly string[] => Object.keys(table());

let kinds: ReadonlyMap<string, Schema> | undefined;

/** The schema of a built-in kind (lists and options included), as a `ref` into `builtInSchemas`; undefined for a kind that is not built in. */
export function kindSchema({ group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string }): Schema | undefined {
  kinds ??= new Map(
    Object.entries(table()).flatMap(([id, schema]) =>
      (schema.kinds ?? []).map((known) => [`${known.group}/${known.version}/${known.kind}`, { ref: id }] as const),
    ),
  );
  return kinds.get(`${group}/${version}/${kind}`);
}

let described: Promise<SchemaSet> | undefined;

/** The same schemas with descriptions, for OpenAPI documents. Read and joined when first asked; answers the same set again. */
export function builtInSchemasWithDescriptions(): Promise<SchemaSet> {
  return (described ??= readDescribed());
}

interface Descriptions {
  readonly text?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

async function readDescribed(): Promise<SchemaSet> {
  const { compressedDescriptions } = await import('./generated/schema-descriptions.ts');
  const { brotliDecompressSync } = await import('node:zlib');
  const descriptions = JSON.parse(brotliDecompressSync(Buffer.from(compressedDescriptions, 'base64')).toString()) as Readonly<Record<string, Descriptions>>;
  const schemas = new Map(Object.entries(table()).map(([id, schema]) => [id, describe(schema, descriptions[id])]));
  return { get: (id) => schemas.get(id) };
}

function describe(schema: Schema, descriptions: Descriptions | undefined): Schema {
  if (!descriptions) return schema;
  const { text, fields } = descriptions;
  const properties =
    schema.properties &&
    Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, fields?.[name] === undefined ? property : { ...property, description: fields[name] }]),
    );
  return { ...schema, ...(text === undefined ? {} : { description: text }), ...(properties ? { properties } : {}) };
}
