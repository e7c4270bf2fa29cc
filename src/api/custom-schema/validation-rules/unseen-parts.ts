import type { Schema } from '../../schema.ts';

/**
 * The parts of a schema whose rules never run: fields that expressions cannot see, as they, or what they hold, have no type, and all that is inside them. Upstream leaves them out
 * (`cel.NewValidator`), although their definitions are accepted.
 */
export function unseenParts(root: Schema): ReadonlySet<Schema> {
  const unseen = new Set<Schema>();
  const visit = (schema: Schema, isUnseen: boolean): void => {
    if (isUnseen) unseen.add(schema);
    if (schema.items) visit(schema.items, isUnseen);
    if (typeof schema.additionalProperties === 'object') visit(schema.additionalProperties, isUnseen);
    for (const property of Object.values(schema.properties ?? {})) visit(property, isUnseen || !hasType(property));
  };
  visit(root, false);
  return unseen;
}

function hasType({ type, intOrString, items, additionalProperties }: Schema): boolean {
  if (intOrString) return true;
  if (type === 'array') return items !== undefined && hasType(items);
  return type !== undefined && (type !== 'object' || typeof additionalProperties !== 'object' || hasType(additionalProperties));
}
