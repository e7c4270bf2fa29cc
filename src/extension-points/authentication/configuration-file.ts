import { type FieldError, fieldError, fieldErrorText } from '../../api/status.ts';
import { parseYaml } from '../../api/yaml.ts';

/** What a configuration file may hold: texts, numbers, lists, objects of named fields, and maps (`{ '*': shape }`). */
export type Shape = 'string' | 'boolean' | 'number' | 'any' | readonly [Shape] | { readonly [field: string]: Shape };

export interface ConfigurationKind {
  readonly kind: string;
  readonly apiVersions: readonly string[];
  readonly shape: { readonly [field: string]: Shape };
}

/**
 * Reads a file like those of `--authentication-config`: YAML or JSON of one kind, decoded strictly. Throws an Error that says what is wrong in the words of
 * upstream's decoder. The answer has the given shape; what is required in it is the caller's to check.
 */
export function readConfiguration<T>(text: string, { kind, apiVersions, shape }: ConfigurationKind): T {
  const { value, duplicateFields } = parseYaml(text);
  if (!isRecord(value)) throw new Error("Object 'Kind' is missing in configuration");
  const { apiVersion, kind: given } = value;
  if (typeof given !== 'string' || given === '') throw new Error("Object 'Kind' is missing in configuration");
  if (given !== kind || !apiVersions.includes(apiVersion as string))
    throw new Error(`no kind ${JSON.stringify(given)} is registered for version ${JSON.stringify(apiVersion ?? '')}`);
  const problems = [
    ...duplicateFields.map((field) => `duplicate field ${JSON.stringify(field)}`),
    ...mismatches(value, { apiVersion: 'string', kind: 'string', metadata: 'any', ...shape }, ''),
  ];
  if (problems.length > 0) throw new Error(`strict decoding error: ${problems.join(', ')}`);
  return value as T;
}

/** The errors of a whole file as one text. Throws unless there are none. */
export function requireNoErrors(errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  const texts = errors.map(fieldErrorText);
  throw new Error(texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`);
}

function* mismatches(value: unknown, shape: Shape, path: string): Generator<string> {
  // A field that is null is a field that is not there.
  if (value === null || value === undefined || shape === 'any') return;
  if (typeof shape === 'string') {
    if (typeof value !== shape) yield `${path}: expected ${shape}, got ${kindOf(value)}`;
  } else if (isListShape(shape)) {
    if (!Array.isArray(value)) yield `${path}: expected list, got ${kindOf(value)}`;
    else for (const [index, item] of value.entries()) yield* mismatches(item, shape[0], `${path}[${index}]`);
  } else if (!isRecord(value)) yield `${path}: expected object, got ${kindOf(value)}`;
  else {
    for (const [field, inner] of Object.entries(value)) {
      const at = path === '' ? field : `${path}.${field}`;
      const wanted = Object.hasOwn(shape, field) ? shape[field] : shape['*'];
      if (wanted === undefined) yield `unknown field ${JSON.stringify(at)}`;
      else yield* mismatches(inner, wanted, at);
    }
  }
}

const isListShape = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape);
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const kindOf = (value: unknown): string => (Array.isArray(value) ? 'list' : typeof value);

/** Remembers texts; answers an error for one that came before. */
export function duplicateFinder(): (text: string, path: string) => FieldError[] {
  const seen = new Set<string>();
  return (text, path) => {
    if (seen.has(text)) return [fieldError.duplicate(path, text)];
    seen.add(text);
    return [];
  };
}

/** A list that is longer than it may be. */
export const tooManyItems = (path: string, count: number, most: number): FieldError => ({
  path,
  type: 'FieldValueTooMany',
  value: count,
  detail: `must have at most ${most} items`,
});
