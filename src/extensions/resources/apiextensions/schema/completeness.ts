import { type FieldError, fieldError } from '../../../../api/status.ts';
import type { SchemaProps } from './props.ts';

/** Every field and item that a schema's compositions speak of must be specified outside of them, too. */
export function completenessErrors(schema: SchemaProps, path: string, errors: FieldError[]): void {
  compositionErrors(schema, { schema, path }, path, errors);
}

/** The place outside of compositions that a nested schema speaks of. */
interface Counterpart {
  readonly schema: SchemaProps | undefined;
  readonly path: string;
}

function compositionErrors(nested: SchemaProps, structural: Counterpart, path: string, errors: FieldError[]): void {
  if (nested.not) nestedErrors(nested.not, structural, `${path}.not`, errors);
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const)
    nested[junctor].forEach((part, index) => nestedErrors(part, structural, `${path}.${junctor}[${index}]`, errors));
}

function nestedErrors(nested: SchemaProps, structural: Counterpart, path: string, errors: FieldError[]): void {
  const { schema } = structural;
  if (!schema) {
    errors.push(fieldError.required(structural.path, `because it is defined in ${path}`));
    return;
  }
  compositionErrors(nested, structural, path, errors);
  if (nested.items?.schema) nestedErrors(nested.items.schema, { schema: schema.items?.schema, path: `${structural.path}.items` }, `${path}.items`, errors);
  for (const [name, property] of nested.properties) {
    const counterpart = { schema: schema.properties.get(name), path: `${structural.path}.properties[${name}]` };
    nestedErrors(property, counterpart, `${path}.properties[${name}]`, errors);
  }
}
