/** Conversions of the standard library: `int(x)`, `string(x)`, `timestamp(x)` and so on. */
import { traverseCost } from './costs.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { declareFunction, type FunctionDeclaration, type Overload } from './library.ts';
import { formatShortest } from './number-format.ts';
import { formatZonedTimestamp, parseTimestamp, timestampOf } from './timestamp.ts';
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  stringType,
  type Type,
  timestampType,
  typeParameter,
  typeType,
  uintType,
} from './types.ts';
import { cannotConvert, typeOfValue } from './value-types.ts';
import { Double, type Duration, EvaluationError, maximumInt, maximumUint, minimumInt, type Timestamp, TypeValue, toInt, Uint, type Value } from './values.ts';

type Int = number | bigint;

const from = <T>(id: string, parameter: Type, result: Type, evaluate: (value: T) => Value, cost?: Overload['cost']): Overload => ({
  id,
  parameters: [parameter],
  result,
  evaluate: evaluate as Overload['evaluate'],
  cost,
});
const same = (value: Value): Value => value;
const a = typeParameter('A');

export const standardConversions: readonly FunctionDeclaration[] = [
  declareFunction(
    'type',
    from('type', a, typeType(a), (value: Value) => new TypeValue(typeOfValue(value))),
  ),
  declareFunction('dyn', from('to_dyn', a, dynType, same)),
  declareFunction('bool', from('bool_to_bool', boolType, boolType, same), from('string_to_bool', stringType, boolType, readBool)),
  declareFunction(
    'bytes',
    from('bytes_to_bytes', bytesType, bytesType, same),
    from('string_to_bytes', stringType, bytesType, (text: string) => new Uint8Array(Buffer.from(text)), traverseCost),
  ),
  declareFunction(
    'double',
    from('double_to_double', doubleType, doubleType, same),
    from('int64_to_double', intType, doubleType, (value: Int) => new Double(Number(value))),
    from('string_to_double', stringType, doubleType, readDouble),
    from('uint64_to_double', uintType, doubleType, (value: Uint) => new Double(Number(value.value))),
  ),
  declareFunction(
    'duration',
    from('duration_to_duration', durationType, durationType, same),
    // Declared upstream, and refused as it runs.
    from('int64_to_duration', intType, durationType, (value: Int) => {
      throw cannotConvert(value, durationType.name);
    }),
    from('string_to_duration', stringType, durationType, parseDuration),
  ),
  declareFunction(
    'int',
    from('int64_to_int64', intType, intType, same),
    from('double_to_int64', doubleType, intType, doubleToInt),
    from('duration_to_int64', durationType, intType, ({ nanoseconds }: Duration) => toInt(nanoseconds)),
    from('string_to_int64', stringType, intType, readInt),
    from('timestamp_to_int64', timestampType, intType, ({ seconds }: Timestamp) => seconds),
    from('uint64_to_int64', uintType, intType, ({ value }: Uint) => toInt(value)),
  ),
  declareFunction(
    'string',
    from('string_to_string', stringType, stringType, same),
    from('bool_to_string', boolType, stringType, String),
    from('bytes_to_string', bytesType, stringType, bytesToString, traverseCost),
    from('double_to_string', doubleType, stringType, ({ value }: Double) => formatShortest(value)),
    from('duration_to_string', durationType, stringType, formatDuration),
    from('int64_to_string', intType, stringType, String),
    from('timestamp_to_string', timestampType, stringType, formatZonedTimestamp),
    from('uint64_to_string', uintType, stringType, ({ value }: Uint) => String(value)),
  ),
  declareFunction(
    'timestamp',
    from('timestamp_to_timestamp', timestampType, timestampType, same),
    from('int64_to_timestamp', intType, timestampType, (value: Int) => timestampOf(Number(value), 0)),
    from('string_to_timestamp', stringType, timestampType, parseTimestamp),
  ),
  declareFunction(
    'uint',
    from('uint64_to_uint64', uintType, uintType, same),
    from('double_to_uint64', doubleType, uintType, doubleToUint),
    from('int64_to_uint64', intType, uintType, intToUint),
    from('string_to_uint64', stringType, uintType, readUint),
  ),
];

const truths = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falsehoods = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function readBool(text: string): boolean {
  if (truths.has(text)) return true;
  if (falsehoods.has(text)) return false;
  throw cannotConvert(text, 'bool');
}

/** Numbers in texts longer than this are none. */
const maximumNumberLength = 1_000;

function readInt(text: string): Int {
  if (text.length > maximumNumberLength || !/^[+-]?\d+$/.test(text)) throw cannotConvert(text, 'int');
  const value = BigInt(text.replace(/^\+/, ''));
  if (value < minimumInt || value > maximumInt) throw cannotConvert(text, 'int');
  return toInt(value);
}

function readUint(text: string): Uint {
  if (text.length > maximumNumberLength || !/^\d+$/.test(text) || BigInt(text) > maximumUint) throw cannotConvert(text, 'uint');
  return new Uint(BigInt(text));
}

function readDouble(text: string): Double {
  const special = /^([+-]?)(?:inf|infinity)$/i.exec(text);
  if (special) return new Double(special[1] === '-' ? -Infinity : Infinity);
  if (/^nan$/i.test(text)) return new Double(Number.NaN);
  if (text.length > maximumNumberLength || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) throw cannotConvert(text, 'double');
  const value = Number(text);
  if (!Number.isFinite(value)) throw cannotConvert(text, 'double');
  return new Double(value);
}

function doubleToInt({ value }: Double): Int {
  // Both ends of the range are doubles that upstream refuses.
  if (!(value > -(2 ** 63) && value < 2 ** 63)) throw new EvaluationError('integer overflow');
  return toInt(BigInt(Math.trunc(value)));
}

function doubleToUint({ value }: Double): Uint {
  if (!(value >= 0 && value < 2 ** 64)) throw new EvaluationError('unsigned integer overflow');
  return new Uint(BigInt(Math.trunc(value)));
}

function intToUint(value: Int): Uint {
  if (value < 0) throw new EvaluationError('unsigned integer overflow');
  return new Uint(BigInt(value));
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function bytesToString(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new EvaluationError('invalid UTF-8 in bytes, cannot convert to string');
    throw error;
  }
}
