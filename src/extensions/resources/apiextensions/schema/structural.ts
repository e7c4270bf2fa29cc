/** What makes a schema structural (apiextensions `pkg/apiserver/schema/validation.go` and `complete.go`): types are said once, outside of `allOf` and the like. */
import { type FieldError, fieldError, fieldErrorText } from '../../../../api/status.ts';
import { completenessErrors } from './completeness.ts';
import { junctorErrors, patternErrors } from './junctors.ts';
import { type SchemaProps, saysOnly } from './props.ts';

export type Level = 'root' | 'item' | 'field';

/** Every way in which a schema is not structural, sorted by text as upstream answers them. */
export function structuralErrors(schema: SchemaProps, path: string): FieldError[] {
  const errors: FieldError[] = [];
  invariants(schema, 'root', path, errors);
  completenessErrors(schema, path, errors);
  return errors
    .map((error) => ({ error, text: fieldErrorText(error) }))
    .sort((first, second) => (first.text < second.text ? -1 : first.text > second.text ? 1 : 0))
    .map(({ error }) => error);
}

function invariants(schema: SchemaProps, level: Level, path: string, errors: FieldError[]): void {
  const items = schema.items?.schema;
  if (schema.type === 'array' && !items) errors.push(fieldError.required(`${path}.items`, 'must be specified'));
  if (items) invariants(items, 'item', `${path}.items`, errors);
  for (const [name, property] of schema.properties) invariants(property, 'field', `${path}.properties[${name}]`, errors);
  if (schema.additionalProperties) {
    if (level === 'root') errors.push(fieldError.forbidden(`${path}.additionalProperties`, 'must not be used at the root'));
    if (schema.additionalProperties.schema) invariants(schema.additionalProperties.schema, 'field', `${path}.additionalProperties`, errors);
  }
  extensionErrors(schema, path, errors);
  valueErrors(schema, path, errors);
  typeErrors(schema, level, path, errors);
  metadataErrors(schema, level, path, errors);
}

function extensionErrors(schema: SchemaProps, path: string, errors: FieldError[]): void {
  if (!schema.intOrString) return;
  const detail = 'must be false if x-kubernetes-int-or-string is true';
  if (schema.preserveUnknownFields) errors.push(fieldError.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, true, detail));
  if (schema.embeddedResource) errors.push(fieldError.invalid(`${path}.x-kubernetes-embedded-resource`, true, detail));
}

/** The value validations of a structural schema: nothing in its compositions may say what only the schema itself may. */
function valueErrors(schema: SchemaProps, path: string, errors: FieldError[]): void {
  // Upstream looks for these two forms whether or not the schema is int-or-string.
  const skipsAnyOf = isIntOrString(schema.anyOf);
  const skipsFirstAllOf = schema.allOf.length > 0 && isIntOrString(schema.allOf[0]!.anyOf);
  junctorErrors(schema, { path, skipsAnyOf, skipsFirstAllOf }, errors);
  patternErrors(schema, path, errors);
}

/** `- type: integer` and `- type: string`, and nothing else. */
function isIntOrString(parts: readonly SchemaProps[]): boolean {
  return parts.length === 2 && isOnlyType(parts[0]!, 'integer') && isOnlyType(parts[1]!, 'string');
}

const isOnlyType = (schema: SchemaProps, type: string): boolean => schema.type === type && saysOnly(schema, ['type']);

const emptyTypes: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function typeErrors(schema: SchemaProps, level: Level, path: string, errors: FieldError[]): void {
  const { type } = schema;
  const typePath = `${path}.type`;
  if (schema.embeddedResource && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type === '' ? fieldError.required(typePath, detail) : fieldError.invalid(typePath, type, detail));
  } else if (type === '' && !schema.intOrString && !schema.preserveUnknownFields) errors.push(fieldError.required(typePath, emptyTypes[level]));
  if (schema.embeddedResource && schema.additionalProperties)
    errors.push(fieldError.forbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'));
  if (level === 'root' && type !== '' && type !== 'object') errors.push(fieldError.invalid(typePath, type, 'must be object at the root'));
}

/** The server knows the type and metadata of resources: a schema may only restrict them. */
function metadataErrors(schema: SchemaProps, level: Level, path: string, errors: FieldError[]): void {
  const isResource = level === 'root' || schema.embeddedResource;
  if (isResource) {
    for (const name of ['kind', 'apiVersion']) {
      const type = schema.properties.get(name)?.type;
      if (type !== undefined && type !== 'string') errors.push(fieldError.invalid(`${path}.properties[${name}].type`, type, 'must be string'));
    }
  }
  const metadata = schema.properties.get('metadata');
  if (metadata && isResource && metadata.type !== 'object')
    errors.push(fieldError.invalid(`${path}.properties[metadata].type`, metadata.type, 'must be object'));
  if (metadata && level === 'root' && !restrictsNamesOnly(metadata)) {
    const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(fieldError.forbidden(`${path}.properties[metadata]`, detail));
  }
  if (schema.embeddedResource && !schema.preserveUnknownFields && schema.properties.size === 0) {
    const detail = 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(fieldError.required(`${path}.properties`, detail));
  }
}

function restrictsNamesOnly(metadata: SchemaProps): boolean {
  const hasOnlyNames = [...metadata.properties.keys()].every((name) => name === 'name' || name === 'generateName');
  return hasOnlyNames && saysOnly(metadata, ['type', 'default', 'properties']);
}
