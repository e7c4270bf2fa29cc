import { builtInSchemas } from '../../../../api/built-in-schemas.ts';
import { compileSchema } from '../../../../api/schema-processor.ts';

type Draft = Record<string, unknown>;

const props = { ref: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps' };
const options = { prune: true, applyDefaults: false, dialect: 'built-in' } as const;
const several = ['allOf', 'anyOf', 'oneOf'];
const maps = ['properties', 'patternProperties', 'definitions'];

/**
 * Decodes what a schema's `items`, `additionalItems` and `additionalProperties` hold. Each may be one of two types, so the decoder of built-in kinds leaves them as they are; upstream
 * drops unknown fields inside them without a word. Answers why they cannot be read, in Go's words. `path` has the names of Go's fields around the schema, joined by dots.
 */
export function readNestedSchemas(schema: Draft, path: string): string | undefined {
  for (const field of Object.keys(schema)) {
    const value = schema[field];
    const at = `${path}.${field}`;
    const problem = field.startsWith('additional') ? readChoice(value, at) : field === 'items' ? readItems(schema, at) : visitInside(field, value, at);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function readChoice(value: unknown, path: string): string | undefined {
  if (isDraft(value)) return read(value, path);
  return typeof value === 'boolean' ? undefined : 'boolean or JSON schema expected';
}

/** One schema, or several, which validation refuses; anything else is nothing. */
function readItems(schema: Draft, path: string): string | undefined {
  const { items } = schema;
  if (isDraft(items)) return read(items, path);
  if (Array.isArray(items)) return firstProblem(items, (item) => (isDraft(item) ? read(item, path) : undefined));
  delete schema['items'];
  return undefined;
}

function read(schema: Draft, path: string): string | undefined {
  const { decodeError } = compileSchema(props, builtInSchemas).process(schema, options);
  if (decodeError === undefined) return readNestedSchemas(schema, path);
  return decodeError.replace('Go struct field JSONSchemaProps.', `Go struct field JSONSchemaProps.${path}.`);
}

function visitInside(field: string, value: unknown, path: string): string | undefined {
  const visit = (inner: unknown): string | undefined => (isDraft(inner) ? readNestedSchemas(inner, path) : undefined);
  if (field === 'not') return visit(value);
  if (several.includes(field) && Array.isArray(value)) return firstProblem(value, visit);
  return maps.includes(field) && isDraft(value) ? firstProblem(Object.values(value), visit) : undefined;
}

function firstProblem(values: readonly unknown[], find: (value: unknown) => string | undefined): string | undefined {
  for (const value of values) {
    const problem = find(value);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const isDraft = (value: unknown): value is Draft => typeof value === 'object' && value !== null && !Array.isArray(value);
