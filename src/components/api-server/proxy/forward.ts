import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ResponseHeaders } from '../http/exchange.ts';
import type { HttpRequest } from '../http/request.ts';
import type { Endpoint } from './endpoint.ts';

/** Headers that belong to one connection only. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
const withheld = new Set([...hopByHop, 'host', 'authorization', 'impersonate-user', 'impersonate-group', 'impersonate-uid']);

/** Sends the request on with its body. Resolves with the head of the answer; rejects when the endpoint cannot be reached. Ends with the client. */
export function sendOn(request: HttpRequest, endpoint: Endpoint, path: string): Promise<IncomingMessage> {
  const { exchange } = request;
  const headers = Object.fromEntries(Object.entries(exchange.headers()).filter(([name]) => !withheld.has(name) && !name.startsWith('impersonate-extra-')));
  return new Promise((resolve, reject) => {
    const make = endpoint.scheme === 'https' ? httpsRequest : httpRequest;
    const outgoing = make({
      host: endpoint.host,
      port: endpoint.port,
      path,
      method: exchange.method,
      headers,
      signal: exchange.signal,
      ...(endpoint.scheme === 'https' ? (endpoint.tls ?? { rejectUnauthorized: false }) : {}),
    });
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    if (exchange.method === 'GET' || exchange.method === 'HEAD') outgoing.end();
    else exchange.body.pipe(outgoing);
  });
}

/** Passes an answer to the client as it comes. Resolves when it is complete or the client has gone. */
export function passBack(request: HttpRequest, answer: IncomingMessage, change?: (headers: ResponseHeaders) => void): Promise<void> {
  const headers: ResponseHeaders = {};
  for (const [name, value] of Object.entries(answer.headers)) if (value !== undefined && !hopByHop.has(name)) headers[name] = value;
  change?.(headers);
  const out = request.exchange.open(answer.statusCode ?? 502, headers);
  return new Promise((resolve) => {
    answer.on('error', () => out.destroy());
    out.on('close', () => {
      answer.destroy();
      resolve();
    });
    out.on('finish', resolve);
    answer.pipe(out);
  });
}

/** Reads an answer whole, up to a bound. */
export async function readAnswer(answer: IncomingMessage, limitBytes = 64 * 1024): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (size < limitBytes) chunks.push(chunk);
    size += chunk.length;
    if (size >= limitBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, limitBytes);
}
