import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Exchange, Upgrade } from '../http/exchange.ts';

const binary = 'binary.k8s.io';
const base64 = 'base64.binary.k8s.io';

/** Sends a log over a WebSocket: one message per chunk, as upstream's read-only stream does. */
export async function sendLogFrames(exchange: Exchange, upgrade: Upgrade, log: IncomingMessage): Promise<void> {
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [binary, base64].find((protocol) => offered.has(protocol)) ?? false });
  const socket: Duplex = upgrade.take();
  const incoming = Object.assign(Object.create(null) as object, {
    method: 'GET',
    url: exchange.url,
    headers: exchange.headers(),
    socket,
  }) as unknown as IncomingMessage;
  await new Promise<void>((resolve) => {
    server.handleUpgrade(incoming, socket, upgrade.head, (webSocket) => {
      const isText = webSocket.protocol === base64;
      webSocket.on('close', () => (log.destroy(), resolve()));
      webSocket.on('error', () => webSocket.terminate());
      log.on('data', (chunk: Buffer) => {
        log.pause();
        webSocket.send(isText ? chunk.toString('base64') : chunk, () => log.resume());
      });
      log.on('end', () => webSocket.close(1000));
      log.on('error', () => webSocket.close(1011));
    });
    socket.on('close', resolve);
  });
}
