import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Status } from '../api/generated/meta-v1.ts';
import { ApiError, type StatusReason } from '../api/status.ts';
import type { HttpResponse } from './http-transport.ts';

const maximumBodyBytes = 256 * 1024 * 1024;
const maximumErrorBytes = 1024 * 1024;
const maximumLineCharacters = 16 * 1024 * 1024;

/** The whole body as text. Throws when it is longer than `limitBytes`. */
export async function readBody(body: Readable, limitBytes = maximumBodyBytes): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw new Error(`the response is longer than ${limitBytes} bytes; ask for less (limit, selectors)`);
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

/** The refusal in a response: the server's `Status`, or one made up from the code where something else answered. */
export async function errorOfResponse(response: HttpResponse): Promise<ApiError> {
  const text = await readBody(response.body, maximumErrorBytes).catch(() => '');
  const status = parseStatus(text);
  if (status) return ApiError.fromStatus(status);
  const reason = reasonsByCode[response.status] ?? (response.status >= 500 ? 'InternalError' : '');
  return new ApiError(response.status, reason, text.trim().slice(0, 1024) || `the server answered ${response.status}`);
}

function parseStatus(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status' ? (value as Status) : undefined;
  } catch {
    return undefined; // a proxy's HTML page; the caller words an error of its own
  }
}

const reasonsByCode: Readonly<Record<number, StatusReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
