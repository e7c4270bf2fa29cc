/** The OpenAPI 2.0 document, of everything at once. */
import { setImmediate } from 'node:timers/promises';
import type { GroupShape, KindName } from '../discovery/resource-shapes.ts';
import type { Operation, PathItem } from './operations.ts';
import { pathItems } from './operations.ts';
import type { Parameter } from './parameters.ts';
import type { SchemaLibrary } from './schema-library.ts';
import { deleteOptionsId, patchId, statusId } from './schema-library.ts';
import type { Json } from './schema-rendering.ts';
import { SchemaRenderer } from './schema-rendering.ts';

const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml'];
/** How many schemas are written before other work gets its turn. */
const schemasPerTurn = 200;

/** The whole document. Built in turns of a few milliseconds. */
export async function documentV2(groups: readonly GroupShape[], library: SchemaLibrary): Promise<Json> {
  const builder = new Builder(library);
  for (const { name, versions } of groups) {
    for (const version of versions) builder.addPaths(pathItems(name, version.name, version.resources));
    await setImmediate();
  }
  while (builder.addSchemas(schemasPerTurn)) await setImmediate();
  return builder.document();
}

class Builder {
  readonly #library: SchemaLibrary;
  readonly #paths: Json = {};
  readonly #definitions: Json = {};
  readonly #parameters = new Map<Parameter, { id: string; json: Json }>();
  readonly #wanted: string[] = [];
  readonly #seen = new Set<string>();
  readonly #renderer = new SchemaRenderer(2, (id) => {
    if (!this.#seen.has(id)) this.#wanted.push(id);
    this.#seen.add(id);
  });

  constructor(library: SchemaLibrary) {
    this.#library = library;
  }

  addPaths(items: readonly PathItem[]): void {
    for (const { path, parameters, operations } of items) {
      this.#paths[path] = {
        ...Object.fromEntries(operations.map((operation) => [operation.method, this.#operation(operation)])),
        parameters: parameters.map((parameter) => this.#shared(parameter)),
      };
    }
  }

  /** Writes some of the schemas that are still wanted; false when there are none. */
  addSchemas(count: number): boolean {
    for (let left = count; left > 0; left--) {
      const id = this.#wanted.pop();
      if (id === undefined) return false;
      const schema = this.#library.get(id);
      if (schema) this.#definitions[id] = this.#renderer.shared(id, schema);
    }
    return true;
  }

  document(): Json {
    return {
      swagger: '2.0',
      info: { title: 'Kubernetes', version: 'v1.36.0' },
      paths: this.#paths,
      definitions: Object.fromEntries(Object.entries(this.#definitions).sort(([left], [right]) => (left < right ? -1 : 1))),
      parameters: Object.fromEntries([...this.#parameters.values()].map(({ id, json }) => [id, json])),
      securityDefinitions: { BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' } },
      security: [{ BearerToken: [] }],
    };
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
      consumes: isPatch ? patchTypes : ['*/*'],
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
    let known = this.#parameters.get(parameter);
    if (!known) this.#parameters.set(parameter, (known = { id: `${parameter.name}-${parameter.in}`, json: parameterJson(parameter) }));
    return { $ref: `#/parameters/${known.id}` };
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
