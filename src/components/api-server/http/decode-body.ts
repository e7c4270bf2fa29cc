import { parseJson, UnkeptNumber } from '../../../api/json.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { parseGroupVersion } from '../../../api/resource-type.ts';
import { ApiError, badRequest, fieldError, invalid, unsupportedMediaType } from '../../../api/status.ts';
import { parseYaml } from '../../../api/yaml.ts';
import type { RequestContext } from '../operations/context.ts';
import { cannotBeHandled, shapeObject } from '../operations/shape-object.ts';
import { decodeProtobuf, UndecodableKind } from '../protobuf/decode-body.ts';
import { messageOfKind } from '../protobuf/message-table.ts';
import type { ServedResource } from '../resource-index.ts';
import { requestTurns } from '../turns.ts';
import type { Exchange } from './exchange.ts';
import { mediaTypes } from './negotiate.ts';
import { readBody } from './read-body.ts';

/** Deeper bodies are refused: every pass over an object recurses. */
const maximumDepth = 500;

/** Bodies that hold more are refused, see `maxWeight` of `parseJson`: some 57,000 fields. Upstream's store refuses objects of 1.5 MiB, which hold fewer with their record of managers. */
export const maximumWeight = 800_000;

/** Longer bodies get a turn of their own. */
const longBytes = 65_536;

export interface Body {
  readonly bytes: Buffer;
  /** The Content-Type header; absent counts as JSON. */
  readonly contentType: string | undefined;
}

const acceptedTypes = Object.values(mediaTypes);
const acceptedCustomTypes = [mediaTypes.json, mediaTypes.yaml];

/** Reads the body of a request. Throws ApiError 413 past the bound. */
export async function receiveBody(exchange: Exchange, limitBytes: number): Promise<Body> {
  return { bytes: await readBody(exchange, limitBytes), contentType: exchange.header('content-type') };
}

export interface DecodedValue {
  readonly value: unknown;
  /** `duplicate field "spec.foo"`, one per field; of YAML one text about all keys. */
  readonly strict: readonly string[];
}

/** Parses JSON, YAML or protobuf by content type; `otherwise` is the kind of a protobuf body that names none. Throws ApiError 400 for what is none of these, 415 for other types. */
export function decodeValue({ bytes, contentType }: Body, findDuplicates = false, otherwise?: { apiVersion: string; kind: string }): DecodedValue {
  switch (mediaType(contentType).type) {
    case mediaTypes.yaml: {
      const { value, duplicateMessage } = parseYaml(bytes.toString(), { maxWeight: maximumWeight });
      requireShallow(value, 0);
      return { value, strict: duplicateMessage === undefined ? [] : [duplicateMessage] };
    }
    case mediaTypes.json:
      return decodeJson(bytes, findDuplicates);
    case mediaTypes.protobuf:
      return { value: decodeProtobuf(bytes, otherwise), strict: [] };
    default:
      throw unsupportedMediaType(acceptedTypes);
  }
}

/** Parses JSON. Throws ApiError 400, 413. */
export function decodeJson(source: Buffer | string, findDuplicates: boolean): DecodedValue {
  const { value, duplicateFields } = parseJson(source, { maxDepth: maximumDepth, findDuplicates, maxWeight: maximumWeight });
  return { value, strict: duplicateFields.map((field) => `duplicate field ${JSON.stringify(field)}`) };
}

/** Parses a configuration to apply: YAML, and so JSON. Throws ApiError 400, 413. */
export function decodeConfiguration(bytes: Buffer): DecodedValue {
  try {
    const { value, strict } = decodeValue({ bytes, contentType: mediaTypes.yaml });
    return { value, strict: strict.map((text) => `error converting YAML to JSON: ${text}`) };
  } catch (error) {
    throw error instanceof ApiError && error.code === 400 ? badRequest(`error decoding YAML: ${error.message}`) : error;
  }
}

/** The type of `application/json; charset=utf-8`, in lower case; JSON when there is none. Parameters count for nothing, as upstream has it. */
export function mediaType(contentType: string | undefined): { readonly type: string } {
  if (contentType === undefined || contentType === '' || contentType === mediaTypes.json) return { type: mediaTypes.json };
  return { type: contentType.split(';', 1)[0]!.trim().toLowerCase() };
}

function requireShallow(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > maximumDepth) throw badRequest('exceeded max depth');
  // No list of the values is made: there may be very many.
  for (const name in value) {
    const inner: unknown = (value as Readonly<Record<string, unknown>>)[name];
    if (typeof inner === 'object') requireShallow(inner, depth + 1);
  }
}

/** What is to become of what strict decoding objects to. */
export interface Strictness {
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  readonly context: RequestContext;
}

/** Decodes a whole object of a served kind, checked against its schema and defaulted. Throws ApiError 400 as upstream words it, 415 for protobuf of a custom resource. */
export async function decodeObject(served: ServedResource, body: Body, how: Strictness): Promise<UntypedObject> {
  if (served.isCustom && mediaType(body.contentType).type === mediaTypes.protobuf) throw unsupportedMediaType(acceptedCustomTypes);
  const turn = turnFor(body.bytes);
  if (turn) await turn;
  const decoded = decodeOrExplain(served, body, how.fieldValidation !== 'Ignore');
  return (await shapeDecoded(served, body, { decoded, how })).draft;
}

/** The rest of it, for a body that has been parsed. `isClean`: strict decoding had nothing to object to. */
export async function shapeDecoded(
  served: ServedResource,
  body: Body,
  { decoded, how }: { decoded: DecodedValue; how: Strictness },
): Promise<{ draft: UntypedObject; isClean: boolean }> {
  const draft = requireObject(served, decoded.value, body.bytes);
  checkKind(served, draft, body);
  const pause = requestTurns.breathe();
  if (pause) await pause;
  const strict = [...decoded.strict, ...shapeObject(served, draft)];
  reportStrict(served, strict, how);
  return { draft, isClean: strict.length === 0 };
}

/** A long body's turn of the event loop; undefined for others, which are read at once. */
export const turnFor = (bytes: Buffer): Promise<void> | undefined => (bytes.length > longBytes ? requestTurns.next() : requestTurns.breathe());

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

/** Decodes a body and says of one that cannot be read what kind it should have been. */
export function decodeOrExplain(expected: { apiVersion: string; kind: string }, body: Body, findDuplicates: boolean): DecodedValue {
  try {
    return decodeValue(body, findDuplicates, expected);
  } catch (error) {
    if (error instanceof UndecodableKind) throw notOfKind(expected, error, error.message);
    if (!(error instanceof ApiError) || error.code !== 400) throw error;
    if (error instanceof UnkeptNumber) throw cannotBeHandled({ ...expected, version: parseGroupVersion(expected.apiVersion).version }, error.message);
    throw badRequest(`the object provided is unrecognized (must be of type ${expected.kind}): ${problemOf(body, error)} (${summary(body.bytes)})`);
  }
}

/** Decodes options, of which refusals say no more than what is wrong. */
export function decodeOptions(expected: { apiVersion: string; kind: string }, body: Body): unknown {
  try {
    return decodeValue(body, false, expected).value;
  } catch (error) {
    throw error instanceof ApiError && error.code === 400 ? badRequest(problemOf(body, error)) : error;
  }
}

/** JSON is read for its kind first: upstream blames that. */
const problemOf = ({ contentType }: Body, { message }: Error): string =>
  mediaType(contentType).type === mediaTypes.json ? `${unreadableJson}${message}` : message;

const unreadableJson = "couldn't get version/kind; json parse error: ";

const summarizedBytes = 30;

/** The first bytes, as upstream shows them: an object as text, the rest in hexadecimal. */
function summary(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const text = bytes.subarray(0, summarizedBytes).toString(bytes[0] === 0x7b ? 'utf8' : 'hex');
  return bytes.length > summarizedBytes ? `${text} ...` : text;
}

/** Go's name of the type that the kind is read from first. */
const typeFields = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

function requireObject(served: ServedResource, value: unknown, bytes: Buffer): UntypedObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as UntypedObject;
  // null is an object without fields.
  if (value === null) return {} as UntypedObject;
  const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  const why = `${unreadableJson}json: cannot unmarshal ${type} into Go value of type ${typeFields}`;
  throw badRequest(`the object provided is unrecognized (must be of type ${served.kind}): ${why} (${summary(bytes)})`);
}

/** apiVersion and kind may be left out, but not contradict the path; custom resources need both. */
function checkKind(served: ServedResource, draft: UntypedObject, body: Body): void {
  if (served.isCustom) requireKind(served, draft, body);
  const apiVersion = draft.apiVersion || served.apiVersion;
  const kind = draft.kind || served.kind;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    const field = typeof apiVersion === 'string' ? 'kind' : 'apiVersion';
    const type = typeof (field === 'kind' ? kind : apiVersion);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${served.kind}): ${unreadableJson}json: cannot unmarshal ${type} into Go struct field .${field} of type string`,
    );
  }
  if (apiVersion !== served.apiVersion || kind !== served.kind) refuseKind(served, { apiVersion, kind }, nameOf(draft));
  draft.apiVersion = served.apiVersion;
  draft.kind = served.kind;
}

/** Upstream quotes the whole body; a large one would make a large answer and log line. */
const quotedBytes = 4_096;

function requireKind(served: ServedResource, draft: UntypedObject, { bytes, contentType }: Body): void {
  if (!draft.kind) {
    const whole = mediaType(contentType).type === mediaTypes.json ? bytes.toString('utf8', 0, quotedBytes + 4) : JSON.stringify(draft);
    const text = whole.length > quotedBytes ? `${whole.slice(0, quotedBytes)}...` : whole;
    throw badRequest(`the object provided is unrecognized (must be of type ${served.kind}): Object 'Kind' is missing in '${text}' (${summary(bytes)})`);
  }
  if (!draft.apiVersion) throw badRequest(`the API version in the data () does not match the expected API version (${served.apiVersion})`);
}

const nameOf = ({ metadata }: UntypedObject): string => {
  const name: unknown = typeof metadata === 'object' ? (metadata as UntypedObject['metadata'] | null)?.name : undefined;
  return typeof name === 'string' ? name : '';
};

function refuseKind(served: ServedResource, given: { apiVersion: string; kind: string }, name: string): never {
  const { apiVersion, kind } = given;
  const { group, version } = parseGroupVersion(apiVersion);
  if (!served.isCustom && messageOfKind(group, version, kind) === undefined && kind !== served.kind)
    throw notOfKind(served, given, `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  if (kind === served.kind || (served.isCustom && apiVersion !== served.apiVersion))
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${served.apiVersion})`);
  if (served.isCustom) throw invalid({ group: served.group, kind }, name, [fieldError.invalid('kind', kind, `must be ${served.kind}`)]);
  throw notOfKind(served, given, `converting (${goType(group, version, kind)}) to (${goType(served.group, '', served.kind)}): unknown conversion`);
}

/** `v1.Pod`, or `core.Pod` for the form without a version. */
const goType = (group: string, version: string, kind: string): string => `${version || group.split('.', 1)[0] || 'core'}.${kind}`;

const notOfKind = (expected: { kind: string }, { apiVersion, kind }: { apiVersion: string; kind: string }, why: string): ApiError =>
  badRequest(`${kind} in version ${JSON.stringify(parseGroupVersion(apiVersion).version)} cannot be handled as a ${expected.kind}: ${why}`);
