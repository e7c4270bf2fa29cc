import { isDeepStrictEqual } from 'node:util';
import type { ResourceType } from '../../../api/resource-type.ts';
import { ExitCode } from '../../../extension-points/commands/errors/command-errors.ts';
import { sortedKeys } from '../../../extension-points/commands/printers/go-values.ts';
import { type GroupVersionKind, type OpenApiDocument, type OpenApiSchema, resolveReference } from './open-api.ts';
import { descriptionOf, enumText, externalDocsText, writeFields } from './schema-texts.ts';
import { typeName } from './type-name.ts';
import { indented, wrapWords } from './word-wrap.ts';

export interface Explained {
  readonly resource: ResourceType;
  readonly fields: readonly string[];
  readonly isRecursive: boolean;
}

/** The documentation of a resource or one of its fields, in kubectl's layout. Throws for what the document does not have; what was found until then is printed. */
export function renderText(document: OpenApiDocument, { resource, fields, isRecursive }: Explained): string {
  const kind = kindOf(document, resource);
  const { group, version, resource: name } = resource;
  if (!kind) throw new ExitCode(1, `error: GVR (${group}/${version}, Resource=${name}) not found in OpenAPI schema`);
  const start = `${kind.group ? `GROUP:      ${kind.group}\n` : ''}KIND:       ${kind.kind}\nVERSION:    ${kind.version}\n\n`;
  const schemas = document.components?.schemas ?? {};
  const schemaName = sortedKeys(schemas).find((each) => schemas[each]!['x-kubernetes-group-version-kind']?.some((of) => isDeepStrictEqual(of, kind)));
  if (schemaName === undefined)
    throw new ExitCode(1, `error: GVK map[group:${kind.group} kind:${kind.kind} version:${kind.version}] not found in OpenAPI schema`, start);
  const text = explain(schemas[schemaName]!, fields, { document, isRecursive });
  if (text === '') throw new ExitCode(1, `error: field ${JSON.stringify(fields.at(-1) ?? '')} does not exist`, start);
  return `${start}${text}\n`;
}

/** The kind that the paths of a resource work with. */
function kindOf({ paths = {} }: OpenApiDocument, { group, version, resource }: ResourceType): GroupVersionKind | undefined {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const places = [
    `${root}/${resource}`,
    `${root}/${resource}/{name}`,
    `${root}/namespaces/{namespace}/${resource}`,
    `${root}/namespaces/{namespace}/${resource}/{name}`,
  ];
  let found: GroupVersionKind | undefined;
  for (const place of places) {
    const methods = Object.hasOwn(paths, place) ? paths[place]! : {};
    for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
      const kind = methods[method]?.['x-kubernetes-group-version-kind'];
      if (!kind) continue;
      found = kind;
      break;
    }
  }
  return found;
}

interface Setting {
  readonly document: OpenApiDocument;
  readonly isRecursive: boolean;
}

/** Goes down the path of fields and explains what is there; empty when there is nothing. `seen`: references on the way, so that circles end. */
function explain(schema: OpenApiSchema, fields: readonly string[], setting: Setting, seen: ReadonlySet<string> = new Set()): string {
  const { document } = setting;
  const reference = schema.$ref ?? '';
  const resolved = resolveReference(schema, document) ?? schema;
  if (fields.length === 0) return explainSchema(resolved, setting);
  if (reference !== '' && seen.has(reference)) return '';
  const [first = '', ...rest] = fields;
  const next = new Set([...seen, reference]);
  if (resolved.properties && Object.hasOwn(resolved.properties, first)) {
    const property = resolved.properties[first]!;
    const values = enumText(property, { isLong: true });
    const title = rest.length === 0 ? `FIELD: ${first} <${typeName(property, document)}>\n${values}\n\n` : '';
    return `${title}${explain(property, rest, setting)}`;
  }
  if (resolved.items) return explain(resolved.items, fields, setting, next);
  if (resolved.additionalProperties && typeof resolved.additionalProperties !== 'boolean') return explain(resolved.additionalProperties, fields, setting, next);
  for (const part of resolved.allOf ?? []) {
    const text = explain(part, fields, setting, next);
    if (text !== '') return text;
  }
  return '';
}

function explainSchema(schema: OpenApiSchema, { document, isRecursive }: Setting): string {
  const description = indented(wrapWords(descriptionOf(schema, document) || '<empty>', 76), 4);
  const docs = externalDocsText(schema.externalDocs, { titleIndent: 0, indent: 4 });
  const fields = writeFields(schema, { document, isRecursive, level: 1, seen: new Set() });
  return `DESCRIPTION:\n${description}\n${docs === '' ? '' : `\n${docs}`}${fields === '' ? '' : `FIELDS:\n${fields}`}`;
}
