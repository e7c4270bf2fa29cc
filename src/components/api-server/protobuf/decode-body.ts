import { parseGroupVersion } from '../../../api/resource-type.ts';
import { ApiError, badRequest } from '../../../api/status.ts';
import { decodeMessage } from './decode-message.ts';
import { messageOfKind } from './message-table.ts';

export const protobufMediaType = 'application/vnd.kubernetes.protobuf';

/** Every protobuf body starts with these bytes; an `Unknown` message follows. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/** Reads a protobuf body of a built-in kind into its JSON form (typed Go clients send these). Answers are JSON all the same. Throws ApiError 400. */
export async function decodeProtobuf(bytes: Buffer): Promise<unknown> {
  if (!bytes.subarray(0, magic.length).equals(magic))
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  const { BinaryReader } = await import('@bufbuild/protobuf/wire');
  try {
    const { apiVersion, kind, raw } = readEnvelope(new BinaryReader(bytes.subarray(magic.length)), (inner) => new BinaryReader(inner));
    const { group, version } = parseGroupVersion(apiVersion);
    const message = messageOfKind(group, version, kind);
    if (message === undefined) throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in protobuf form`);
    const fields = decodeMessage(message, raw, { newReader: (inner) => new BinaryReader(inner), depth: 0 });
    return { apiVersion, kind, ...(fields as Record<string, unknown>) };
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw Object.assign(badRequest(`the protobuf body cannot be read: ${error instanceof Error ? error.message : String(error)}`), { cause: error });
  }
}

type Reader = InstanceType<typeof import('@bufbuild/protobuf/wire')['BinaryReader']>;

/** Unknown: type 1 (apiVersion 1, kind 2), raw 2. */
function readEnvelope(reader: Reader, newReader: (bytes: Uint8Array) => Reader): { apiVersion: string; kind: string; raw: Uint8Array } {
  const envelope: { apiVersion: string; kind: string; raw: Uint8Array } = { apiVersion: '', kind: '', raw: new Uint8Array() };
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === 2 && wireType === 2) envelope.raw = reader.bytes();
    else if (number !== 1 || wireType !== 2) reader.skip(wireType, number);
    else {
      const type = newReader(reader.bytes());
      while (type.pos < type.len) {
        const [field, fieldType] = type.tag();
        if (field === 1) envelope.apiVersion = type.string();
        else if (field === 2) envelope.kind = type.string();
        else type.skip(fieldType, field);
      }
    }
  }
  return envelope;
}
