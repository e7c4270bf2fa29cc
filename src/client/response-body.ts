import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Status } from '../api/generated/meta-v1.ts';
import { ApiError } from '../api/status.ts';
import type { HttpResponse } from './http-transport.ts';
import { isTimeout } from './too-slow.ts';
import { type RefusedRequest, unexplainedRefusal } from './unexplained-refusal.ts';
import { UnreadableAnswer } from './unreadable-answer.ts';

const maximumBodyBytes = 256 * 1024 * 1024;
const maximumErrorBytes = 1024 * 1024;
/** Of a text that is no `Status` so much is repeated. */
const maximumTextCharacters = 2_048;
const maximumLineCharacters = 16 * 1024 * 1024;

/** The whole body as text. Throws `UnreadableAnswer` when it is longer than `limitBytes`. */
export async function readBody(body: Readable, limitBytes = maximumBodyBytes): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw new UnreadableAnswer(`the response is longer than ${limitBytes} bytes; ask for less (limit, selectors)`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Parses one JSON value per line as they arrive. Reads ahead no more than the stream does; a line may have 16 MiB. */
export async function* jsonLines<T>(body: Readable): AsyncIterable<T> {
  const decoder = new StringDecoder('utf8');
  let rest: string[] = []; // pieces of an unfinished line, joined once
  let restLength = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const lines = decoder.write(chunk).split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      const text = rest.length === 0 ? line : rest.join('') + line;
      rest = [];
      restLength = 0;
      if (text.trim() !== '') yield JSON.parse(text) as T;
    }
    restLength += last.length;
    if (restLength > maximumLineCharacters) throw new Error('a watch event is longer than 16 MiB');
    if (last !== '') rest.push(last);
  }
  const text = rest.join('') + decoder.end();
  if (text.trim() !== '') yield JSON.parse(text) as T;
}

/** The JSON object that is the body. Throws `UnreadableAnswer` for anything else, in Go's words, and what the request's signal says. */
export async function readObject(response: HttpResponse, signal?: AbortSignal): Promise<unknown> {
  const text = await readBody(response.body).catch((error: unknown) => {
    throw signal?.aborted || isTimeout(error) || error instanceof UnreadableAnswer ? error : UnreadableAnswer.ofBody(error);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const [type = ''] = String(response.headers['content-type'] ?? '').split(';');
    if (text !== '' && type.startsWith('text/')) throw new UnreadableAnswer(`serializer for ${type} doesn't exist`, error);
    const { jsonSyntaxProblem } = await import('../api/json-syntax.ts');
    throw new UnreadableAnswer(jsonSyntaxProblem(text), error);
  }
  if (typeof value !== 'object' || value === null) throw new UnreadableAnswer(`Object 'Kind' is missing in '${text.trim().slice(0, 1024)}'`);
  if (Array.isArray(value)) throw new UnreadableAnswer('json: cannot unmarshal array into Go value of type unstructured.detector');
  return value;
}

/** The refusal in a response: the server's `Status`, or one made up from the code where something else answered. */
export async function errorOfResponse(response: HttpResponse, request?: RefusedRequest): Promise<ApiError> {
  const text = await readBody(response.body, maximumErrorBytes).catch(() => '');
  const status = parseStatus(text);
  if (status) return ApiError.fromStatus(status);
  const type = response.headers['content-type'];
  const isText = type === undefined || String(type).startsWith('text/');
  return unexplainedRefusal(response.status, isText ? text.trim().slice(0, maximumTextCharacters) : 'unknown', request);
}

function parseStatus(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isStatus(value) ? value : undefined;
  } catch {
    return undefined; // a proxy's HTML page; the caller words an error of its own
  }
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isAbsentOr = (type: 'string' | 'number', ...values: readonly unknown[]): boolean =>
  values.every((value) => value === undefined || value === null || typeof value === type);

/** Whether its fields have their types: what is no server of ours may have sent it. */
function isStatus(value: unknown): value is Status {
  if (!isObject(value) || value['kind'] !== 'Status') return false;
  const { message, reason, code, details } = value;
  if (!isAbsentOr('string', message, reason) || !isAbsentOr('number', code)) return false;
  if (details === undefined || details === null) return true;
  if (!isObject(details) || !isAbsentOr('string', details['kind'], details['name'], details['group'])) return false;
  const { causes } = details;
  return causes === undefined || causes === null || (Array.isArray(causes) && causes.every(isCause));
}

const isCause = (cause: unknown): boolean => isObject(cause) && isAbsentOr('string', cause['field'], cause['message'], cause['reason']);
