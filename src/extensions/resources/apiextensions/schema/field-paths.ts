/** Paths to fields of a schema: `.spec.replicas`, `.metadata.labels['a.b']` (apiextensions `cel.ValidFieldPath`). */

import type { SchemaProps } from './props.ts';
import { structuralProblem } from './unsupported.ts';

export type FieldSearch =
  | { readonly problem: string }
  | { readonly problem: undefined; readonly schema: SchemaProps | undefined; readonly names: readonly string[] };

/** Finds the schema at a path; `problem` says, in upstream's words, why there is none. Below a map without a schema anything may be. */
export function findField(path: string, root: SchemaProps, { allowsBrackets }: { readonly allowsBrackets: boolean }): FieldSearch {
  // Of a schema that cannot be read, any path will do: its own fault is told.
  if (structuralProblem(root) !== undefined) return { problem: undefined, schema: undefined, names: [] };
  const tokens = tokensOf(path);
  const names: string[] = [];
  let schema: SchemaProps | undefined = root;
  for (let at = 0; at < tokens.length; at++) {
    const isBracket = tokens[at] === '[';
    if (!isBracket && tokens[at] !== '.') return { problem: `expected [ or . but got: ${tokens[at]}` };
    if (isBracket && !allowsBrackets) return { problem: 'array notation is not allowed' };
    if (++at >= tokens.length) return { problem: 'unexpected end of JSON path' };
    const name: string = isBracket ? unquoted(tokens[at]!) : tokens[at]!;
    if (isBracket && !/^'(?:.*)'$/s.test(tokens[at]!)) return { problem: `expected single quoted string but got ${tokens[at]}` };
    const step = stepInto(schema, name);
    if (!step) return { problem: 'does not refer to a valid field' };
    ({ schema } = step);
    names.push(name);
    if (!isBracket) continue;
    if (++at >= tokens.length) return { problem: 'unexpected end of JSON path' };
    if (tokens[at] !== ']') return { problem: `expected ] but got ${tokens[at]}` };
  }
  return { problem: undefined, schema, names };
}

function stepInto(schema: SchemaProps | undefined, name: string): { readonly schema: SchemaProps | undefined } | undefined {
  if (!schema) return undefined;
  if (schema.properties.size > 0) {
    const property = schema.properties.get(name);
    return property && { schema: property };
  }
  return schema.additionalProperties && { schema: schema.additionalProperties.schema };
}

/** Delimiters, quoted strings and the names between them. */
const tokensOf = (path: string): readonly string[] => path.match(/'(?:[^'\\]|\\.)*'?|[.[\]]|[^.[\]']+/gs) ?? [];

const unquoted = (text: string): string => text.slice(1, -1).replace(/\\(['\\])/g, '$1');
