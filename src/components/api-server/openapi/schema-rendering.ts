/** Writes schemas as OpenAPI does. Version 2 is what old clients validate with, so it leaves out what they misread, and upstream leaves out its defaults. */
import type { Schema } from '../../../api/schema.ts';

export type Json = Record<string, unknown>;
export type OpenApiVersion = 2 | 3;

const quantityId = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const intOrStringId = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

export interface RenderingOptions {
  /** Told of every shared schema that is referred to. */
  readonly onReference: (id: string) => void;
  /** What every embedded resource has. */
  readonly embedded: Readonly<Record<string, Schema>>;
}

/** Writes schemas in one version of OpenAPI. */
export class SchemaRenderer {
  readonly #version: OpenApiVersion;
  readonly #onReference: (id: string) => void;
  readonly #embedded: RenderingOptions['embedded'];

  constructor(version: OpenApiVersion, { onReference, embedded }: RenderingOptions) {
    this.#version = version;
    this.#onReference = onReference;
    this.#embedded = embedded;
  }

  /** A reference, as it stands in operations. */
  reference(id: string): Json {
    this.#onReference(id);
    return { $ref: `${this.#version === 2 ? '#/definitions/' : '#/components/schemas/'}${id}` };
  }

  /** A shared schema under its id. */
  shared(id: string, schema: Schema): Json {
    const described = schema.description === undefined ? {} : { description: schema.description };
    if (id === quantityId) return this.#version === 2 ? { ...described, type: 'string' } : { ...described, oneOf: [{ type: 'string' }, { type: 'number' }] };
    if (id === intOrStringId)
      return this.#version === 2
        ? { ...described, type: 'string', format: 'int-or-string' }
        : { ...described, oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' };
    // kubectl would take the fields it reads for all there are, and refuse the rest.
    if (this.#version === 2 && schema.preserveUnknownFields && schema.kinds) return { type: 'object', ...extensions({ kinds: schema.kinds }) };
    // That values of these are kept as they are is said by having no properties.
    const isFreeForm = schema.preserveUnknownFields === true && schema.properties === undefined;
    return this.render(isFreeForm ? { ...schema, preserveUnknownFields: false } : schema);
  }

  render(given: Schema): Json {
    if (given.ref !== undefined) return this.#referring(given.ref, given);
    const schema = given.embeddedResource && !(this.#version === 2 && given.preserveUnknownFields) ? this.#whole(given) : given;
    const hidesContent = this.#version === 2 && (schema.nullable === true || schema.preserveUnknownFields === true);
    return {
      ...pick(schema, ['title', 'description', ...(this.#version === 3 ? (['default', 'example', 'externalDocs'] as const) : [])]),
      // Old clients know no null, and take an object or a list without content for an empty one.
      ...(hidesContent && (schema.nullable || schema.type === 'object' || schema.type === 'array') ? {} : typeOf(schema)),
      ...(hidesContent ? {} : this.#content(schema)),
      ...pick(schema, ['enum', ...valueRules]),
      ...(this.#version === 3 ? this.#compositions(schema) : {}),
      ...extensions(schema),
    };
  }

  #referring(id: string, schema: Schema): Json {
    const reference = this.reference(id);
    const beside = { ...pick(schema, ['description', ...(this.#version === 3 ? (['default', 'nullable'] as const) : [])]), ...extensions(schema) };
    // In OpenAPI 3.0 nothing may stand beside a reference.
    if (this.#version === 3 && Object.keys(beside).length > 0) return { ...beside, allOf: [reference] };
    return { ...beside, ...reference };
  }

  /** An embedded resource with the fields that every object has. */
  #whole(schema: Schema): Schema {
    const required = new Set([...(schema.required ?? []), 'kind', 'apiVersion']);
    return { ...schema, properties: { ...schema.properties, ...this.#embedded }, required: [...required] };
  }

  #content({ properties, required: named, items, additionalProperties }: Schema): Json {
    // Old clients do not know null and would refuse it in a required field.
    const required = this.#version === 2 ? named?.filter((name) => properties?.[name]?.nullable !== true) : named;
    return {
      ...(properties ? { properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, this.render(property)])) } : {}),
      ...(required?.length ? { required } : {}),
      ...(items ? { items: this.render(items) } : {}),
      ...(typeof additionalProperties === 'object'
        ? { additionalProperties: this.render(additionalProperties) }
        : additionalProperties || (additionalProperties === false && this.#version === 3)
          ? { additionalProperties }
          : {}),
    };
  }

  #compositions({ allOf, anyOf: given, oneOf, not, nullable, intOrString }: Schema): Json {
    const anyOf = given ?? (intOrString ? eitherType : undefined);
    return {
      ...(nullable ? { nullable } : {}),
      ...(allOf ? { allOf: allOf.map((part) => this.render(part)) } : {}),
      ...(anyOf ? { anyOf: anyOf.map((part) => this.render(part)) } : {}),
      ...(oneOf ? { oneOf: oneOf.map((part) => this.render(part)) } : {}),
      ...(not ? { not: this.render(not) } : {}),
    };
  }
}

const eitherType: readonly Schema[] = [{ type: 'integer' }, { type: 'string' }];

const valueRules = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
] as const satisfies readonly (keyof Schema)[];

function typeOf({ type, format }: Schema): Json {
  if (format === 'quantity') return { type };
  return { ...(type === undefined ? {} : { type }), ...(format === undefined ? {} : { format: format === 'micro-time' ? 'date-time' : format }) };
}

const extensionNames: Readonly<Partial<Record<keyof Schema, string>>> = {
  listType: 'x-kubernetes-list-type',
  listMapKeys: 'x-kubernetes-list-map-keys',
  mapType: 'x-kubernetes-map-type',
  patchStrategy: 'x-kubernetes-patch-strategy',
  patchMergeKey: 'x-kubernetes-patch-merge-key',
  intOrString: 'x-kubernetes-int-or-string',
  preserveUnknownFields: 'x-kubernetes-preserve-unknown-fields',
  embeddedResource: 'x-kubernetes-embedded-resource',
  kinds: 'x-kubernetes-group-version-kind',
  rules: 'x-kubernetes-validations',
  selectable: 'x-kubernetes-selectable-fields',
};
const extensionEntries = Object.entries(extensionNames) as readonly [keyof Schema, string][];

function extensions(schema: Schema): Json {
  const found: Json = {};
  for (const [key, name] of extensionEntries) if (schema[key] !== undefined && schema[key] !== false) found[name] = schema[key];
  return found;
}

function pick(schema: Schema, keys: readonly (keyof Schema)[]): Json {
  const found: Json = {};
  for (const key of keys) if (schema[key] !== undefined) found[key] = schema[key];
  return found;
}
