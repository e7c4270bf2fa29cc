import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openUpgradeSocket } from '../../../client/streaming/upgrade.ts';
import type { ClusterAccess } from '../../../extension-points/commands/cluster/contract.ts';

/** Headers of one connection, which mean nothing on the next (RFC 9110, section 7.6.1), and those that are made anew. */
const ownHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const maximumBodyBytes = 64 * 1024 * 1024;

/** Sends a request on to the API server, with the credentials of this user, and its answer back as it comes. */
export async function passRequest(cluster: ClusterAccess, request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  try {
    const body = await readBody(request);
    if (body === 'too long') return void response.writeHead(413).end();
    const answer = await cluster.client().raw({
      method: request.method ?? 'GET',
      path,
      headers: headersOf(request),
      ...(body.length > 0 ? { body } : {}),
      signal: leaving.signal,
    });
    const headers = Object.entries(answer.headers).filter(([name, value]) => value !== undefined && !name.startsWith(':') && !ownHeaders.has(name));
    response.writeHead(answer.status, Object.fromEntries(headers) as OutgoingHttpHeaders);
    // A watch shows its headers before its first event.
    response.flushHeaders();
    await pipeline(answer.body, response);
  } catch (error) {
    if (leaving.signal.aborted) return;
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' }).end(`${(error as Error).message}\n`);
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | 'too long'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maximumBodyBytes) return 'too long';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const passed = Object.entries(headers).filter(
    ([name, value]) => value !== undefined && name !== 'host' && name !== 'content-length' && !ownHeaders.has(name),
  );
  return Object.fromEntries(passed.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value!]));
}

/** Joins a connection that asks for another protocol (WebSocket, SPDY) to one of the API server, byte by byte. */
export async function passUpgrade(cluster: ClusterAccess, request: IncomingMessage, socket: Duplex, head: Buffer, path: string): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    const server = await openUpgradeSocket(cluster.connection(), 'wherry');
    const upgrade = { connection: 'Upgrade', upgrade: request.headers.upgrade ?? '' };
    const headers = { ...headersOf(request), ...(server.headers as Record<string, string | string[]>), ...upgrade, host: server.host };
    const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`));
    server.socket.write(`${request.method} ${server.pathPrefix}${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    if (head.length > 0) server.socket.write(head);
    await Promise.allSettled([pipeline(socket, server.socket), pipeline(server.socket, socket)]);
  } catch (error) {
    const text = `${(error as Error).message}\n`;
    socket.end(
      `HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
    );
  }
}
