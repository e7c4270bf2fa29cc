import { parseGroupVersion } from '../../../api/resource-type.ts';
import { ApiError, badRequest } from '../../../api/status.ts';
import { decodeMessage } from './decode-message.ts';
import { magic } from './envelope.ts';
import { MessageReader } from './message-reader.ts';
import { messageOfKind } from './message-table.ts';

/** A kind as an object names it. */
export interface NamedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Bytes that name their kind but cannot be read as it: upstream words such refusals with that kind. */
export class UndecodableKind extends ApiError {
  readonly apiVersion: string;
  readonly kind: string;

  constructor({ apiVersion, kind }: NamedKind, why: string) {
    super(400, 'BadRequest', why);
    this.apiVersion = apiVersion;
    this.kind = kind;
  }
}

/** Reads a protobuf document of a built-in kind into its JSON form; `otherwise` is its kind when it names none. Throws ApiError 400. */
export function decodeProtobuf(bytes: Buffer, otherwise?: NamedKind): Record<string, unknown> {
  if (bytes.length === 0) throw badRequest('empty data');
  if (!bytes.subarray(0, magic.length).equals(magic))
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  if (bytes.length === magic.length) throw badRequest('empty body');
  const envelope = readEnvelope(new MessageReader(bytes.subarray(magic.length)), bytes.length - magic.length);
  const type = { apiVersion: envelope.apiVersion || (otherwise?.apiVersion ?? ''), kind: envelope.kind || (otherwise?.kind ?? '') };
  const { group, version } = parseGroupVersion(type.apiVersion);
  const message = messageOfKind(group, version, type.kind);
  if (message === undefined)
    throw new UndecodableKind(type, `no kind ${JSON.stringify(type.kind)} is registered for version ${JSON.stringify(type.apiVersion)}`);
  try {
    const fields = decodeMessage(message, new MessageReader(envelope.raw), envelope.raw.length);
    return { apiVersion: type.apiVersion, kind: type.kind, ...(fields as Record<string, unknown>) };
  } catch (error) {
    throw error instanceof ApiError ? new UndecodableKind(type, error.message) : error;
  }
}

interface Envelope extends NamedKind {
  readonly raw: Buffer;
}

const typeTag = (1 << 3) | 2;
const rawTag = (2 << 3) | 2;

/** Unknown: type 1 (apiVersion 1, kind 2), raw 2. */
function readEnvelope(reader: MessageReader, end: number): Envelope {
  let type: NamedKind = { apiVersion: '', kind: '' };
  let raw: Buffer = Buffer.alloc(0);
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === rawTag) raw = reader.bytes(end);
    else if (tag === typeTag) type = readType(reader, reader.enter(end));
    else reader.skip(tag & 7, end);
  }
  return { ...type, raw };
}

function readType(reader: MessageReader, end: number): NamedKind {
  let apiVersion = '';
  let kind = '';
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === typeTag) apiVersion = reader.string(end);
    else if (tag === rawTag) kind = reader.string(end);
    else reader.skip(tag & 7, end);
  }
  return { apiVersion, kind };
}
