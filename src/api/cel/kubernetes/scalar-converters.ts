/** Values of JSON whose schema says that they are scalars. */
import type { Schema } from '../../schema.ts';
import { type Converter, Double, EvaluationError, toInt } from '../values.ts';

/** Null is a value where the schema allows it. */
export function nullable(schema: Schema, convert: Converter): Converter {
  if (schema.nullable) return (native) => (native === null ? null : convert(native));
  return (native) => {
    if (native === null) throw new EvaluationError('invalid data, got null for schema with nullable=false');
    return convert(native);
  };
}

export const textConverter: Converter = (native) => textOf(native);

export function textOf(native: unknown): string {
  if (typeof native === 'string') return native;
  throw invalid('string', native);
}

export const booleanConverter: Converter = (native) => {
  if (typeof native === 'boolean') return native;
  throw invalid('bool', native);
};

export const integerConverter: Converter = (native) => {
  if (typeof native === 'number' && Number.isInteger(native)) return toInt(native);
  if (typeof native === 'bigint') return toInt(native);
  throw invalid('int', native);
};

export const numberConverter: Converter = (native) => {
  if (typeof native === 'number' || typeof native === 'bigint') return new Double(Number(native));
  throw invalid('float', native);
};

export const intOrStringConverter: Converter = (native) => {
  if (typeof native === 'string') return native;
  if ((typeof native === 'number' && Number.isInteger(native)) || typeof native === 'bigint') return toInt(native);
  throw new EvaluationError('invalid data, expected XIntOrString value to be either a string or integer');
};

const invalid = (wanted: string, native: unknown): EvaluationError => new EvaluationError(`invalid data, expected ${wanted}, got ${goTypeName(native)}`);

/** What Go's decoder makes of JSON. */
function goTypeName(native: unknown): string {
  switch (typeof native) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isSafeInteger(native) ? 'int64' : 'float64';
    case 'bigint':
      return 'int64';
    default:
      return Array.isArray(native) ? '[]interface {}' : 'map[string]interface {}';
  }
}
