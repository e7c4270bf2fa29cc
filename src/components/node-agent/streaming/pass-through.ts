import type { IncomingMessage } from 'node:http';
import { connect as connectPlain } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectSecure } from 'node:tls';
import { RuntimeError } from '../../../extension-points/runtime/contract.ts';

const connectTimeoutMs = 30_000;

/**
 * Joins a SPDY client to the runtime's streaming server without looking at what they say: the upgrade is asked for in the client's name, and the runtime's answer, whatever
 * it is, goes to the client. Rejects with UNAVAILABLE when the server cannot be reached; resolves when both sides are closed.
 */
export async function passThrough(request: IncomingMessage, client: Duplex, head: Buffer, url: string): Promise<void> {
  const target = new URL(url);
  const runtime = await connectTo(target);
  if (client.destroyed) return void runtime.destroy();
  runtime.write(upgradeRequest(request, target));
  if (head.length > 0) runtime.write(head);
  const closed = Promise.all([client, runtime].map((side) => new Promise<void>((resolve) => (side.destroyed ? resolve() : side.once('close', resolve)))));
  client.pipe(runtime);
  runtime.pipe(client);
  for (const [side, other] of [
    [client, runtime],
    [runtime, client],
  ] as const) {
    side.on('error', () => other.destroy());
    // What was read to its end is still to be written out; what broke is cut off.
    side.once('close', () => (side.readableEnded ? other.end(() => other.destroy()) : other.destroy()));
  }
  await closed;
}

function connectTo(url: URL): Promise<Duplex> {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  // An IPv6 address stands in brackets in a URL.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    const socket = url.protocol === 'https:' ? connectSecure({ host, port, servername: host }) : connectPlain({ host, port });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(new RuntimeError('UNAVAILABLE', `the streaming server of the runtime cannot be reached: ${error.message}`, { cause: error }));
    };
    socket.setTimeout(connectTimeoutMs, () => fail(new Error('no answer in time')));
    socket.once('error', fail);
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      socket.off('error', fail);
      socket.setTimeout(0);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

/** Only what the runtime needs: cookies and tokens of the client are none of its business. */
function upgradeRequest(request: IncomingMessage, url: URL): string {
  const offered = [request.headers['x-stream-protocol-version'] ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter(Boolean);
  const lines = [
    `${request.method === 'GET' ? 'GET' : 'POST'} ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    'Connection: Upgrade',
    'Upgrade: SPDY/3.1',
    ...offered.map((name) => `X-Stream-Protocol-Version: ${name}`),
    'Content-Length: 0',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
