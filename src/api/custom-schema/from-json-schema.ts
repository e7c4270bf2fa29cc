/** Reads the schemas of CustomResourceDefinitions (`spec.versions[].schema.openAPIV3Schema`) into the project's own schemas. */
import type { Schema, ValidationRule } from '../schema.ts';

/** The JSON of a `JSONSchemaProps`. What it may hold is in `apiextensions-v1.types`; an object that passed validation is structural. */
export type JsonSchemaProps = Readonly<Record<string, unknown>>;

/** How the fields of a JSONSchemaProps are called here. What is not listed takes no part in serving: `id`, `$schema`, `definitions`, `patternProperties`, `dependencies`. */
const sameValue: Readonly<Record<string, keyof Schema>> = {
  type: 'type',
  format: 'format',
  title: 'title',
  description: 'description',
  default: 'default',
  example: 'example',
  externalDocs: 'externalDocs',
  enum: 'enum',
  required: 'required',
  nullable: 'nullable',
  minimum: 'minimum',
  maximum: 'maximum',
  exclusiveMinimum: 'exclusiveMinimum',
  exclusiveMaximum: 'exclusiveMaximum',
  multipleOf: 'multipleOf',
  minLength: 'minLength',
  maxLength: 'maxLength',
  pattern: 'pattern',
  minItems: 'minItems',
  maxItems: 'maxItems',
  uniqueItems: 'uniqueItems',
  minProperties: 'minProperties',
  maxProperties: 'maxProperties',
  'x-kubernetes-preserve-unknown-fields': 'preserveUnknownFields',
  'x-kubernetes-embedded-resource': 'embeddedResource',
  'x-kubernetes-int-or-string': 'intOrString',
  'x-kubernetes-list-type': 'listType',
  'x-kubernetes-list-map-keys': 'listMapKeys',
  'x-kubernetes-map-type': 'mapType',
};

const oneSchema: ReadonlySet<string> = new Set(['items', 'not']);
const severalSchemas: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf']);

const known = new WeakMap<JsonSchemaProps, Schema>();

/**
 * The schema that a `JSONSchemaProps` describes. `x-kubernetes-*` keys get the names of `Schema`; values are shared, never copied, so the given object must not change.
 * Linear in the number of nodes (a few milliseconds for 10,000 lines); asking again for the same object answers the same schema, so what was compiled for it is found again.
 * It throws nothing: what is not of the right shape is left out, as validation of the definition has named it.
 */
export function schemaFromJsonSchemaProps(props: JsonSchemaProps): Schema {
  let schema = known.get(props);
  if (!schema) known.set(props, (schema = readJsonSchemaProps(props)));
  return schema;
}

/** The same for an object that may still change: the answer is not kept. */
export function readJsonSchemaProps(props: JsonSchemaProps): Schema {
  const schema: Draft = {};
  for (const name in props) {
    const value = props[name];
    if (value === undefined || (value === null && name !== 'default' && name !== 'example')) continue;
    const same = sameValue[name];
    if (same !== undefined) schema[same] = value;
    else if (oneSchema.has(name)) readOne(schema, name, value);
    else if (severalSchemas.has(name)) schema[name] = Array.isArray(value) ? value.filter(isProps).map(readJsonSchemaProps) : undefined;
    else if (name === 'properties' && isProps(value)) schema['properties'] = readProperties(value);
    else if (name === 'additionalProperties') schema[name] = isProps(value) ? readJsonSchemaProps(value) : value === true;
    else if (name === 'x-kubernetes-validations') schema['rules'] = value as readonly ValidationRule[];
  }
  return schema;
}

type Draft = Record<string, unknown>;

function readOne(schema: Draft, name: string, value: unknown): void {
  if (isProps(value)) schema[name] = readJsonSchemaProps(value);
}

function readProperties(properties: JsonSchemaProps): Readonly<Record<string, Schema>> {
  const read: Record<string, Schema> = {};
  for (const [name, property] of Object.entries(properties)) {
    if (!isProps(property)) continue;
    const schema = readJsonSchemaProps(property);
    if (name === '__proto__') Object.defineProperty(read, name, { value: schema, enumerable: true, configurable: true, writable: true });
    else read[name] = schema;
  }
  return read;
}

const isProps = (value: unknown): value is JsonSchemaProps => typeof value === 'object' && value !== null && !Array.isArray(value);
