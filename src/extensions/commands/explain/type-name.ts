import { type OpenApiDocument, type OpenApiSchema, resolveReference } from './open-api.ts';

/** What a field is: `string`, `[]Container`, `map[string]string`, `Object`. */
export function typeName(schema: OpenApiSchema, document: OpenApiDocument): string {
  const { items, additionalProperties, allOf, properties, $ref, type } = schema;
  if (items) return `[]${typeName(items, document)}`;
  if (additionalProperties && typeof additionalProperties !== 'boolean') return `map[string]${typeName(additionalProperties, document)}`;
  if (allOf?.length === 1 && !properties) return typeName(allOf[0]!, document);
  if ($ref) {
    const target = resolveReference(schema, document);
    if (target?.type && target.type !== 'object') return target.type;
    return $ref.split('/').at(-1)!.split('.').at(-1) || 'Object';
  }
  return !type || type === 'object' ? 'Object' : type;
}
