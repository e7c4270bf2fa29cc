import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';

export interface ApiGatewayOptions {
  /** The node's end of the pod network. */
  readonly host: string;
  /** The API server's port on the loopback; the gateway has the same one. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
}

const maximumConnections = 1_000;
const retryMs = 500;

/**
 * Lets pods reach an API server that listens on the loopback only: passes TCP connections to the node's end of the pod network on to it. TLS is end to end.
 * The address comes into being with the first pod's network, so listening is tried until then.
 */
export function openApiGateway({ host, port, clock, log }: ApiGatewayOptions): Disposable {
  const sockets = new Set<Socket>();
  let retry: Disposable | undefined;
  const server = createServer((inner) => {
    const outer = connect({ host: '127.0.0.1', port });
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy()); // a broken half ends the other
      socket.on('close', () => sockets.delete(socket));
    }
    inner.pipe(outer).pipe(inner);
  });
  server.maxConnections = maximumConnections * 2;
  server.unref();
  const listen = (): Server => server.listen({ host, port });
  server.on('listening', () => log.debug('pods reach the API server', { host, port }));
  server.on('error', (error: NodeJS.ErrnoException) => {
    // An API server that listens on every address needs no gateway.
    if (error.code === 'EADDRINUSE') return;
    if (error.code !== 'EADDRNOTAVAIL') log.warn('pods cannot reach the API server', { host, port, error });
    retry = clock.after(retryMs, listen);
  });
  listen();
  return {
    [Symbol.dispose]: () => {
      retry?.[Symbol.dispose]();
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
