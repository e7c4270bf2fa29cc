/** What every schema of a definition must keep to, structural or not (apiextensions `ValidateCustomResourceDefinitionOpenAPISchema`). */
import { type FieldError, fieldError } from '../../../../api/status.ts';
import { hasUnsoundKeys, isUnsoundSet, listErrors, mapKeyErrors, setErrors } from './lists.ts';
import type { SchemaProps } from './props.ts';
import type { RulePlace } from './rule-compiler.ts';
import { ruleErrors } from './rules.ts';
import { unsupportedErrors } from './unsupported.ts';

/** What holds for the whole definition; asked when something stands against it. */
export interface OpenApiOptions {
  readonly requiresValidTypes: () => boolean;
  /** Items of sets must be atomic. */
  readonly requiresAtomicSets: () => boolean;
  /** Keys of map lists must be required or have a default, and neither they nor items of sets and map lists may be nullable. */
  readonly requiresMapKeys: () => boolean;
}

/** What holds where a schema stands. */
export interface Place {
  readonly path: string;
  readonly isRoot: boolean;
  /** Why no default may be set here; undefined where one may. */
  readonly defaultsForbidden: string | undefined;
  readonly isInsideMetadata: boolean;
  /** The closest ancestor below which values do not correlate with old ones. */
  readonly uncorrelatable: string | undefined;
  /** Inside compositions there are no rules to compile. */
  readonly hasRules: boolean;
}

export interface Found {
  readonly errors: FieldError[];
  /** The schemas with rules whose own part, and what is below it, is sound: an empty schema comes after those inside it. */
  readonly rules: RulePlace[];
}

const metadataFields: ReadonlySet<string> = new Set(['metadata', 'kind', 'apiVersion']);

/** Walks a schema and all that is inside it. */
export function openApiErrors(schema: SchemaProps, options: OpenApiOptions, place: Place, found: Found): void {
  const { path } = place;
  const { errors } = found;
  const before = errors.length;
  unsupportedErrors(schema, options, place, errors);
  if (schema.uniqueItems)
    errors.push(fieldError.forbidden(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'));
  visitFields(schema, options, place, found);
  visitCompositions(schema, options, place, found);
  visitItems(schema, options, place, found);
  extensionErrors(schema, path, errors);
  if (isUnsoundSet(schema) && options.requiresAtomicSets()) setErrors(schema, path, errors);
  listErrors(schema, path, errors);
  if (hasUnsoundKeys(schema) && options.requiresMapKeys()) mapKeyErrors(schema, path, errors);
  if (schema.rules.length === 0) return;
  ruleErrors(schema, path, errors);
  if (errors.length === before && place.hasRules) found.rules.push({ schema, path, isRoot: place.isRoot, uncorrelatable: place.uncorrelatable });
}

function visitFields(schema: SchemaProps, options: OpenApiOptions, place: Place, found: Found): void {
  const { path, isRoot } = place;
  const { additionalProperties } = schema;
  if (additionalProperties) {
    if (schema.properties.size > 0 && (!additionalProperties.allows || additionalProperties.schema))
      found.errors.push(fieldError.forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
    const defaultsForbidden = place.isInsideMetadata ? 'inside additionalProperties applying to object metadata' : place.defaultsForbidden;
    const inside = { ...place, path: `${path}.additionalProperties`, isRoot: false, defaultsForbidden };
    if (additionalProperties.schema) openApiErrors(additionalProperties.schema, options, inside, found);
  }
  // Values of maps of an unknown type do not correlate.
  const isCorrelatable = schema.mapType === undefined || schema.mapType === 'granular' || schema.mapType === 'atomic';
  const uncorrelatable = place.uncorrelatable ?? (isCorrelatable ? undefined : path);
  for (const [name, property] of schema.properties) {
    const isMetadata = (isRoot || schema.embeddedResource) && metadataFields.has(name);
    openApiErrors(
      property,
      options,
      {
        ...place,
        path: `${path}.properties[${name}]`,
        isRoot: false,
        uncorrelatable,
        isInsideMetadata: place.isInsideMetadata || isMetadata,
        defaultsForbidden: isMetadata && isRoot ? `in top-level ${name}` : place.defaultsForbidden,
      },
      found,
    );
  }
}

function visitCompositions(schema: SchemaProps, options: OpenApiOptions, place: Place, found: Found): void {
  const visit = (part: SchemaProps, at: string): void =>
    openApiErrors(part, options, { ...place, path: `${place.path}.${at}`, isRoot: false, hasRules: false }, found);
  if (schema.not) visit(schema.not, 'not');
  for (const junctor of ['allOf', 'oneOf', 'anyOf'] as const) schema[junctor].forEach((part, index) => visit(part, `${junctor}[${index}]`));
  for (const [name, part] of schema.definitions) visit(part, `definitions[${name}]`);
  for (const [name, { schema: part }] of schema.dependencies ?? []) if (part) visit(part, `dependencies[${name}]`);
}

function visitItems(schema: SchemaProps, options: OpenApiOptions, place: Place, found: Found): void {
  if (!schema.items) return;
  const uncorrelatable = place.uncorrelatable ?? (schema.listType === 'map' ? undefined : place.path);
  const inside = { ...place, path: `${place.path}.items`, isRoot: false, uncorrelatable };
  if (schema.items.schema) openApiErrors(schema.items.schema, options, inside, found);
  schema.items.list.forEach((part, index) => openApiErrors(part, options, { ...inside, path: `${inside.path}[${index}]` }, found));
}

function extensionErrors({ preserveUnknownFields, mapType, type }: SchemaProps, path: string, errors: FieldError[]): void {
  if (preserveUnknownFields === false) errors.push(fieldError.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  if (mapType === undefined) return;
  const detail = 'must be object if x-kubernetes-map-type is specified';
  if (type !== 'object') errors.push(type === '' ? fieldError.required(`${path}.type`, detail) : fieldError.invalid(`${path}.type`, type, detail));
  if (mapType !== 'atomic' && mapType !== 'granular') errors.push(fieldError.notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
}
