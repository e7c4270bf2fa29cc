import type { ReverseWriter } from './reverse-writer.ts';

/** Writes one value that is no message of the table, with its tag; undefined and null stand for the zero value. Codes: scripts/generate/protobuf-fields.ts. */
export function writeScalar(writer: ReverseWriter, number: number, code: string, value: unknown): void {
  switch (code) {
    case 's':
      return writer.string(number, text(value));
    case 'b':
      return writer.integer(number, value === true ? 1 : 0);
    case 'i':
      return writer.integer(number, typeof value === 'number' ? Math.trunc(value) : 0);
    case 'd':
      return writer.double(number, typeof value === 'number' ? value : 0);
    case 'y':
      return writer.bytes(number, Buffer.from(text(value), 'base64'));
    default: {
      const before = writer.length;
      writeSpecial(writer, code, value);
      writer.delimit(number, before);
    }
  }
}

/** The content of types with a JSON form of their own. */
function writeSpecial(writer: ReverseWriter, code: string, value: unknown): void {
  switch (code) {
    case 'q':
      return writer.string(1, value === undefined || value === null ? '0' : text(value));
    case 'x':
      return writeIntOrString(writer, value);
    case 't':
    case 'u':
      if (typeof value === 'string') writeTime(writer, value, code === 'u');
      return;
    default:
      // Raw JSON: RawExtension, FieldsV1, apiextensions' JSON. null is no value there.
      if (value !== undefined && value !== null) writer.string(1, JSON.stringify(value));
  }
}

/** The schema has checked types; a number where text belongs (a quantity) is written as JSON would. */
const text = (value: unknown): string => (typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value as number));

/** Type 1 (0 integer, 1 text), integer 2, text 3; all of them always. */
function writeIntOrString(writer: ReverseWriter, value: unknown): void {
  const isText = typeof value === 'string';
  writer.string(3, isText ? value : '');
  writer.integer(2, typeof value === 'number' ? value : 0);
  writer.integer(1, isText ? 1 : 0);
}

/** Seconds 1, nanoseconds 2 (none, or whole microseconds). A time that cannot be read is the zero time: an empty message. */
function writeTime(writer: ReverseWriter, value: string, isMicro: boolean): void {
  const seconds = Math.floor(Date.parse(value) / 1_000);
  if (Number.isNaN(seconds) || seconds === zeroTimeSeconds) return;
  writer.integer(2, isMicro ? Number((/\.(\d{1,6})/.exec(value)?.[1] ?? '').padEnd(6, '0')) * 1_000 : 0);
  writer.integer(1, seconds);
}

/** Go's zero time: the beginning of the year 1. */
const zeroTimeSeconds = -62_135_596_800;
