/** OpenAPI 3.0 documents, one per group-version. */
import type { KindName, ResourceShape } from '../discovery/resource-shapes.ts';
import { requestTurns } from '../turns.ts';
import type { Operation, PathItem } from './operations.ts';
import { pathItems } from './operations.ts';
import type { Parameter } from './parameters.ts';
import type { SchemaLibrary } from './schema-library.ts';
import { deleteOptionsId, patchId, statusId } from './schema-library.ts';
import type { Json } from './schema-rendering.ts';
import { SchemaRenderer } from './schema-rendering.ts';

const customPatchTypes = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'];
const patchTypes = [...customPatchTypes, 'application/strategic-merge-patch+json'];

/** One served version of a group. */
export interface GroupVersionShape {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly ResourceShape[];
}

/** The document of one group-version: its paths, and the schemas they reach. Built in turns of a few milliseconds. */
export async function documentV3({ group, version, resources }: GroupVersionShape, library: SchemaLibrary): Promise<Json> {
  const wanted: string[] = [];
  const seen = new Set<string>();
  const renderer = new SchemaRenderer(3, {
    embedded: library.embedded,
    onReference(id) {
      if (!seen.has(id)) wanted.push(id);
      seen.add(id);
    },
  });
  const paths = Object.fromEntries(pathItems(group, version, resources).map((item) => [item.path, pathItem(item, renderer, library)]));
  const schemas: Json = {};
  for (let id = wanted.pop(); id !== undefined; id = wanted.pop()) {
    const schema = library.get(id);
    if (schema) schemas[id] = renderer.shared(id, schema);
    const pause = requestTurns.breathe();
    if (pause) await pause;
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.36.0' },
    paths,
    components: {
      schemas: sortedByName(schemas),
      securitySchemes: { BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' } },
    },
  };
}

const sortedByName = (schemas: Json): Json => Object.fromEntries(Object.entries(schemas).sort(([left], [right]) => (left < right ? -1 : 1)));

function pathItem({ parameters, operations }: PathItem, renderer: SchemaRenderer, library: SchemaLibrary): Json {
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, operationJson(operation, renderer, library)])),
    parameters: parameters.map(parameterJson),
  };
}

function operationJson(operation: Operation, renderer: SchemaRenderer, library: SchemaLibrary): Json {
  const { group, version, kind } = operation.kind;
  const body = bodyOf(operation, renderer, library);
  const answer = operation.answer === 'text' ? { '*/*': { schema: { type: 'string' } } } : answerContent(schemaOf(operation.answer, renderer, library));
  const answers = operation.answerCodes.map((code) => [code, { description: { 200: 'OK', 201: 'Created' }[code] ?? 'Accepted', content: answer }] as const);
  return {
    tags: [operation.tag],
    operationId: operation.id,
    ...(operation.parameters.length > 0 ? { parameters: operation.parameters.map(parameterJson) } : {}),
    ...(body ? { requestBody: body } : {}),
    responses: { ...Object.fromEntries(answers), 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

function bodyOf(operation: Operation, renderer: SchemaRenderer, library: SchemaLibrary): Json | undefined {
  if (operation.body === undefined) return undefined;
  if (operation.body === 'patch')
    return {
      required: true,
      content: Object.fromEntries((operation.isCustom ? customPatchTypes : patchTypes).map((type) => [type, { schema: renderer.reference(patchId) }])),
    };
  if (operation.body === 'deleteOptions') return { content: { '*/*': { schema: renderer.reference(deleteOptionsId) } } };
  return { required: true, content: { '*/*': { schema: schemaOf(operation.body, renderer, library) } } };
}

function schemaOf(kind: KindName | 'status', renderer: SchemaRenderer, library: SchemaLibrary): Json {
  const id = kind === 'status' ? statusId : library.idOf(kind);
  return id === undefined ? { type: 'object' } : renderer.reference(id);
}

const answerContent = (schema: Json): Json => ({ 'application/json': { schema }, 'application/yaml': { schema } });

const parameterJson = ({ name, in: place, type, description }: Parameter): Json => ({
  name,
  in: place,
  description,
  ...(place === 'path' ? { required: true } : {}),
  schema: { type, uniqueItems: true },
});
