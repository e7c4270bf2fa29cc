import { messageEncoder } from './encode-message.ts';
import { messageOf } from './message-table.ts';
import { ReverseWriter } from './reverse-writer.ts';

export const protobufMediaType = 'application/vnd.kubernetes.protobuf';

/** Every protobuf document starts with these bytes; an `Unknown` message follows: type 1 (apiVersion 1, kind 2), raw 2, content encoding 3, content type 4. */
export const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

interface TypeName {
  readonly apiVersion: string;
  readonly kind: string;
}

/** One memory for all encoding: each result is copied out in its exact size. */
const shared = new ReverseWriter(64 * 1_024);

/** Runs `write` and hands out what it put down. An encoding that fails leaves nothing behind. */
export function encoded(write: (writer: ReverseWriter) => void): Buffer {
  const before = shared.length;
  try {
    write(shared);
  } catch (error) {
    shared.take(before);
    throw error;
  }
  return shared.take(before);
}

/** A whole document of an object that names its kind. Undefined when that kind has no protobuf form. */
export function encodeDocument(value: object): Buffer | undefined {
  const { apiVersion = '', kind = '' } = value as Partial<TypeName>;
  const message = messageOf({ apiVersion, kind });
  if (message === undefined) return undefined;
  return encoded((writer) => {
    writer.raw(contentFields);
    const before = writer.length;
    messageEncoder(message).write(writer, value);
    writer.delimit(2, before);
    writeHead(writer, { apiVersion, kind });
  });
}

/** What ends a document: content encoding and content type are there, and empty. */
export const contentFields = Buffer.from([0x1a, 0, 0x22, 0]);

/** What begins a document, before its `raw`. */
export const documentHead = (type: TypeName): Buffer => encoded((writer) => writeHead(writer, type));

function writeHead(writer: ReverseWriter, { apiVersion, kind }: TypeName): void {
  const before = writer.length;
  writer.string(2, kind);
  writer.string(1, apiVersion);
  writer.delimit(1, before);
  writer.raw(magic);
}
