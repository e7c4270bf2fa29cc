import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Runtime, RuntimeError } from '../../../extension-points/runtime/contract.ts';
import type { Log } from '../../../kernel/log.ts';
import { type ChannelProtocol, commandProtocols, portProtocols, tunnelProtocol } from './channel-protocol.ts';
import { joinCommand, openCommandStreams } from './command-streams.ts';
import { openRuntimeStream } from './open-runtime-stream.ts';
import { passThrough } from './pass-through.ts';
import { joinPorts, joinTunnel } from './port-streams.ts';
import { httpCodeOf, refuseUpgrade } from './refuse-upgrade.ts';
import type { CommandTarget, StreamTarget } from './stream-target.ts';

export interface StreamingHandlersOptions {
  readonly runtime: Pick<Runtime, 'exec' | 'attach' | 'portForward'>;
  readonly log: Log;
  /** How long a connection may be silent. Default four hours, as the kubelet's. */
  readonly idleTimeoutMs?: number;
  /** How many connections may be open at once; more are answered with 429. Default 1,000. */
  readonly maximumConnections?: number;
}

export interface StreamingHandlers extends AsyncDisposable {
  /**
   * Serves an upgrade to SPDY/3.1 or WebSocket until it is over; owns the socket from the call on. Never rejects: refusals and faults are answered on the socket.
   * The caller has authorized the request and found the container.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, target: StreamTarget): Promise<void>;
}

const defaultIdleTimeoutMs = 4 * 3_600_000;
const defaultMaximumConnections = 1_000;
const maximumMessageBytes = 4 * 1024 * 1024;
const portForwardProtocol = 'portforward.k8s.io';

/** Connects clients of exec, attach and port-forward to a runtime's streaming server, translating where they speak WebSocket: no runtime speaks its newest form. Disposing cuts all connections. */
export function createStreamingHandlers({
  runtime,
  log,
  idleTimeoutMs = defaultIdleTimeoutMs,
  maximumConnections = defaultMaximumConnections,
}: StreamingHandlersOptions): StreamingHandlers {
  const webSockets = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: maximumMessageBytes });
  webSockets.on('headers', (headers, request) => {
    const protocol = chosen.get(request);
    if (protocol) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
  });
  const open = new Map<Duplex, Promise<void>>();
  const urlOf = (target: StreamTarget): Promise<string> =>
    target.kind === 'exec' ? runtime.exec(target) : target.kind === 'attach' ? runtime.attach(target) : runtime.portForward(target.sandboxId, target.ports);

  const serve = async (request: IncomingMessage, socket: Duplex, head: Buffer, target: StreamTarget): Promise<void> => {
    const upgrade = request.headers.upgrade?.toLowerCase();
    const url = (): Promise<string> => Promise.race([urlOf(target), leaving(socket)]);
    if (upgrade === 'spdy/3.1') return passThrough(request, socket, head, await url());
    if (upgrade !== 'websocket') return refuseUpgrade(socket, 400, 'unable to upgrade: neither SPDY/3.1 nor WebSocket was asked for');
    const dialogue = chooseDialogue(request, target);
    if (!dialogue) return refuseUpgrade(socket, 403, `unable to upgrade: requested protocol(s) are not supported: [${offeredBy(request).join(' ')}]`);
    // The runtime's side comes first, so that its refusal is still an HTTP answer.
    const runtimeSide = await dialogue.open(await url());
    const client = await accept(webSockets, { request, socket, head, protocol: dialogue.protocol }).catch((error: unknown) => {
      runtimeSide.abandon();
      throw error;
    });
    await runtimeSide.join(client);
  };

  return {
    async handleUpgrade(request, socket, head, target) {
      socket.on('error', () => socket.destroy());
      if (open.size >= maximumConnections) return refuseUpgrade(socket, 429, 'too many connections to containers are open');
      if ('setTimeout' in socket) (socket as Duplex & { setTimeout(ms: number, callback: () => void): void }).setTimeout(idleTimeoutMs, () => socket.destroy());
      const serving = serve(request, socket, head, target).catch((error: unknown) => {
        if (!socket.destroyed) log.warn('a stream to a container failed', { kind: target.kind, error });
        // An upgraded socket must not get a second answer.
        if (accepted.has(socket)) socket.destroy();
        else refuseUpgrade(socket, httpCodeOf(error), error instanceof Error ? error.message : String(error));
      });
      open.set(socket, serving);
      await serving;
      open.delete(socket);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open.keys()) socket.destroy();
      await Promise.allSettled(open.values());
    },
  };
}

/** What client and runtime will speak: the WebSocket's sub-protocol, and how the runtime's side is opened. */
interface Dialogue {
  readonly protocol: string;
  open(url: string): Promise<RuntimeSide>;
}
interface RuntimeSide {
  /** Joins the client to it; resolves when both sides are closed. */
  join(client: WebSocket): Promise<void>;
  /** Closes it, when no client came. */
  abandon(): void;
}

const offeredBy = (request: IncomingMessage): readonly string[] =>
  (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);

/** Undefined when nothing the client offers is known. */
function chooseDialogue(request: IncomingMessage, target: StreamTarget): Dialogue | undefined {
  const offered = offeredBy(request);
  if (target.kind !== 'port-forward') return commandDialogue(choose(commandProtocols, offered), target);
  if (offered.includes(tunnelProtocol)) return tunnelDialogue;
  return portDialogue(choose(portProtocols, offered), target.ports);
}

/** The client's order counts, as in upstream's server. */
function choose(known: readonly ChannelProtocol[], offered: readonly string[]): ChannelProtocol | undefined {
  const name = offered.length === 0 ? '' : offered.find((candidate) => known.some((protocol) => protocol.name === candidate));
  return known.find((protocol) => protocol.name === name);
}

const commandDialogue = (protocol: ChannelProtocol | undefined, target: CommandTarget): Dialogue | undefined =>
  protocol && {
    protocol: protocol.name,
    async open(url) {
      const streams = await openCommandStreams(url, target);
      return { join: (client) => joinCommand(client, protocol, streams), abandon: () => streams.connection.destroy() };
    },
  };

const tunnelDialogue: Dialogue = {
  protocol: tunnelProtocol,
  async open(url) {
    const stream = await openRuntimeStream(url, [portForwardProtocol]);
    return { join: (client) => joinTunnel(client, stream), abandon: () => void stream.socket.destroy() };
  },
};

const portDialogue = (protocol: ChannelProtocol | undefined, ports: readonly number[]): Dialogue | undefined =>
  protocol && {
    protocol: protocol.name,
    async open(url) {
      const stream = await openRuntimeStream(url, [portForwardProtocol]);
      return { join: (client) => joinPorts(client, protocol, stream, ports), abandon: () => void stream.socket.destroy() };
    },
  };

/** The sub-protocol a request is answered with. */
const chosen = new WeakMap<IncomingMessage, string>();
const accepted = new WeakSet<Duplex>();

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly protocol: string;
}

/** The WebSocket library must not see the offer: it refuses names with a slash, which kubectl's tunnel has. */
async function accept(webSockets: WebSocketServer, { request, socket, head, protocol }: Upgrade): Promise<WebSocket> {
  const { 'sec-websocket-protocol': _, ...headers } = request.headers;
  const withoutOffer = Object.create(request, { headers: { value: headers } }) as IncomingMessage;
  chosen.set(withoutOffer, protocol);
  const opened = new Promise<WebSocket>((resolve) => {
    accepted.add(socket);
    webSockets.handleUpgrade(withoutOffer, socket, head, resolve);
  });
  return Promise.race([opened, leaving(socket)]);
}

/** Rejects when the client is gone. */
function leaving(socket: Duplex): Promise<never> {
  return new Promise((_resolve, reject) => {
    const left = (): void => reject(new RuntimeError('CANCELLED', 'the client left'));
    if (socket.destroyed) left();
    else socket.once('close', left);
  });
}
