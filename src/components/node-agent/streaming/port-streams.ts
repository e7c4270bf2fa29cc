import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { SpdyConnection, type SpdyStream } from '../../../client/streaming/spdy-connection.ts';
import { type ChannelProtocol, decodeChannelMessage, encodeChannelMessage } from './channel-protocol.ts';
import type { RuntimeStream } from './open-runtime-stream.ts';
import { closeWebSocket, sendWithBackpressure } from './web-socket-flow.ts';

/** Joins a WebSocket whose binary messages are raw SPDY to the runtime's socket. Resolves when both are closed. */
export async function joinTunnel(client: WebSocket, { socket, head }: RuntimeStream): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', resolve));
  socket.on('error', () => {}); // what is left is done on close
  client.on('error', () => {});
  client.on('message', (message: Buffer) => {
    if (socket.destroyed || socket.write(message)) return;
    client.pause();
    socket.once('drain', () => client.resume());
  });
  client.once('close', () => socket.destroy());
  if (head.length > 0) await sendWithBackpressure(client, head);
  await forward(client, socket);
  socket.destroy();
  await Promise.all([closed, closeWebSocket(client, 1000)]);
}

async function forward(client: WebSocket, socket: Duplex): Promise<void> {
  try {
    for await (const chunk of socket) await sendWithBackpressure(client, chunk as Buffer);
  } catch {
    // Closed from either side; nothing is left to send.
  }
}

/**
 * Joins a WebSocket client of the older form: for the n-th port, channel 2n is its data and 2n+1 its errors, and each begins, from the server, with the port's number
 * (two bytes, little-endian). Resolves when both sides are closed.
 */
export async function joinPorts(client: WebSocket, protocol: ChannelProtocol, runtime: RuntimeStream, ports: readonly number[]): Promise<void> {
  const connection = new SpdyConnection(runtime.socket, runtime.head);
  client.on('error', () => {}); // what is left is done on close
  client.once('close', () => connection.destroy());
  const pairs = ports.map((port, index) => ({
    port,
    // The runtime pairs them by request, and wants the error stream first.
    errors: connection.openStream({ streamType: 'error', port: String(port), requestID: String(index) }),
    data: connection.openStream({ streamType: 'data', port: String(port), requestID: String(index) }),
  }));
  client.on('message', (message: Buffer) => {
    const read = decodeChannelMessage(protocol, message);
    if (read.kind !== 'data' || read.channel % 2 !== 0) return;
    const stream = pairs[read.channel / 2]?.data;
    if (!stream || stream.destroyed || stream.writableEnded || stream.write(read.data)) return;
    client.pause();
    stream.once('drain', () => client.resume());
    stream.once('close', () => client.resume());
  });
  await Promise.all(
    pairs.flatMap(({ port, errors, data }, index) => {
      errors.end();
      return [
        forwardPort(client, protocol, { port, channel: 2 * index, stream: data }),
        forwardPort(client, protocol, { port, channel: 2 * index + 1, stream: errors }),
      ];
    }),
  );
  connection.destroy();
  await Promise.all([connection.closed, closeWebSocket(client, 1000)]);
}

async function forwardPort(
  client: WebSocket,
  protocol: ChannelProtocol,
  { port, channel, stream }: { port: number; channel: number; stream: SpdyStream },
): Promise<void> {
  const number = Buffer.alloc(2);
  number.writeUInt16LE(port);
  await sendWithBackpressure(client, encodeChannelMessage(protocol, channel, number));
  try {
    for await (const chunk of stream) await sendWithBackpressure(client, encodeChannelMessage(protocol, channel, chunk as Buffer));
  } catch {
    // Cut off; why is in the error channel.
  }
}
