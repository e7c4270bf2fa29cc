import type { WebSocket } from 'ws';
import { SpdyConnection, type SpdyStream } from '../../../client/streaming/spdy-connection.ts';
import { type ChannelProtocol, decodeChannelMessage, encodeChannelMessage } from './channel-protocol.ts';
import { openRuntimeStream } from './open-runtime-stream.ts';
import type { CommandTarget } from './stream-target.ts';
import { closeWebSocket, sendWithBackpressure, untilReading } from './web-socket-flow.ts';

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
type StreamName = keyof typeof channels;
// The newest that runtimes speak over SPDY with an exit code in it.
const runtimeProtocol = 'v4.channel.k8s.io';

/** A command's streams at the runtime, opened in the order a SPDY client of Kubernetes opens them. */
export interface CommandStreams {
  readonly connection: SpdyConnection;
  readonly streams: ReadonlyMap<StreamName, SpdyStream>;
}

export async function openCommandStreams(url: string, { stdin, stdout, stderr, tty }: CommandTarget): Promise<CommandStreams> {
  const { socket, head } = await openRuntimeStream(url, [runtimeProtocol]);
  const connection = new SpdyConnection(socket, head);
  // With a terminal there is no stderr of its own, and its size can change.
  const wanted: [StreamName, boolean][] = [
    ['error', true],
    ['stdin', stdin],
    ['stdout', stdout],
    ['stderr', stderr && !tty],
    ['resize', tty],
  ];
  const names = wanted.filter(([, isWanted]) => isWanted).map(([name]) => name);
  return { connection, streams: new Map(names.map((name) => [name, connection.openStream({ streamType: name })])) };
}

/**
 * Joins a WebSocket client to a command: channels to streams and back. The exit status goes to the error channel when all output was sent; then the WebSocket is closed.
 * Resolves when both sides are closed.
 */
export async function joinCommand(client: WebSocket, protocol: ChannelProtocol, { connection, streams }: CommandStreams): Promise<void> {
  client.on('message', (message: Buffer) => receive(protocol, message, client, streams));
  client.on('error', () => {}); // what is left is done on close
  client.once('close', () => connection.destroy());
  const sends = (name: StreamName, data: Uint8Array): Promise<void> => sendWithBackpressure(client, encodeChannelMessage(protocol, channels[name], data));
  const outputs = (['stdout', 'stderr'] as const).filter((name) => streams.has(name));
  await untilReading(client);
  // Tells clients that wait for a first message that the command is connected.
  await sends(outputs[0] ?? 'error', Buffer.alloc(0));
  const forward = async (name: 'stdout' | 'stderr'): Promise<void> => {
    for await (const chunk of streams.get(name)!) await sends(name, chunk as Buffer);
  };
  const [status] = await Promise.all([readAll(streams.get('error')!), ...outputs.map((name) => forward(name).catch(() => {}))]);
  const text = protocol.hasStatus ? status : failureText(status);
  if (text.length > 0) await sends('error', text);
  connection.destroy();
  await Promise.all([
    connection.closed,
    status.length > 0 ? closeWebSocket(client, 1000) : closeWebSocket(client, 1011, 'the container runtime closed the connection'),
  ]);
}

function receive(protocol: ChannelProtocol, message: Buffer, client: WebSocket, streams: ReadonlyMap<StreamName, SpdyStream>): void {
  const read = decodeChannelMessage(protocol, message);
  if (read.kind === 'none') return;
  const name = read.channel === channels.stdin ? 'stdin' : read.channel === channels.resize ? 'resize' : undefined;
  const stream = name && streams.get(name);
  if (!stream || stream.writableEnded || stream.destroyed) return;
  if (read.kind === 'close') return void stream.end();
  if (read.data.length === 0 || stream.write(read.data)) return;
  client.pause();
  stream.once('drain', () => client.resume());
  stream.once('close', () => client.resume());
}

const maximumStatusBytes = 64 * 1024;

/** The runtime's final word: a Status as JSON. Empty when the connection broke before. */
async function readAll(stream: SpdyStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).length;
      if (bytes <= maximumStatusBytes) chunks.push(chunk as Buffer);
    }
  } catch {
    // Reset by the runtime: there is no status.
  }
  return Buffer.concat(chunks);
}

/** What clients before v4 get: the message of a failure, nothing for success. */
function failureText(status: Buffer): Buffer {
  try {
    const { status: outcome, message } = JSON.parse(status.toString()) as { status?: string; message?: string };
    return Buffer.from(outcome === 'Success' ? '' : (message ?? 'unknown error'));
  } catch {
    return status;
  }
}
