/** Schemas inside `allOf`, `anyOf`, `oneOf` and `not` hold value validations only. */
import { patternProblem } from '../../../../api/pattern.ts';
import { type FieldError, fieldError } from '../../../../api/status.ts';
import type { SchemaProps } from './props.ts';

interface Place {
  readonly path: string;
  /** `anyOf` is the one of int-or-string. */
  readonly skipsAnyOf: boolean;
  /** The first of `allOf` holds the `anyOf` of int-or-string. */
  readonly skipsFirstAllOf: boolean;
}

/** Looks into the compositions of a schema. */
export function junctorErrors(schema: SchemaProps, { path, skipsAnyOf, skipsFirstAllOf }: Place, errors: FieldError[]): void {
  if (!skipsAnyOf) schema.anyOf.forEach((part, index) => nestedErrors(part, `${path}.anyOf[${index}]`, false, errors));
  schema.allOf.forEach((part, index) => nestedErrors(part, `${path}.allOf[${index}]`, skipsFirstAllOf && index === 0, errors));
  schema.oneOf.forEach((part, index) => nestedErrors(part, `${path}.oneOf[${index}]`, false, errors));
  if (schema.not) nestedErrors(schema.not, `${path}.not`, false, errors);
}

const notEmpty = 'must be empty to be structural';
const notUndefined = 'must be undefined to be structural';
const notFalse = 'must be false to be structural';

/** What a nested schema may not say. */
const forbidden: readonly [field: string, isSaid: (schema: SchemaProps) => boolean, detail: string][] = [
  ['type', (schema) => schema.type !== '', notEmpty],
  ['additionalProperties', ({ additionalProperties }) => additionalProperties?.allows === true, notUndefined],
  ['default', (schema) => schema.default !== undefined, notUndefined],
  ['title', (schema) => schema.title !== '', notEmpty],
  ['description', (schema) => schema.description !== '', notEmpty],
  ['nullable', (schema) => schema.nullable, notFalse],
  ['x-kubernetes-preserve-unknown-fields', (schema) => schema.preserveUnknownFields === true, notFalse],
  ['x-kubernetes-embedded-resource', (schema) => schema.embeddedResource, notFalse],
  ['x-kubernetes-int-or-string', (schema) => schema.intOrString, notFalse],
  ['x-kubernetes-list-map-keys', (schema) => schema.listMapKeys.length > 0, notEmpty],
  ['x-kubernetes-list-type', (schema) => schema.listType !== undefined, notUndefined],
  ['x-kubernetes-map-type', (schema) => schema.mapType !== undefined, notUndefined],
  ['x-kubernetes-validations', (schema) => schema.rules.length > 0, notEmpty],
];

function nestedErrors(schema: SchemaProps, path: string, skipsAnyOf: boolean, errors: FieldError[]): void {
  junctorErrors(schema, { path, skipsAnyOf, skipsFirstAllOf: false }, errors);
  patternErrors(schema, path, errors);
  if (schema.items?.schema) nestedErrors(schema.items.schema, `${path}.items`, false, errors);
  for (const [name, property] of schema.properties) nestedErrors(property, `${path}.properties[${name}]`, false, errors);
  for (const [field, isSaid, detail] of forbidden) if (isSaid(schema)) errors.push(fieldError.forbidden(`${path}.${field}`, detail));
  if (schema.properties.has('metadata')) errors.push(fieldError.forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'));
}

/** A pattern that RE2 cannot read. */
export function patternErrors({ pattern }: SchemaProps, path: string, errors: FieldError[]): void {
  const problem = pattern === '' ? undefined : patternProblem(pattern);
  if (problem !== undefined) errors.push(fieldError.invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${problem}`));
}
