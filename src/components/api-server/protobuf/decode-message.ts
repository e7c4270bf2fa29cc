import { parseJson, UnkeptNumber } from '../../../api/json.ts';
import { badRequest } from '../../../api/status.ts';
import { timeText } from '../../../kernel/clock.ts';
import type { MessageReader } from './message-reader.ts';
import { type FieldRow, fieldsOfMessage } from './message-table.ts';

type Fields = Record<string, unknown>;

const maximumDepth = 100;

/** What is being read: a part of the body that ends there, at a depth of messages. */
interface Part {
  readonly reader: MessageReader;
  readonly end: number;
  readonly depth: number;
}

/**
 * Reads the message that ends at `end` into the JSON form of its kind. Unknown fields are skipped. Throws ApiError 400 for bytes that are no such message.
 */
export function decodeMessage(message: string, reader: MessageReader, end: number, depth = 0): unknown {
  if (depth > maximumDepth) throw badRequest('exceeded max depth');
  const fields = fieldsOfMessage(message);
  const part: Part = { reader, end, depth: depth + 1 };
  const result: Fields = {};
  let whole: { value: unknown } | undefined;
  while (reader.position < end) {
    const tag = reader.tag(end);
    const wireType = tag & 7;
    const row = fields.get(tag >>> 3);
    if (!row) {
      reader.skip(wireType, end);
      continue;
    }
    const [, name, code] = row;
    const isPacked = wireType === 2 && (code === '[i' || code === '[b');
    if (!isPacked && wireType !== wireTypeOf(code)) throw badRequest(`proto: wrong wireType = ${wireType} for field ${name}`);
    if (isPacked) store(result, row, packed(result[name], code, part));
    else if (name === '') Object.assign(result, readValue(code, part));
    else if (name === '*' || name === '|') whole = { value: accumulate(whole?.value, code, part) };
    else store(result, row, accumulate(result[name], code, part));
  }
  if (whole) return whole.value;
  return fields.values().next().value?.[1] === '*' ? [] : result;
}

function wireTypeOf(code: string): number {
  const item = code.startsWith('[') ? code.slice(1) : code;
  return item === 'b' || item === 'i' ? 0 : item === 'd' ? 1 : 2;
}

function store(result: Fields, [, name, , presence]: FieldRow, value: unknown): void {
  if (value === undefined || (presence === 1 && isZero(value))) return;
  result[name] = value;
}

/** Go's zero value of a field that is no pointer. Structs show even when they are empty. */
const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false;

/** Integers or booleans in one field instead of one each: what other writers than Go's make of a list. */
function packed(before: unknown, code: string, { reader, end }: Part): unknown[] {
  const list = Array.isArray(before) ? (before as unknown[]) : [];
  const stop = reader.enter(end);
  while (reader.position < stop) list.push(code === '[b' ? reader.integer(stop) !== 0 : reader.integer(stop));
  return list;
}

/** Lists and maps grow with each occurrence of their field; other fields take the last. */
function accumulate(before: unknown, code: string, part: Part): unknown {
  if (code.startsWith('[')) {
    const list = Array.isArray(before) ? (before as unknown[]) : [];
    list.push(readValue(code.slice(1), part) ?? null);
    return list;
  }
  if (!code.startsWith('{')) return readValue(code, part);
  const map = (before ?? {}) as Fields;
  const { key, value } = readEntry(code.slice(1), part);
  if (key === '__proto__') Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  else map[key] = value;
  return map;
}

/** One entry of a map: key 1, value 2. */
function readEntry(code: string, { reader, end, depth }: Part): { key: string; value: unknown } {
  const stop = reader.enter(end);
  const entry: Part = { reader, end: stop, depth };
  let key = '';
  let value: unknown;
  while (reader.position < stop) {
    const tag = reader.tag(stop);
    if (tag === keyTag) key = reader.string(stop);
    else if (tag === valueTag) value = accumulate(undefined, code, entry);
    else reader.skip(tag & 7, stop);
  }
  return { key, value: value ?? zeroOf(code, reader) };
}

const keyTag = (1 << 3) | 2;
const valueTag = (2 << 3) | 2;

/** What a map entry without a value holds. */
function zeroOf(code: string, reader: MessageReader): unknown {
  if (code === 's' || code === 'y') return '';
  if (code === 'q') return '0';
  return code.startsWith('m') ? decodeMessage(code.slice(1), reader, reader.position) : null;
}

function readValue(code: string, { reader, end, depth }: Part): unknown {
  switch (code) {
    case 's':
      return reader.string(end);
    case 'b':
      return reader.integer(end) !== 0;
    case 'i':
      return reader.integer(end);
    case 'd':
      return reader.double(end);
    case 'y':
      return reader.bytes(end).toString('base64');
    case 'q':
      return smallMessage(reader, end).texts[1] || '0';
    case 'x':
      return intOrString(reader, end);
    case 'r':
    case 'f':
      return rawJson(smallMessage(reader, end).texts[1]);
    case 't':
    case 'u':
      return time(smallMessage(reader, end).numbers, code === 'u');
    default:
      return decodeMessage(code.slice(1), reader, reader.enter(end), depth);
  }
}

/** The fields of a message with a JSON form of its own, by number. */
interface SmallMessage {
  readonly numbers: (number | undefined)[];
  readonly texts: (string | undefined)[];
}

function smallMessage(reader: MessageReader, end: number): SmallMessage {
  const stop = reader.enter(end);
  const found: SmallMessage = { numbers: [], texts: [] };
  while (reader.position < stop) {
    const tag = reader.tag(stop);
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (number > largestSmallField || (wireType !== 0 && wireType !== 2)) reader.skip(wireType, stop);
    else if (wireType === 0) found.numbers[number] = reader.integer(stop);
    else found.texts[number] = reader.string(stop);
  }
  return found;
}

const largestSmallField = 3;

/** Type 1 (0 integer, 1 text), integer 2, text 3. */
function intOrString(reader: MessageReader, end: number): number | string {
  const { numbers, texts } = smallMessage(reader, end);
  return numbers[1] === 1 ? (texts[3] ?? '') : (numbers[2] ?? 0);
}

function rawJson(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  try {
    return parseJson(text).value;
  } catch (cause) {
    if (cause instanceof UnkeptNumber) throw cause;
    throw Object.assign(badRequest('a raw field of the protobuf body is not valid JSON'), { cause });
  }
}

/** Seconds 1, nanoseconds 2. An empty message is the zero time: absent. */
function time([, seconds, nanoseconds = 0]: readonly (number | undefined)[], isMicro: boolean): string | undefined {
  if (seconds === undefined || Math.abs(seconds) > 8.64e12) return undefined;
  if (!isMicro) return timeText(seconds * 1_000);
  const micros = Math.trunc(nanoseconds / 1_000);
  return timeText(seconds * 1_000).replace(/Z$/, `.${String(micros).padStart(6, '0')}Z`);
}
