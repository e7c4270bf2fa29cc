/** The OpenAPI 2.0 document, of everything at once. */
import { setImmediate } from 'node:timers/promises';
import type { Schema } from '../../../api/schema.ts';
import type { GroupShape, KindName } from '../discovery/resource-shapes.ts';
import { requestTurns } from '../turns.ts';
import type { Operation, PathItem } from './operations.ts';
import { pathItems } from './operations.ts';
import type { Parameter } from './parameters.ts';
import type { SchemaLibrary } from './schema-library.ts';
import { deleteOptionsId, patchId, statusId } from './schema-library.ts';
import type { Json } from './schema-rendering.ts';
import { SchemaRenderer } from './schema-rendering.ts';

const customPatchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];
const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml'];

/** A schema as it was written, and the ids it refers to. */
interface WrittenSchema {
  readonly json: Json;
  readonly references: readonly string[];
}

/** The paths of a group-version as they were written, with what they refer to. */
interface WrittenPaths {
  readonly key: string;
  readonly paths: Json;
  readonly references: readonly string[];
  readonly parameters: ReadonlyMap<string, Json>;
}

/** What was written for earlier documents. Parts that have not changed stand in the next document as they are: the same objects. */
export class DocumentV2Parts {
  readonly schemas = new WeakMap<Schema, WrittenSchema>();
  readonly paths = new Map<string, WrittenPaths>();
}

/** The whole document. Built in turns of a few milliseconds; `keyOf` tells by its answer whether a group-version has changed. */
export async function documentV2(
  groups: readonly GroupShape[],
  library: SchemaLibrary,
  { parts, keyOf }: { parts: DocumentV2Parts; keyOf: (group: string, version: string) => string },
): Promise<Json> {
  const written: WrittenPaths[] = [];
  const served = new Set<string>();
  for (const { name, versions } of groups) {
    for (const version of versions) {
      const groupVersion = `${name}/${version.name}`;
      const key = keyOf(name, version.name);
      const known = parts.paths.get(groupVersion);
      const paths = known?.key === key ? known : new PathWriter(library).write(key, pathItems(name, version.name, version.resources));
      parts.paths.set(groupVersion, paths);
      served.add(groupVersion);
      written.push(paths);
      if (paths !== known) await setImmediate();
    }
  }
  for (const groupVersion of parts.paths.keys()) if (!served.has(groupVersion)) parts.paths.delete(groupVersion);
  return documentOf(written, await definitionsOf(written, library, parts));
}

function documentOf(written: readonly WrittenPaths[], definitions: Json): Json {
  const [first, ...rest] = written.map(({ parameters }) => parameters);
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'v1.36.0' },
    paths: Object.assign({}, ...written.map(({ paths }) => paths)) as Json,
    definitions,
    parameters: Object.fromEntries(new Map([...(first ?? []), ...rest.flatMap((parameters) => [...parameters])])),
    securityDefinitions: { BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' } },
    security: [{ BearerToken: [] }],
  };
}

/** Every schema that paths and other schemas refer to, sorted by id. */
async function definitionsOf(written: readonly WrittenPaths[], library: SchemaLibrary, { schemas }: DocumentV2Parts): Promise<Json> {
  const found: [string, Json][] = [];
  const seen = new Set(written.flatMap(({ references }) => references));
  // A set that grows while it is walked is walked to its new end.
  for (const id of seen) {
    const schema = library.get(id);
    if (!schema) continue;
    let known = schemas.get(schema);
    if (!known) {
      schemas.set(schema, (known = writeSchema(id, schema, library)));
      const pause = requestTurns.breathe();
      if (pause) await pause;
    }
    found.push([id, known.json]);
    for (const reference of known.references) seen.add(reference);
  }
  return Object.fromEntries(found.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function writeSchema(id: string, schema: Schema, library: SchemaLibrary): WrittenSchema {
  const references = new Set<string>();
  const renderer = new SchemaRenderer(2, { embedded: library.embedded, onReference: (referred) => references.add(referred) });
  return { json: renderer.shared(id, schema), references: [...references] };
}

class PathWriter {
  readonly #library: SchemaLibrary;
  readonly #references = new Set<string>();
  readonly #parameters = new Map<string, Json>();
  readonly #renderer: SchemaRenderer;

  constructor(library: SchemaLibrary) {
    this.#library = library;
    this.#renderer = new SchemaRenderer(2, { embedded: library.embedded, onReference: (id) => this.#references.add(id) });
  }

  write(key: string, items: readonly PathItem[]): WrittenPaths {
    const paths = Object.fromEntries(
      items.map(({ path, parameters, operations }) => [
        path,
        {
          ...Object.fromEntries(operations.map((operation) => [operation.method, this.#operation(operation)])),
          parameters: parameters.map((parameter) => this.#shared(parameter)),
        },
      ]),
    );
    return { key, paths, references: [...this.#references], parameters: this.#parameters };
  }

  #operation(operation: Operation): Json {
    const { group, version, kind } = operation.kind;
    const isPatch = operation.method === 'patch';
    // Clients look into patches to learn whether a kind knows dry runs and field validation: these stand in full.
    const parameters = operation.parameters.map((parameter) => (isPatch ? parameterJson(parameter) : this.#shared(parameter)));
    const schema = operation.answer === 'text' ? { type: 'string' } : this.#schema(operation.answer);
    const answers = operation.answerCodes.map((code) => [code, { description: { 200: 'OK', 201: 'Created' }[code] ?? 'Accepted', schema }] as const);
    return {
      tags: [operation.tag],
      operationId: operation.id,
      schemes: ['https'],
      consumes: isPatch ? (operation.isCustom ? customPatchTypes : patchTypes) : ['*/*'],
      produces: operation.answer === 'text' ? ['*/*'] : ['application/json', 'application/yaml'],
      parameters: [...this.#body(operation), ...parameters],
      responses: { ...Object.fromEntries(answers), 401: { description: 'Unauthorized' } },
      'x-kubernetes-action': operation.action,
      'x-kubernetes-group-version-kind': { group, version, kind },
    };
  }

  #body(operation: Operation): Json[] {
    if (operation.body === undefined) return [];
    const schema =
      operation.body === 'patch'
        ? this.#renderer.reference(patchId)
        : operation.body === 'deleteOptions'
          ? this.#renderer.reference(deleteOptionsId)
          : this.#schema(operation.body);
    return [{ name: 'body', in: 'body', ...(operation.body === 'deleteOptions' ? {} : { required: true }), schema }];
  }

  #schema(kind: KindName | 'status'): Json {
    const id = kind === 'status' ? statusId : this.#library.idOf(kind);
    return id === undefined ? { type: 'object' } : this.#renderer.reference(id);
  }

  /** A reference to a parameter that many operations have; names of objects differ by kind and stand in full. */
  #shared(parameter: Parameter): Json {
    if (parameter.name === 'name') return parameterJson(parameter);
    const id = `${parameter.name}-${parameter.in}`;
    if (!this.#parameters.has(id)) this.#parameters.set(id, parameterJson(parameter));
    return { $ref: `#/parameters/${id}` };
  }
}

const parameterJson = ({ name, in: place, type, description }: Parameter): Json => ({
  name,
  in: place,
  description,
  type,
  uniqueItems: true,
  ...(place === 'path' ? { required: true } : {}),
});
