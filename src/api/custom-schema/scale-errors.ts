import { floatText, isInt64 } from '../go-numbers.ts';
import { type FieldError, fieldError } from '../status.ts';

/** Where the `/scale` of a custom resource finds its numbers: fields from the root, `['spec', 'replicas']`. */
export interface ScalePaths {
  readonly specReplicasPath: readonly string[];
  readonly statusReplicasPath: readonly string[];
}

const maximumReplicas = 2 ** 31 - 1;

/** Replica counts that `/scale` could not serve (apiextensions `customResourceValidator`). A `/status` update may only have changed the second. */
export const scaleErrors = (object: object, { specReplicasPath, statusReplicasPath }: ScalePaths, part: 'status' | undefined): FieldError[] => [
  ...(part === 'status' ? [] : replicasErrors(object, specReplicasPath)),
  ...replicasErrors(object, statusReplicasPath),
];

function replicasErrors(object: object, names: readonly string[]): FieldError[] {
  const path = `.${names.join('.')}`;
  const { value, problem } = find(object, names);
  if (problem !== undefined) return [fieldError.invalid(path, 0, problem)];
  if (value === undefined) return [];
  if (typeof value !== 'number' || !isInt64(value)) return [fieldError.invalid(path, 0, wrongType(names, value, 'int64'))];
  if (value < 0) return [fieldError.invalid(path, value, 'should be a non-negative integer')];
  return value > maximumReplicas ? [fieldError.invalid(path, value, `should be less than or equal to ${maximumReplicas}`)] : [];
}

function find(object: unknown, names: readonly string[]): { readonly value?: unknown; readonly problem?: string } {
  let value = object;
  for (const [index, name] of names.entries()) {
    if (value === null) return {};
    if (typeof value !== 'object' || Array.isArray(value)) return { problem: wrongType(names.slice(0, index + 1), value, 'map[string]interface{}') };
    if (!Object.hasOwn(value as object, name)) return {};
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return { value };
}

const wrongType = (names: readonly string[], value: unknown, wanted: string): string =>
  `.${names.join('.')} accessor error: ${goText(value)} is of the type ${goType(value)}, expected ${wanted}`;

/** Go's `%T` of a JSON value. */
function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return isInt64(value) ? 'int64' : 'float64';
  return typeof value === 'object' ? 'map[string]interface {}' : typeof value === 'boolean' ? 'bool' : 'string';
}

/** Go's `%v` of a JSON value. */
function goText(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value === 'number') return isInt64(value) ? String(value) : floatText(value);
  if (typeof value !== 'object') return String(value);
  const fields = Object.entries(value as object).sort(([first], [second]) => (first < second ? -1 : 1));
  return `map[${fields.map(([name, field]) => `${name}:${goText(field)}`).join(' ')}]`;
}
