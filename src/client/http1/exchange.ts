import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { HttpRequest, HttpResponse } from '../http-transport.ts';
import { ConnectionLost } from '../lost-requests.ts';
import { ResponseReader } from './response-reader.ts';

/**
 * Sends one request over an open connection that nothing else uses. The connection is destroyed unless the response came in full and leaves it fit for another request:
 * `onIdle` is told then, before the body ends. Rejects with `ConnectionLost` when the connection went before a response came.
 */
export function exchange(socket: Socket, host: string, request: HttpRequest, onIdle: () => void): Promise<HttpResponse> {
  const text = headText(host, request); // throws before anything is sent
  return new Promise((resolve, reject) => {
    let body: Readable | undefined;
    const reader = new ResponseReader(request.method, {
      head({ status, headers }) {
        body = new Readable({
          read: () => void socket.resume(),
          destroy(error, callback) {
            if (!reader.isDone) stop(error ?? undefined);
            callback(error);
          },
        });
        resolve({ status, headers, body });
      },
      data: (bytes) => void (body!.push(bytes) || socket.pause()),
    });
    /** Nothing more is wanted of the connection. */
    const letGo = (): void => {
      socket.off('data', onData).off('end', onEnd).off('error', stop).off('close', stop);
      request.signal?.removeEventListener('abort', onAbort);
    };
    const stop = (error?: unknown): void => {
      letGo();
      socket.on('error', () => undefined).destroy();
      const reason = error instanceof Error ? error : connectionReset(body ? 'aborted' : 'socket hang up');
      if (body) body.destroy(reason);
      else reject(isLoss(reason) || request.signal?.aborted ? new ConnectionLost(reason) : reason);
    };
    const finish = (): void => {
      letGo();
      if (reader.isReusable && socket.writableLength === 0) onIdle();
      else socket.on('error', () => undefined).destroy();
      body!.push(null);
    };
    const onData = (bytes: Buffer): void => {
      try {
        reader.push(bytes);
      } catch (error) {
        return stop(error);
      }
      if (reader.isDone) finish();
    };
    const onEnd = (): void => (reader.end() ? finish() : stop());
    const onAbort = (): void => stop(request.signal?.reason);
    socket.on('data', onData).on('end', onEnd).on('error', stop).on('close', stop);
    request.signal?.addEventListener('abort', onAbort, { once: true });
    if (request.signal?.aborted) return onAbort();
    if (socket.destroyed) return stop();
    socket.resume();
    socket.write(request.body ? Buffer.concat([Buffer.from(text, 'latin1'), request.body]) : text, 'latin1');
  });
}

const connectionReset = (message: string): Error => Object.assign(new Error(message), { code: 'ECONNRESET' });
const isLoss = ({ code }: NodeJS.ErrnoException): boolean => code === 'ECONNRESET' || code === 'EPIPE';
const bodiless = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

/** The request's head. Throws where a path or a header would make another request of it. */
function headText(host: string, { method, path, headers, body }: HttpRequest): string {
  if (/[^\u0021-\u00ff]/.test(path)) throw new TypeError('Request path contains unescaped characters');
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${host}`];
  for (const [name, values] of Object.entries(headers as Readonly<Record<string, string | readonly string[]>>)) {
    for (const value of typeof values === 'string' ? [values] : values) {
      if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value)) throw new TypeError(`Invalid character in header content ["${name}"]`);
      lines.push(`${name}: ${value}`);
    }
  }
  if (body || !bodiless.has(method)) lines.push(`content-length: ${body?.length ?? 0}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
