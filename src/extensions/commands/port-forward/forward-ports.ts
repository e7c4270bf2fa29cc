import type { AddressInfo, Server, Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { SpdyConnection } from '../../../client/streaming/spdy-connection.ts';
import type { Streams } from '../../../extension-points/commands/contract.ts';
import type { ForwardedPort } from './forwarded-ports.ts';
import { hostPort, type ListenAddress, listen } from './listen.ts';

export interface Forwarding {
  readonly connection: SpdyConnection;
  readonly ports: readonly ForwardedPort[];
  readonly addresses: readonly ListenAddress[];
  readonly streams: Streams;
  readonly signal: AbortSignal;
}

/** Listens, and leads each connection to the pod, until the signal aborts. Throws `lost connection to pod`. */
export async function forwardPorts(forwarding: Forwarding): Promise<void> {
  const { connection, ports, streams, signal } = forwarding;
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  let requests = 0;
  const serve = (socket: Socket, port: ForwardedPort): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void serveConnection(forwarding, { socket, port, requestId: String(requests++) });
  };
  try {
    for (const port of ports) {
      try {
        servers.push(...(await listenOn(forwarding, port, serve)));
      } catch (error) {
        streams.stderr.write(`Unable to listen on port ${port.local}: ${(error as Error).message}\n`);
      }
    }
    if (servers.length === 0)
      throw new Error(`unable to listen on any of the requested ports: [${ports.map(({ local, remote }) => `{${local} ${remote}}`).join(' ')}]`);
    const stopped = new Promise<'stopped'>((resolve) => {
      if (signal.aborted) resolve('stopped');
      else signal.addEventListener('abort', () => resolve('stopped'), { once: true });
    });
    if ((await Promise.race([stopped, connection.closed])) !== 'stopped') throw new Error('lost connection to pod');
  } finally {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
    connection.destroy();
  }
}

async function listenOn({ addresses, streams }: Forwarding, port: ForwardedPort, serve: (socket: Socket, port: ForwardedPort) => void): Promise<Server[]> {
  const servers: Server[] = [];
  const problems: string[] = [];
  let local = port.local;
  for (const address of addresses) {
    try {
      const server = await listen(address, local, (socket) => serve(socket, { local, remote: port.remote }));
      // Both addresses of localhost get the same port when any will do.
      local = (server.address() as AddressInfo).port;
      streams.stdout.write(`Forwarding from ${hostPort(address.address, local)} -> ${port.remote}\n`);
      servers.push(server);
    } catch (error) {
      problems.push((error as Error).message);
      if (!address.mayFail) break;
    }
  }
  const isEnough = servers.length > 0 && (problems.length === 0 || addresses.some(({ mayFail }) => mayFail));
  if (isEnough) return servers;
  for (const server of servers) server.close();
  throw new Error(`Listeners failed to create with the following errors: [${problems.join(' ')}]`);
}

async function serveConnection(
  { connection, streams }: Forwarding,
  { socket, port, requestId }: { readonly socket: Socket; readonly port: ForwardedPort; readonly requestId: string },
): Promise<void> {
  streams.stdout.write(`Handling connection for ${port.local}\n`);
  socket.on('error', () => {}); // a peer that leaves is no problem of the forwarding
  try {
    const headers = { port: String(port.remote), requestID: requestId };
    const errors = connection.openStream({ streamType: 'error', ...headers });
    errors.end();
    const data = connection.openStream({ streamType: 'data', ...headers });
    const problem = readAll(errors);
    const sending = pipeline(socket, data).catch(() => undefined);
    await pipeline(data, socket, { end: false }).catch(() => undefined);
    socket.end();
    data.destroy();
    await Promise.race([sending, new Promise((resolve) => socket.once('close', resolve))]);
    const text = await problem;
    if (text === '') return;
    streams.stderr.write(`error: an error occurred forwarding ${port.local} -> ${port.remote}: ${text}\n`);
    connection.destroy();
  } catch (error) {
    streams.stderr.write(`error: error creating error stream for port ${port.local} -> ${port.remote}: ${(error as Error).message}\n`);
  } finally {
    socket.destroy();
  }
}

const maximumProblemBytes = 64 * 1024;

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size <= maximumProblemBytes) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
