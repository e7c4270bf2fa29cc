import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, badRequest } from '../../../api/status.ts';

/** Answers an HTTP/1.1 request that the parser gave up on: 431 for headers (or a URL) over the bound, 408 for a sender that is too slow, 400 for the rest. */
export function refuseUnread(error: Error & { readonly code?: string }, socket: Duplex): void {
  // The parser complains about every piece that follows.
  if (refused.has(socket)) return;
  if (!socket.writable) return void socket.destroy();
  refused.add(socket);
  const { code, message } = refusals[error.code ?? ''] ?? { code: 400, message: 'the request is not valid HTTP' };
  const refusal = code === 400 ? badRequest(message) : new ApiError(code, code === 408 ? 'Timeout' : '', message, { details: {} });
  const body = `${JSON.stringify(refusal.toStatus())}\n`;
  const head = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Closing before the sender is done would reset the connection, and the answer would be lost.
  const cutOff = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.on('close', () => clearTimeout(cutOff));
  socket.resume();
}

const refused = new WeakSet<Duplex>();

/** How long what still comes is taken in and thrown away. */
const lingerMs = 1_000;

/** By Node's error codes. */
const refusals: Readonly<Record<string, { readonly code: number; readonly message: string }>> = {
  HPE_HEADER_OVERFLOW: { code: 431, message: 'the headers of the request are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 408, message: 'the request did not arrive in time' },
};
