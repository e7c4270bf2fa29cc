import type { BinaryReader } from '@bufbuild/protobuf/wire';
import { badRequest } from '../../../api/status.ts';
import { timeText } from '../../../kernel/clock.ts';
import { type FieldRow, fieldsOfMessage } from './message-table.ts';
import { isAbsent } from './zero-values.ts';

type Fields = Record<string, unknown>;
type NewReader = (bytes: Uint8Array) => BinaryReader;

const maximumDepth = 100;

/** What a decoding pass needs. The protobuf library is loaded by the caller, when first needed. */
export interface MessageDecoding {
  readonly newReader: NewReader;
  readonly depth: number;
}

/** Reads a message into the JSON form of its kind. Unknown fields are skipped. Throws ApiError 400 for bytes that are no such message. */
export function decodeMessage(message: string, bytes: Uint8Array, { newReader, depth }: MessageDecoding): unknown {
  if (depth > maximumDepth) throw badRequest('exceeded max depth');
  const fields = fieldsOfMessage(message);
  const inner: MessageDecoding = { newReader, depth: depth + 1 };
  const reader = newReader(bytes);
  const result: Fields = {};
  let whole: { value: unknown } | undefined;
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const row = fields.get(number);
    if (!row) {
      reader.skip(wireType, number);
      continue;
    }
    const [, name, code] = row;
    if (name === '') Object.assign(result, readValue(reader, code, inner));
    else if (name === '*' || name === '|') whole = { value: accumulate(whole?.value, code, reader, inner) };
    else store(result, row, { message, value: accumulate(result[name], code, reader, inner) });
  }
  if (whole) return whole.value;
  return fields.values().next().value?.[1] === '*' ? [] : result;
}

function store(result: Fields, row: FieldRow, { message, value }: { message: string; value: unknown }): void {
  if (isAbsent(message, row, value)) return;
  result[row[1]] = value;
}

/** Lists and maps grow with each occurrence of their field; other fields take the last. */
function accumulate(before: unknown, code: string, reader: BinaryReader, decoding: MessageDecoding): unknown {
  if (code.startsWith('[')) {
    const list = Array.isArray(before) ? (before as unknown[]) : [];
    list.push(readValue(reader, code.slice(1), decoding));
    return list;
  }
  if (!code.startsWith('{')) return readValue(reader, code, decoding);
  const map = (before ?? {}) as Fields;
  const entry = decoding.newReader(reader.bytes());
  let key = '';
  let value: unknown = code === '{s' ? '' : undefined;
  while (entry.pos < entry.len) {
    const [number, wireType] = entry.tag();
    if (number === 1) key = entry.string();
    else if (number === 2) value = accumulate(undefined, code.slice(1), entry, decoding);
    else entry.skip(wireType, number);
  }
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  return map;
}

function readValue(reader: BinaryReader, code: string, decoding: MessageDecoding): unknown {
  switch (code) {
    case 's':
      return reader.string();
    case 'b':
      return reader.bool();
    case 'i':
      return Number(reader.int64());
    case 'd':
      return reader.double();
    case 'y':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'q':
      return textField(reader.bytes(), 1, decoding) ?? '0';
    case 'x':
      return intOrString(reader.bytes(), decoding);
    case 'r':
    case 'f':
      return rawJson(reader.bytes(), decoding);
    case 't':
    case 'u':
      return time(reader.bytes(), code === 'u', decoding);
    default:
      return decodeMessage(code.slice(1), reader.bytes(), decoding);
  }
}

/** The fields of a small message as they come: varints as numbers, the rest as bytes. */
function smallMessage(bytes: Uint8Array, { newReader }: MessageDecoding): Map<number, number | Uint8Array> {
  const reader = newReader(bytes);
  const found = new Map<number, number | Uint8Array>();
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType === 0) found.set(number, Number(reader.int64()));
    else if (wireType === 2) found.set(number, reader.bytes());
    else reader.skip(wireType, number);
  }
  return found;
}

function textField(bytes: Uint8Array, number: number, decoding: MessageDecoding): string | undefined {
  const value = smallMessage(bytes, decoding).get(number);
  return value instanceof Uint8Array ? Buffer.from(value).toString() : undefined;
}

/** Type 1 (0 integer, 1 text), integer 2, text 3. */
function intOrString(bytes: Uint8Array, decoding: MessageDecoding): number | string {
  const fields = smallMessage(bytes, decoding);
  if (fields.get(1) !== 1) return (fields.get(2) as number | undefined) ?? 0;
  const text = fields.get(3);
  return text instanceof Uint8Array ? Buffer.from(text).toString() : '';
}

function rawJson(bytes: Uint8Array, decoding: MessageDecoding): unknown {
  const text = textField(bytes, 1, decoding);
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw Object.assign(badRequest('a raw field of the protobuf body is not valid JSON'), { cause });
  }
}

/** Seconds 1, nanoseconds 2. An empty message is the zero time: absent. */
function time(bytes: Uint8Array, isMicro: boolean, decoding: MessageDecoding): string | undefined {
  const fields = smallMessage(bytes, decoding);
  const seconds = fields.get(1);
  if (typeof seconds !== 'number' || Math.abs(seconds) > 8.64e12) return undefined;
  if (!isMicro) return timeText(seconds * 1_000);
  const micros = Math.trunc(((fields.get(2) as number | undefined) ?? 0) / 1_000);
  return timeText(seconds * 1_000).replace(/Z$/, `.${String(micros).padStart(6, '0')}Z`);
}
