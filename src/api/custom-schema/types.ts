import { isInt64, isWhole } from '../go-numbers.ts';
import type { ValidationRun } from './validation-run.ts';

/** The JSON type of a value as messages name it. */
export function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' ? (isInt64(value) ? 'integer' : 'number') : typeof value;
}

/** Whether a value has the right type; undefined when a schema asks for none. `format` says more about numbers, and about texts nothing. */
export function typeCheck(types: readonly string[], format: string, isNullable: boolean): ((value: unknown, run: ValidationRun) => boolean) | undefined {
  if (types.length === 0 && format === '') return undefined;
  const isSimple = format === '' && types.length === 1 ? simpleTypes[types[0]!] : undefined;
  return (value, run) => {
    if (isSimple?.(value)) return true;
    const wrong = value === null ? wrongNull(types, isNullable) : wrongType(value, types, format);
    if (wrong === undefined) return true;
    const { wanted, found } = wrong;
    run.report('FieldValueTypeInvalid', { value: found, detail: `${run.path.text()} in body must be of type ${wanted}: ${JSON.stringify(found)}` });
    return false;
  };
}

const simpleTypes: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => typeof value === 'number' && isInt64(value),
  number: (value) => typeof value === 'number',
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

interface Wrong {
  readonly wanted: string;
  readonly found: string;
}

const wrongNull = (types: readonly string[], isNullable: boolean): Wrong | undefined =>
  types.length === 0 || isNullable ? undefined : { wanted: types.join(','), found: 'null' };

function wrongType(value: unknown, types: readonly string[], format: string): Wrong | undefined {
  const found = jsonType(value);
  const isRight =
    types.includes(found) || (found === 'integer' && types.includes('number')) || (found === 'number' && types.includes('integer') && isWhole(value as number));
  if (format !== '') {
    const isText = found === 'string' || found === 'array';
    const ownFormat = found === 'integer' ? 'int64' : found === 'number' ? 'float64' : '';
    if (!isText && !isRight && ownFormat !== format) return { wanted: format, found: ownFormat };
    if (isText && !types.includes('number') && !types.includes('integer')) return undefined;
  }
  return isRight ? undefined : { wanted: types.join(','), found };
}
