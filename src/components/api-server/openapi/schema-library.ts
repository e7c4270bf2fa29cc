/** Finds the schemas that documents show: those of built-in kinds with their descriptions, and those that custom resources bring along. */
import { builtInSchemasWithDescriptions, kindSchema } from '../../../api/built-in-schemas.ts';
import type { Schema, SchemaSet } from '../../../api/schema.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import type { KindName, ResourceShape } from '../discovery/resource-shapes.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
export const patchId = `${meta}.Patch`;
export const statusId = `${meta}.Status`;
export const deleteOptionsId = `${meta}.DeleteOptions`;

export interface SchemaLibrary extends SchemaSet {
  /** What every embedded resource has. */
  readonly embedded: Readonly<Record<string, Schema>>;
  /** The id of a kind's schema; undefined for a kind without one. */
  idOf(kind: KindName): string | undefined;
}

/** The library for a set of resources. */
export async function createSchemaLibrary(shapes: readonly ResourceShape[]): Promise<SchemaLibrary> {
  const builtIn = await builtInSchemasWithDescriptions();
  const own = new Map<string, Schema>([[patchId, { type: 'object', description: 'A patch in the form that its content type names.' }]]);
  const ids = new Map<string, string>();
  const lenders = new Set<SchemaSet>();
  for (const shape of shapes) {
    if (kindSchema(shape.kind)) continue;
    lenders.add(shape.definition.schemas);
    addCustomKind({ own, ids, builtIn }, shape);
  }
  return {
    get: (id) => builtIn.get(id) ?? own.get(id) ?? [...lenders].map((lender) => lender.get(id)).find((schema) => schema !== undefined),
    embedded: objectFields(builtIn),
    idOf: (kind) => kindSchema(kind)?.ref ?? ids.get(keyOf(kind)),
  };
}

const keyOf = ({ group, version, kind }: KindName): string => `${group}/${version}/${kind}`;

/** `com.example.stable.v1.CronTab`, upstream's name for the schema of a custom resource. */
const customId = ({ group, version, kind }: KindName): string => [...group.split('.').reverse(), version, kind].join('.');

function addCustomKind(
  library: { own: Map<string, Schema>; ids: Map<string, string>; builtIn: SchemaSet },
  { definition, version, kind }: ResourceShape,
): void {
  const listKind = { ...kind, kind: definition.listKind ?? `${kind.kind}List` };
  const [id, listId] = [customId(kind), customId(listKind)];
  const schemas = customSchemas(definition, version, { kind, listKind, builtIn: library.builtIn });
  library.own.set(id, schemas.object).set(listId, schemas.list);
  library.ids.set(keyOf(kind), id).set(keyOf(listKind), listId);
}

interface CustomSchemas {
  readonly object: Schema;
  readonly list: Schema;
}

const known = new WeakMap<ResourceDefinition, Map<string, CustomSchemas>>();

/** The same schemas as long as the definition is the same: what was written of them need not be written again. */
function customSchemas(
  definition: ResourceDefinition,
  version: string,
  { kind, listKind, builtIn }: { kind: KindName; listKind: KindName; builtIn: SchemaSet },
): CustomSchemas {
  let versions = known.get(definition);
  if (!versions) known.set(definition, (versions = new Map()));
  const existing = versions.get(version);
  if (existing) return existing;
  const { schema, selectableFieldNames = [] } = definition.versions.find(({ name }) => name === version) ?? {};
  const selectable = selectableFieldNames.length > 0 ? { selectable: selectableFieldNames.map((fieldPath) => ({ fieldPath })) } : {};
  const { metadata, ...typeFields } = objectFields(builtIn);
  const target = schema?.ref === undefined ? schema : definition.schemas.get(schema.ref);
  const made: CustomSchemas = {
    object: { ...customSchema(target, { ...typeFields, metadata }, kind), ...selectable },
    list: {
      ...selectable,
      type: 'object',
      description: `${listKind.kind} is a list of ${kind.kind}`,
      required: ['items'],
      kinds: [listKind],
      properties: {
        ...typeFields,
        metadata: { ref: `${meta}.ListMeta`, description: 'What every list has.' },
        items: { type: 'array', description: `List of ${definition.resource}.`, items: { ref: customId(kind) } },
      },
    },
  };
  versions.set(version, made);
  return made;
}

/** A custom resource's schema with what every object has. One that keeps all fields, or none is known of, is only an object. */
function customSchema(schema: Schema | undefined, fields: Readonly<Record<string, Schema>>, kind: KindName): Schema {
  if (!schema) return { type: 'object', kinds: [kind] };
  return { ...schema, type: 'object', properties: { ...schema.properties, ...fields }, kinds: [kind] };
}

/** `apiVersion`, `kind` and `metadata`, the first two described as built-in kinds describe them. */
function objectFields(builtIn: SchemaSet): { readonly apiVersion: Schema; readonly kind: Schema; readonly metadata: Schema } {
  const { apiVersion, kind } = builtIn.get('io.k8s.api.core.v1.ConfigMap')?.properties ?? {};
  const metadata: Schema = { ref: `${meta}.ObjectMeta`, description: 'Name, namespace, labels and the rest of what every object has.' };
  return { apiVersion: apiVersion ?? { type: 'string' }, kind: kind ?? { type: 'string' }, metadata };
}
