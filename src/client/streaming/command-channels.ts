import type { Duplex, Readable, Writable } from 'node:stream';
import type { ClusterConnection } from '../kubeconfig.ts';
import { UpgradeRefused } from './upgrade.ts';

/** Which streams of a command are wanted. With a terminal there is no `stderr` of its own, and its size can change. */
export interface WantedStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** The streams of a command that runs in a container (exec, attach). */
export interface CommandChannels extends Disposable {
  /** Ending it ends the command's input. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  /** The command's outcome, a `Status` as JSON; nothing: it went well. */
  readonly outcome: Readable;
  /** Takes `{"Width":80,"Height":24}`. */
  readonly resize: Writable | undefined;
  /** Why the connection ended when that was not in order. */
  problem(): string | undefined;
}

export interface CommandRequest {
  /** Of the sub-resource, with its query. */
  readonly path: string;
  readonly wants: WantedStreams;
  readonly userAgent: string;
}

const numbers = { stdin: 0, stdout: 1, stderr: 2, outcome: 3, resize: 4 } as const;
type ChannelName = keyof typeof numbers;

/** The order in which clients open SPDY streams. */
const namesOf = ({ stdin, stdout, stderr, tty }: WantedStreams): ChannelName[] => [
  'outcome',
  ...(stdin ? (['stdin'] as const) : []),
  ...(stdout ? (['stdout'] as const) : []),
  ...(stderr && !tty ? (['stderr'] as const) : []),
  ...(tty ? (['resize'] as const) : []),
];

/**
 * Opens the streams of a command: over a WebSocket (`v5.channel.k8s.io`), or over SPDY where the server or a proxy before it does not take that, as client-go does.
 * Throws the server's refusal or `NoAnswer`.
 */
export async function openCommandChannels(connection: ClusterConnection, request: CommandRequest): Promise<CommandChannels> {
  try {
    return await overWebSocket(connection, request);
  } catch (error) {
    if (!(error instanceof UpgradeRefused)) throw error;
  }
  try {
    return await overSpdy(connection, request);
  } catch (error) {
    throw error instanceof UpgradeRefused ? error.reason : error;
  }
}

async function overWebSocket(connection: ClusterConnection, { path, wants, userAgent }: CommandRequest): Promise<CommandChannels> {
  const [{ openWebSocket }, { WebSocketChannels }] = await Promise.all([import('./web-socket.ts'), import('./web-socket-channels.ts')]);
  const { webSocket } = await openWebSocket(connection, { path, protocols: ['v5.channel.k8s.io'], userAgent });
  const channels = new WebSocketChannels(webSocket);
  const streams = new Map(namesOf(wants).map((name) => [name, channels.open(numbers[name])]));
  return channelsOf(streams, { problem: () => channels.problem, close: () => webSocket.terminate() });
}

async function overSpdy(connection: ClusterConnection, { path, wants, userAgent }: CommandRequest): Promise<CommandChannels> {
  const { openSpdy } = await import('./spdy-upgrade.ts');
  const { spdy } = await openSpdy(connection, { path, protocols: ['v4.channel.k8s.io'], userAgent });
  const streams = new Map(namesOf(wants).map((name) => [name, spdy.openStream({ streamType: name === 'outcome' ? 'error' : name })]));
  const outcome = streams.get('outcome')!;
  outcome.end();
  return channelsOf(streams, { problem: () => (outcome.isCutOff ? 'unexpected EOF' : undefined), close: () => spdy.destroy() });
}

function channelsOf(
  streams: ReadonlyMap<ChannelName, Duplex>,
  { problem, close }: { readonly problem: () => string | undefined; readonly close: () => void },
): CommandChannels {
  const { stdin, stdout, stderr, resize } = Object.fromEntries(streams) as Partial<Record<ChannelName, Duplex>>;
  return { stdin, stdout, stderr, resize, outcome: streams.get('outcome')!, problem, [Symbol.dispose]: close };
}
