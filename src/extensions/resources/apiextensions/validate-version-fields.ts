import { canonicalText } from '../../../api/custom-schema/canonical-text.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { eachAt } from '../core/field-checks.ts';
import { type Columns, type DefinitionView, type SelectableFields, type Subresources, versionPath } from './definition-view.ts';
import { findField } from './schema/field-paths.ts';
import type { SchemaProps } from './schema/props.ts';
import { structuralProblem } from './schema/unsupported.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

/** Columns of `kubectl get`. */
export const columnErrors = (columns: Columns, path: string): FieldError[] =>
  eachAt(columns, path, ({ name, type, format, jsonPath }, at) => [
    ...(name ? [] : [fieldError.required(`${at}.name`)]),
    ...memberErrors(type ?? '', columnTypes, `${at}.type`),
    ...(format ? memberErrors(format, columnFormats, `${at}.format`) : []),
    ...pathErrors(jsonPath, `${at}.JSONPath`),
  ]);

function memberErrors(value: string, known: readonly string[], path: string): FieldError[] {
  const detail = `must be one of ${known.join(',')}`;
  if (value === '') return [fieldError.required(path, detail)];
  return known.includes(value) ? [] : [fieldError.invalid(path, value, detail)];
}

function pathErrors(jsonPath: string | undefined, path: string): FieldError[] {
  if (!jsonPath) return [fieldError.required(path)];
  return jsonPath.startsWith('.') ? [] : [fieldError.invalid(path, jsonPath, 'must be a simple json path starting with .')];
}

/** The paths of the scale sub-resource. */
export function subresourceErrors(subresources: Subresources, path: string): FieldError[] {
  const { scale } = subresources ?? {};
  if (!scale) return [];
  return [
    ...replicasErrors(scale.specReplicasPath, `${path}.scale.specReplicasPath`, ['.spec']),
    ...replicasErrors(scale.statusReplicasPath, `${path}.scale.statusReplicasPath`, ['.status']),
    ...(scale.labelSelectorPath ? replicasErrors(scale.labelSelectorPath, `${path}.scale.labelSelectorPath`, ['.spec', '.status']) : []),
  ];
}

function replicasErrors(jsonPath: string | undefined, path: string, roots: readonly string[]): FieldError[] {
  const errors = pathErrors(jsonPath, path);
  if (errors.length > 0 || roots.some((root) => jsonPath?.startsWith(`${root}.`))) return errors;
  return [fieldError.invalid(path, jsonPath, `should be a json path under ${roots.length > 1 ? `either ${roots.join(' or ')}` : roots[0]}`)];
}

const maximumSelectableFields = 8;

/** Fields of `spec.versions[].selectableFields`, against the schema they are about. `old` has what versions said before an update. */
export function selectableFieldErrors(view: DefinitionView, old: ReadonlyMap<string, string>): FieldError[] {
  const { versions, hasSharedSelectableFields, hasSharedSchema, sharedSchema } = view;
  if (hasSharedSelectableFields) {
    const fields = versions[0]?.selectableFields ?? [];
    const path = 'spec.selectableFields';
    if (fields.length === 0) return [];
    if (!hasSharedSchema || !versions[0]?.schema) return [fieldError.invalid(path, '', 'may only be set when validations.schema is included')];
    return [...unreadable(sharedSchema?.props, 'spec.schema.openAPIV3Schema'), ...fieldErrors(fields, { schema: sharedSchema?.props, path, old: old.get('') })];
  }
  return versions.flatMap(({ name = '', selectableFields: fields = [] }, index) => {
    const path = `${versionPath(index)}.selectableFields`;
    const schema = view.ownSchema(index);
    if (fields.length === 0) return [];
    if (!schema) return [fieldError.invalid(path, '', 'may only be set when `version.schema.openAPIV3Schema` is not included')];
    return [...unreadable(schema.props, schema.path), ...fieldErrors(fields, { schema: schema.props, path, old: old.get(name) })];
  });
}

function unreadable(schema: SchemaProps | undefined, path: string): FieldError[] {
  const problem = schema && structuralProblem(schema);
  return problem === undefined ? [] : [fieldError.invalid(path, '', problem)];
}

interface FieldPlace {
  readonly schema: SchemaProps | undefined;
  readonly path: string;
  readonly old: string | undefined;
}

function fieldErrors(fields: NonNullable<SelectableFields>, { schema, path, old }: FieldPlace): FieldError[] {
  const seen = new Set<string>();
  const errors = eachAt(fields, path, ({ jsonPath = '' }, item) => {
    const at = `${item}.jsonPath`;
    if (jsonPath === '') return [fieldError.required(at)];
    const found = schema ? findField(jsonPath, schema, { allowsBrackets: false }) : { problem: 'does not refer to a valid field' };
    if (found.problem !== undefined) return [fieldError.invalid(at, jsonPath, `is an invalid path: ${found.problem}`)];
    const name = JSON.stringify(found.names);
    const isKnown = seen.has(name);
    seen.add(name);
    return [
      ...(found.names[0] === 'metadata' ? [fieldError.invalid(at, jsonPath, 'must not point to fields in metadata')] : []),
      ...(isSelectable(found.schema) ? [] : [fieldError.invalid(at, jsonPath, selectableTypes)]),
      ...(isKnown ? [fieldError.duplicate(at, jsonPath)] : []),
    ];
  });
  const mayStay = old !== undefined && old === canonicalText(fields);
  if (seen.size <= maximumSelectableFields || mayStay) return errors;
  return [...errors, { path, type: 'FieldValueTooMany', value: seen.size, detail: `must have at most ${maximumSelectableFields} items` }];
}

const selectableTypes = 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';

const isSelectable = (schema: SchemaProps | undefined): boolean => schema !== undefined && ['string', 'boolean', 'integer'].includes(schema.type);
