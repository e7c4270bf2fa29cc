import { type FieldError, fieldError } from '../../../../api/status.ts';
import type { OpenApiOptions, Place } from './openapi.ts';
import type { SchemaProps } from './props.ts';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

export const isKnownType = (type: string): boolean => types.includes(type);

/** Fields of JSON schemas that custom resources do not have. */
const unsupported: readonly [field: string, isSet: (schema: SchemaProps) => boolean][] = [
  ['id', (schema) => schema.id !== ''],
  ['additionalItems', (schema) => schema.additionalItems !== undefined],
  ['patternProperties', (schema) => schema.patternProperties.size > 0],
  ['definitions', (schema) => schema.definitions.size > 0],
  ['dependencies', (schema) => schema.dependencies !== undefined],
  ['$ref', (schema) => schema.$ref !== undefined],
];

export function unsupportedErrors(schema: SchemaProps, { requiresValidTypes }: OpenApiOptions, place: Place, errors: FieldError[]): void {
  const { path, defaultsForbidden, isInsideMetadata } = place;
  if (schema.type !== '' && !types.includes(schema.type) && requiresValidTypes()) errors.push(fieldError.notSupported(`${path}.type`, schema.type, types));
  if (schema.default !== undefined && defaultsForbidden !== undefined)
    errors.push(fieldError.forbidden(`${path}.default`, `must not be set ${defaultsForbidden}`));
  for (const [field, isSet] of unsupported) if (isSet(schema)) errors.push(fieldError.forbidden(`${path}.${field}`, `${field} is not supported`));
  if (schema.type === 'null') errors.push(fieldError.forbidden(`${path}.type`, 'type cannot be set to null, use nullable as an alternative'));
  if (schema.items && schema.items.list.length > 0) errors.push(fieldError.forbidden(`${path}.items`, 'items must be a schema object and not an array'));
  if (isInsideMetadata && schema.embeddedResource)
    errors.push(fieldError.forbidden(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta'));
}

/** Why a schema cannot be read as a structural one, whatever else it says; undefined when it can. */
export function structuralProblem(schema: SchemaProps): string | undefined {
  const isUnsupported = (field: string): string => `OpenAPIV3Schema '${field}' is not supported`;
  if (schema.id !== '') return isUnsupported('id');
  if (schema.$schema !== '') return isUnsupported('schema');
  if (schema.$ref !== undefined && schema.$ref !== '') return isUnsupported('$ref');
  if (schema.patternProperties.size > 0) return isUnsupported('patternProperties');
  if (schema.dependencies && schema.dependencies.size > 0) return isUnsupported('dependencies');
  if (schema.additionalItems) return isUnsupported('additionalItems');
  if (schema.definitions.size > 0) return isUnsupported('definitions');
  const nested = [schema.not, ...schema.allOf, ...schema.anyOf, ...schema.oneOf];
  for (const part of nested) {
    const problem = part && structuralProblem(part);
    if (problem !== undefined) return problem;
  }
  if (schema.preserveUnknownFields === false) return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  if (schema.items && schema.items.list.length > 0) return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  const inner = [schema.items?.schema, ...schema.properties.values(), schema.additionalProperties?.schema];
  for (const part of inner) {
    const problem = part && structuralProblem(part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
