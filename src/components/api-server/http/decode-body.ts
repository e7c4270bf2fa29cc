import { parseJson } from '../../../api/json.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import { ApiError, badRequest, unsupportedMediaType } from '../../../api/status.ts';
import { parseYaml } from '../../../api/yaml.ts';
import type { RequestContext } from '../operations/context.ts';
import { cannotBeHandled, shapeObject } from '../operations/shape-object.ts';
import { decodeProtobuf, protobufMediaType } from '../protobuf/decode-body.ts';
import type { ServedResource } from '../resource-index.ts';
import type { Exchange } from './exchange.ts';
import { readBody } from './read-body.ts';

/** Deeper bodies are refused: every pass over an object recurses. */
const maximumDepth = 500;

export interface Body {
  readonly bytes: Buffer;
  /** The Content-Type header; absent counts as JSON. */
  readonly contentType: string | undefined;
  /** Protobuf bodies are decoded as they arrive. */
  readonly decoded?: unknown;
}

const acceptedTypes = ['application/json', 'application/yaml', protobufMediaType];

/** Reads the body of a request. Throws ApiError 413 past the bound, 400 for protobuf that cannot be read. */
export async function receiveBody(exchange: Exchange, limitBytes: number): Promise<Body> {
  const bytes = await readBody(exchange, limitBytes);
  const contentType = exchange.header('content-type');
  if (!contentType?.startsWith(protobufMediaType) || bytes.length === 0) return { bytes, contentType };
  return { bytes, contentType, decoded: await decodeProtobuf(bytes) };
}

export interface DecodedValue {
  readonly value: unknown;
  /** `duplicate field "spec.foo"`, one per field. */
  readonly strict: readonly string[];
}

/** Parses JSON or YAML by content type. Throws ApiError 400 for what is neither, 415 for other types and character sets. */
export function decodeValue({ bytes, contentType, decoded }: Body, findDuplicates = false): DecodedValue {
  if (decoded !== undefined) return { value: decoded, strict: [] };
  const { type, charset } = mediaType(contentType);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') throw unsupportedMediaType(acceptedTypes);
  if (type === 'application/yaml') {
    const { value, duplicateFields } = parseYaml(bytes.toString());
    requireShallow(value, 0);
    return { value, strict: duplicates(duplicateFields) };
  }
  if (type !== 'application/json' && type !== '*/*') throw unsupportedMediaType(acceptedTypes);
  const { value, duplicateFields } = parseJson(bytes, { maxDepth: maximumDepth, findDuplicates });
  return { value, strict: duplicates(duplicateFields) };
}

const duplicates = (fields: readonly string[]): string[] => fields.map((field) => `duplicate field ${JSON.stringify(field)}`);

/** Splits `application/json; charset=utf-8`. */
export function mediaType(contentType: string | undefined): { type: string; charset: string | undefined } {
  if (contentType === undefined || contentType === '' || contentType === 'application/json') return { type: 'application/json', charset: undefined };
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  return {
    type,
    charset: parameters
      .find((parameter) => parameter.startsWith('charset='))
      ?.slice('charset='.length)
      .replaceAll('"', ''),
  };
}

function requireShallow(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > maximumDepth) throw badRequest('exceeded max depth');
  for (const inner of Object.values(value)) requireShallow(inner, depth + 1);
}

/** Decodes a whole object of a served kind, checked against its schema and defaulted. Throws ApiError 400 as upstream words it. */
export function decodeObject(
  served: ServedResource,
  body: Body,
  how: { fieldValidation: 'Strict' | 'Warn' | 'Ignore'; context: RequestContext },
): UntypedObject {
  const { value, strict: repeated } = decodeOrExplain(served, body, how.fieldValidation !== 'Ignore');
  const draft = requireObject(served, value, body.bytes);
  checkKind(served, draft);
  const strict = [...repeated, ...shapeObject(served, draft)];
  reportStrict(served, strict, how);
  return draft;
}

/** Refuses or warns about what strict decoding found, as the client chose. */
export function reportStrict(
  kind: { kind: string; version: string },
  strict: readonly string[],
  { fieldValidation, context }: { fieldValidation: string; context: RequestContext },
): void {
  if (strict.length === 0 || fieldValidation === 'Ignore') return;
  if (fieldValidation === 'Strict') throw cannotBeHandled(kind, `strict decoding error: ${strict.join(', ')}`);
  strict.forEach((text) => context.warn(text));
}

function decodeOrExplain(served: ServedResource, body: Body, findDuplicates: boolean): DecodedValue {
  try {
    return decodeValue(body, findDuplicates);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 400) throw error;
    throw badRequest(`the object provided is unrecognized (must be of type ${served.kind}): ${error.message} (${summary(body.bytes)})`);
  }
}

/** The first bytes, as upstream shows them in hexadecimal. */
const summary = (bytes: Buffer): string => (bytes.length === 0 ? 'empty' : `${bytes.subarray(0, 30).toString('hex')}${bytes.length > 30 ? ' ...' : ''}`);

function requireObject(served: ServedResource, value: unknown, bytes: Buffer): UntypedObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as UntypedObject;
  throw badRequest(`the object provided is unrecognized (must be of type ${served.kind}): couldn't get version/kind; json parse error (${summary(bytes)})`);
}

/** apiVersion and kind may be left out, but not contradict the path. */
function checkKind(served: ServedResource, draft: UntypedObject): void {
  const { apiVersion, kind } = draft;
  if (apiVersion !== undefined && apiVersion !== '' && apiVersion !== served.apiVersion) {
    if (typeof apiVersion === 'string' && kind === served.kind) {
      throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${served.apiVersion})`);
    }
    throw badRequest(
      `${String(kind)} in version ${JSON.stringify(String(apiVersion).split('/').at(-1))} cannot be handled as a ${served.kind}: no kind "${String(kind)}" is registered for ${served.resource} in ${groupVersion(served)}`,
    );
  }
  if (kind !== undefined && kind !== '' && kind !== served.kind) {
    throw badRequest(`${String(kind)} in version ${JSON.stringify(served.version)} cannot be handled as a ${served.kind}: the resource is of another kind`);
  }
  draft.apiVersion = served.apiVersion;
  draft.kind = served.kind;
}
