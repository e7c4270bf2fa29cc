/**
 * `text.format([values])` of cel-go's strings library before version 4, which Kubernetes has: `%f` and `%e` are written for the United States (`1,234.500`, `1.5×10³`),
 * and inside lists and maps values stand as literals.
 */
import { formatDuration } from '../duration.ts';
import { goQuote } from '../kubernetes/go-quote.ts';
import { formatShortest } from '../number-format.ts';
import { formatZonedTimestamp } from '../timestamp.ts';
import { typeName } from '../value-types.ts';
import { Double, Duration, EvaluationError, List, MapValue, Timestamp, TypeValue, Uint, type Value } from '../values.ts';
import { type Clause, formatWith, misfit, writeFixed, writeScientific } from './string-format.ts';

export const localizedFormat = (text: string, values: List): string => formatWith(text, values, clauses);

function writeDouble(name: string, write: (value: number, precision: number) => string): Clause {
  return (value, precision) => {
    const number = doubleIn(value);
    if (number === undefined) throw misfit(`${name} clause can only be used on doubles`, value);
    if (Number.isNaN(number)) return 'NaN';
    if (!Number.isFinite(number)) return number > 0 ? '\u221e' : '-\u221e';
    return write(number, precision);
  };
}

/** Doubles, and the strings that stand for what JSON has no numbers for. */
function doubleIn(value: Value): number | undefined {
  if (value instanceof Double) return value.value;
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined;
}

function writeGrouped(value: number, precision: number): string {
  const [whole = '', fraction] = writeFixed(value, precision).split('.');
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

const superscripts = '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079';

/** Upstream takes the precision for a width, so there are always six digits. */
function writePower(value: number): string {
  const [mantissa = '', exponent = ''] = writeScientific(value, 6).split('e');
  const digits = [...exponent.slice(1)].map((digit) => superscripts[Number(digit)]).join('');
  return `${mantissa}\u00d710${exponent.startsWith('-') ? '\u207b' : ''}${digits}`;
}

const integerIn = (value: Value): bigint | undefined => {
  if (typeof value === 'number' || typeof value === 'bigint') return BigInt(value);
  return value instanceof Uint ? value.value : undefined;
};

function writeInteger(complaint: string, radix: number): Clause {
  return (value) => {
    const integer = integerIn(value);
    if (integer === undefined) throw misfit(complaint, value);
    return integer.toString(radix);
  };
}

const writeBinary = writeInteger('only integers and bools can be formatted as binary', 2);
const writeHexadecimalInteger = writeInteger('only integers, byte buffers, and strings can be formatted as hex', 16);

function writeHexadecimal(value: Value, precision: number): string {
  if (typeof value === 'string' || value instanceof Uint8Array) return Buffer.from(value as string).toString('hex');
  return writeHexadecimalInteger(value, precision);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new EvaluationError('error during formatting: could not convert argument to string');
    throw error;
  }
}

function writePlain(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Double) return formatShortest(value.value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return decode(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof Timestamp) return formatZonedTimestamp(value);
  return value instanceof TypeValue ? value.type.name : undefined;
}

const writeString: Clause = (value) => {
  const text = writePlain(value) ?? writeParts(value, { length: 0 }, 0);
  if (text !== undefined) return text;
  throw misfit('string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps', value);
};

const maximumLength = 1 << 24;
const maximumDepth = 500;

function writeParts(value: Value, written: { length: number }, depth: number): string | undefined {
  if (depth > maximumDepth || written.length > maximumLength) throw new EvaluationError('string is too long');
  if (value instanceof List) {
    return `[${value
      .values()
      .map((item) => writeLiteral(item, written, depth))
      .join(', ')}]`;
  }
  if (!(value instanceof MapValue)) return undefined;
  const entries = [...value.entries()].map(([key, item]) => [writeLiteral(key, written, depth), writeLiteral(item, written, depth)] as const);
  entries.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  return `{${entries.map(([key, item]) => `${key}:${item}`).join(', ')}}`;
}

function writeLiteral(value: Value, written: { length: number }, depth: number): string {
  const text = plainLiteral(value) ?? writeParts(value, written, depth + 1);
  if (text === undefined) throw new EvaluationError(`error during formatting: no formatting function for ${typeName(value)}`);
  written.length += text.length;
  return text;
}

function plainLiteral(value: Value): string | undefined {
  if (typeof value === 'string') return goQuote(value);
  if (value instanceof Uint8Array) return `b${goQuote(decode(value))}`;
  if (value instanceof Double) return Number.isFinite(value.value) ? writeFixed(value.value, 6) : goQuote(formatShortest(value.value));
  if (value instanceof Timestamp) return `timestamp(${goQuote(formatZonedTimestamp(value))})`;
  if (value instanceof Duration) return `duration(${goQuote(formatDuration(value))})`;
  return writePlain(value);
}

const clauses: Readonly<Record<string, Clause>> = {
  s: writeString,
  d: writeInteger('decimal clause can only be used on integers', 10),
  f: writeDouble('fixed-point', writeGrouped),
  e: writeDouble('scientific', writePower),
  b: (value, precision) => (typeof value === 'boolean' ? String(Number(value)) : writeBinary(value, precision)),
  o: writeInteger('octal clause can only be used on integers', 8),
  x: writeHexadecimal,
  X: (value, precision) => writeHexadecimal(value, precision).toUpperCase(),
};
