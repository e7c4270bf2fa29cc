import { sortedKeys } from '../../../../extension-points/commands/printers/go-values.ts';
import type { OpenApiSchema } from '../open-api.ts';

/** The schemas of an OpenAPI v2 document. */
export type Definitions = Readonly<Record<string, OpenApiSchema>>;

/** A schema by what it is. References are looked up when they are followed: schemas may name themselves. */
export type Model = { readonly description: string } & (
  | { readonly form: 'reference'; readonly name: string; target(): Model | undefined }
  | { readonly form: 'array' | 'map'; readonly of: Model }
  | { readonly form: 'object'; readonly fields: ReadonlyMap<string, Model>; readonly required: ReadonlySet<string> }
  | { readonly form: 'primitive'; readonly type: string }
  | { readonly form: 'anything' }
);

const prefix = '#/definitions/';

export function modelOf(schema: OpenApiSchema, definitions: Definitions): Model {
  const { $ref, type, properties, items, additionalProperties, description = '' } = schema;
  if ($ref?.startsWith(prefix)) {
    const name = $ref.slice(prefix.length);
    return { form: 'reference', description, name, target: () => (Object.hasOwn(definitions, name) ? modelOf(definitions[name]!, definitions) : undefined) };
  }
  if (properties && (type === undefined || type === 'object')) {
    const fields = new Map(sortedKeys(properties).map((name) => [name, modelOf(properties[name]!, definitions)]));
    return { form: 'object', description, fields, required: new Set(schema.required) };
  }
  if (type === undefined) return { form: 'anything', description };
  const inner = type === 'array' ? items : typeof additionalProperties === 'boolean' ? undefined : additionalProperties;
  if (type === 'array' || type === 'object')
    return { form: type === 'array' ? 'array' : 'map', description, of: inner ? modelOf(inner, definitions) : { form: 'anything', description: '' } };
  return { form: 'primitive', description, type };
}

/** `[]Object`, `map[string]string`. */
export function modelTypeName(model: Model | undefined): string {
  switch (model?.form) {
    case 'reference':
      return modelTypeName(model.target());
    case 'array':
      return `[]${modelTypeName(model.of)}`;
    case 'map':
      return `map[string]${modelTypeName(model.of)}`;
    case 'object':
      return 'Object';
    case 'primitive':
      return model.type;
    default:
      return '';
  }
}
