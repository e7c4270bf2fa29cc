import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { ClusterConnection } from '../kubeconfig.ts';
import { NoAnswer } from '../no-answer.ts';
import { openUpgradeSocket, UpgradeRefused } from './upgrade.ts';

const openTimeoutMs = 30_000;
const maximumMessageBytes = 64 * 1024 * 1024;
/** As client-go: a ping every five seconds, and a minute for the answer. */
const pingEveryMs = 5_000;
const pongWithinMs = 60_000;

/** A WebSocket, paused: what came with the server's answer waits until it is resumed by whoever listens. And the sub-protocol that the server took. */
export interface OpenedWebSocket {
  readonly webSocket: WebSocket;
  readonly protocol: string;
}

/** Opens a WebSocket with one of the sub-protocols, best first. Throws `UpgradeRefused`, `NoAnswer`. */
export async function openWebSocket(
  connection: ClusterConnection,
  { path, protocols, userAgent }: { readonly path: string; readonly protocols: readonly string[]; readonly userAgent: string },
): Promise<OpenedWebSocket> {
  const { socket, headers, host, pathPrefix } = await openUpgradeSocket(connection, userAgent);
  // The library refuses names with a slash, which the tunnel of ports has: it must see neither the offer nor the answer.
  const webSocket = new WebSocket(`ws://${host}${pathPrefix}${path}`, {
    createConnection: () => socket as never,
    headers: { ...(headers as Record<string, string>), 'Sec-WebSocket-Protocol': protocols.join(', ') },
    perMessageDeflate: false,
    maxPayload: maximumMessageBytes,
    handshakeTimeout: openTimeoutMs,
  });
  return new Promise((resolve, reject) => {
    let protocol = '';
    webSocket.once('upgrade', (response: IncomingMessage) => {
      protocol = response.headers['sec-websocket-protocol'] ?? '';
      delete response.headers['sec-websocket-protocol'];
    });
    webSocket.once('unexpected-response', (_request, response: IncomingMessage) => {
      UpgradeRefused.fromResponse(response)
        .then(reject, reject)
        .finally(() => socket.destroy());
    });
    webSocket.on('error', (error) => reject(new NoAnswer(connection.server, error)));
    webSocket.once('open', () => {
      if (protocols.includes(protocol)) {
        keepAlive(webSocket);
        webSocket.pause();
        return resolve({ webSocket, protocol });
      }
      webSocket.terminate();
      reject(new UpgradeRefused(101, new Error(`the server took none of the protocols ${protocols.join(', ')}`)));
    });
  });
}

function keepAlive(webSocket: WebSocket): void {
  let answeredAt = Date.now();
  webSocket.on('pong', () => (answeredAt = Date.now()));
  const timer = setInterval(() => {
    // Nothing is read of a socket whose reader does not keep up, pongs neither.
    if (webSocket.isPaused) answeredAt = Date.now();
    if (Date.now() - answeredAt > pongWithinMs) webSocket.terminate();
    else if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
  }, pingEveryMs).unref();
  webSocket.once('close', () => clearInterval(timer));
}
