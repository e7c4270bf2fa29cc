/** `text.format([values])`: `%s`, `%d`, `%f`, `%e`, `%b`, `%o`, `%x`, `%X`, `%%`, with a precision as in `%.3f`. */
import { formatDuration } from '../duration.ts';
import { formatPlain } from '../number-format.ts';
import { formatTimestamp } from '../timestamp.ts';
import { typeName } from '../value-types.ts';
import { Double, Duration, EvaluationError, List, MapValue, Timestamp, TypeValue, Uint, type Value } from '../values.ts';

/** How one clause writes a value. */
export type Clause = (value: Value, precision: number) => string;

const defaultPrecision = 6;
/** Results longer than this cannot be made. */
const maximumLength = 1 << 24;

export const formatString = (text: string, values: List): string => formatWith(text, values, clauses);

/** Fills in a text. Throws EvaluationError with cel-go's words. */
export function formatWith(text: string, values: List, writers: Readonly<Record<string, Clause>>): string {
  let formatted = '';
  let index = 0;
  let from = 0;
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', from)) {
    formatted += text.slice(from, at);
    if (text[at + 1] === '%') {
      formatted += '%';
      from = at + 2;
      continue;
    }
    if (index >= values.size) throw new EvaluationError(`index ${index} out of range`);
    if (at + 1 >= text.length) throw new EvaluationError('unexpected end of string');
    const { clause, precision, end } = readClause(text, at + 1, writers);
    formatted += clause(values.at(index), precision);
    if (formatted.length > maximumLength) throw new EvaluationError('string is too long');
    index++;
    from = end;
  }
  return formatted + text.slice(from);
}

function readClause(text: string, at: number, writers: Readonly<Record<string, Clause>>): { clause: Clause; precision: number; end: number } {
  let precision = defaultPrecision;
  let end = at;
  if (text[at] === '.') {
    const digits = /^\d*/.exec(text.slice(at + 1, at + 20))?.[0] ?? '';
    end = at + 1 + digits.length;
    if (end >= text.length) throw unreadable('error while parsing precision: could not find end of precision specifier');
    if (digits === '') throw unreadable('error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax');
    precision = Number(digits);
  }
  const letter = text[end] ?? '';
  const clause = Object.hasOwn(writers, letter) ? writers[letter] : undefined;
  if (!clause) throw unreadable(`unrecognized formatting clause "${letter}"`);
  return { clause, precision, end: end + 1 };
}

const unreadable = (reason: string): EvaluationError => new EvaluationError(`could not parse formatting clause: ${reason}`);

/** The error of a value that a clause cannot write. */
export const misfit = (text: string, value: Value): EvaluationError => new EvaluationError(`error during formatting: ${text}, was given ${typeName(value)}`);

/** Doubles have no more digits than this behind the point. */
const maximumPrecision = 100;

const special = (value: number): string | undefined => {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? 'Infinity' : '-Infinity';
};

export function writeFixed(value: number, precision: number): string {
  const known = special(value);
  if (known !== undefined) return known;
  const digits = Math.min(precision, maximumPrecision);
  const text = Math.abs(value) < 1e21 ? halfToEven(value, digits) : `${BigInt(value)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`;
  return precision > digits ? text.padEnd(text.length + Math.min(precision - digits, 1_000), '0') : text;
}

/** `toFixed`, but for values that are exactly in the middle: Go takes the even neighbour. */
function halfToEven(value: number, digits: number): string {
  const text = value.toFixed(digits);
  if (digits > 50) return text;
  const exact = value.toFixed(100);
  const rest = exact.slice(exact.indexOf('.') + 1 + digits);
  if (!/^50*$/.test(rest)) return text;
  const cut = exact.slice(0, exact.indexOf('.') + (digits > 0 ? 1 + digits : 0));
  return Number(cut.at(-1)) % 2 === 0 ? cut : text;
}

export function writeScientific(value: number, precision: number): string {
  const known = special(value);
  if (known !== undefined) return known;
  const [mantissa = '', exponent = '+0'] = value.toExponential(Math.min(precision, maximumPrecision)).split('e');
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

const numberIn = (value: Value): number | undefined => {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  return value instanceof Double || value instanceof Uint ? Number(value.value) : undefined;
};

const integerIn = (value: Value): bigint | undefined => {
  if (typeof value === 'number' || typeof value === 'bigint') return BigInt(value);
  return value instanceof Uint ? value.value : undefined;
};

function writeDecimal(value: Value): string {
  if (value instanceof Double) return special(value.value) ?? formatPlain(value.value);
  const integer = integerIn(value);
  if (integer === undefined) throw misfit('decimal clause can only be used on ints, uints, and doubles', value);
  return String(integer);
}

function onNumber(name: string, write: (value: number, precision: number) => string): Clause {
  return (value, precision) => {
    const number = numberIn(value);
    if (number === undefined) throw misfit(`${name} clause can only be used on ints, uints, and doubles`, value);
    return write(number, precision);
  };
}

function writeBinary(value: Value): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  const integer = integerIn(value);
  if (integer === undefined) throw misfit('only ints, uints, and bools can be formatted as binary', value);
  return integer.toString(2);
}

function writeOctal(value: Value): string {
  const integer = integerIn(value);
  if (integer === undefined) throw misfit('octal clause can only be used on ints and uints', value);
  return integer.toString(8);
}

function writeHexadecimal(value: Value): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  const integer = integerIn(value);
  if (integer === undefined) throw misfit('only ints, uints, bytes, and strings can be formatted as hex', value);
  return integer.toString(16);
}

/** Values that share parts may be far longer than the memory they take. */
function writeString(value: Value): string {
  const writer = { length: 0 };
  return writePart(value, writer, 0);
}

const maximumDepth = 500;

function writePart(value: Value, written: { length: number }, depth: number): string {
  if (depth > maximumDepth || written.length > maximumLength) throw new EvaluationError('string is too long');
  const text = writePlain(value) ?? writeParts(value, written, depth);
  written.length += text.length;
  return text;
}

function writePlain(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Double) return special(value.value) ?? formatPlain(value.value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  return value instanceof TypeValue ? value.type.name : undefined;
}

function writeParts(value: Value, written: { length: number }, depth: number): string {
  if (value instanceof List)
    return `[${value
      .values()
      .map((item) => writePart(item, written, depth + 1))
      .join(', ')}]`;
  if (value instanceof MapValue) {
    const entries = [...value.entries()].map(([key, item]) => [writePart(key, written, depth + 1), writePart(item, written, depth + 1)] as const);
    entries.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
    return `{${entries.map(([key, item]) => `${key}: ${item}`).join(', ')}}`;
  }
  throw misfit('string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps', value);
}

const clauses: Readonly<Record<string, Clause>> = {
  s: writeString,
  d: writeDecimal,
  f: onNumber('fixed-point', writeFixed),
  e: onNumber('scientific', writeScientific),
  b: writeBinary,
  o: writeOctal,
  x: writeHexadecimal,
  X: (value) => writeHexadecimal(value).toUpperCase(),
};
