/** `x-kubernetes-list-type` and `x-kubernetes-list-map-keys`. */
import { type FieldError, fieldError } from '../../../../api/status.ts';
import { internalItems } from './internal-schema.ts';
import type { SchemaProps } from './props.ts';

/** Refuses the items of an unsound set (see `isUnsoundSet`). */
export function setErrors({ items }: SchemaProps, path: string, errors: FieldError[]): void {
  const item = items!.schema!;
  const field = item.type === 'array' ? 'x-kubernetes-list-type' : 'x-kubernetes-map-type';
  // Upstream shows the list type in both cases.
  errors.push(fieldError.invalid(`${path}.items.${field}`, item.listType ?? null, 'must be atomic as item of a list with x-kubernetes-list-type=set'));
}

/** Whether a set has items that are merged field by field. */
export function isUnsoundSet({ type, listType, items }: SchemaProps): boolean {
  const item = items?.schema;
  if (type !== 'array' || listType !== 'set' || !item) return false;
  if (item.type === 'array') return item.listType !== undefined && item.listType !== 'atomic';
  return item.type === 'object' && item.mapType !== 'atomic';
}

const listTypes = ['atomic', 'set', 'map'];

export function listErrors(schema: SchemaProps, path: string, errors: FieldError[]): void {
  const { type, listType, listMapKeys } = schema;
  const listTypePath = `${path}.x-kubernetes-list-type`;
  if (listType !== undefined && type !== 'array') {
    const detail = 'must be array if x-kubernetes-list-type is specified';
    errors.push(type === '' ? fieldError.required(`${path}.type`, detail) : fieldError.invalid(`${path}.type`, type, detail));
  }
  if (listType !== undefined && !listTypes.includes(listType)) errors.push(fieldError.notSupported(listTypePath, listType, listTypes));
  if (listMapKeys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(listType === undefined ? fieldError.required(listTypePath, detail) : fieldError.invalid(listTypePath, listType, detail));
  }
  if (listType === 'map') mapErrors(schema, path, errors);
}

function mapErrors({ listMapKeys, items }: SchemaProps, path: string, errors: FieldError[]): void {
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  if (listMapKeys.length === 0) errors.push(fieldError.required(keysPath, 'must not be empty if x-kubernetes-list-type is map'));
  if (!items) {
    errors.push(fieldError.required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map'));
    return;
  }
  const item = items.schema;
  if (!item) {
    errors.push(fieldError.invalid(`${path}.items`, internalItems(items), 'must only have a single schema if x-kubernetes-list-type is map'));
    return;
  }
  if (item.type !== 'object') {
    errors.push(fieldError.invalid(`${path}.items.type`, item.type, "must be object if parent array's x-kubernetes-list-type is map"));
    return;
  }
  keyErrors(listMapKeys, item, path, errors);
}

function keyErrors(keys: readonly string[], item: SchemaProps, path: string, errors: FieldError[]): void {
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  const seen = new Set<string>();
  for (const key of keys) {
    const property = item.properties.get(key);
    if (!property) errors.push(fieldError.invalid(keysPath, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object') {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(fieldError.invalid(`${path}.items.properties[${key}].type`, item.type, detail));
    }
    if (seen.has(key)) errors.push(fieldError.invalid(keysPath, keys, 'must not contain duplicate entries'));
    seen.add(key);
  }
}

/** Items of sets and map lists, and keys of the latter, are always there. */
export function mapKeyErrors({ listType, listMapKeys, items }: SchemaProps, path: string, errors: FieldError[]): void {
  const item = items?.schema;
  if (!item || (listType !== 'set' && listType !== 'map')) return;
  if (item.nullable) errors.push(fieldError.forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  if (listType === 'set') return;
  for (const key of listMapKeys) {
    const property = item.properties.get(key);
    if (!property) continue;
    const at = `${path}.items.properties[${key}]`;
    if (!item.required.includes(key) && property.default === undefined) {
      const detail = 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      errors.push(fieldError.required(`${at}.default`, detail));
    }
    if (property.nullable) errors.push(fieldError.forbidden(`${at}.nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'));
  }
}

/** Whether `mapKeyErrors` would find something. */
export function hasUnsoundKeys(schema: SchemaProps): boolean {
  if (schema.listType !== 'set' && schema.listType !== 'map') return false;
  const errors: FieldError[] = [];
  mapKeyErrors(schema, '', errors);
  return errors.length > 0;
}
