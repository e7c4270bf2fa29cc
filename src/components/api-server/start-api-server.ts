import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { nameRegistryService } from '../../extension-points/resources/custom-resource-definition/accepted-names.ts';
import type { Log } from '../../kernel/log.ts';
import { createStoreLookup } from './bootstrap/store-lookup.ts';
import { CustomResources } from './custom-resources/custom-resources.ts';
import { createNameRegistry } from './custom-resources/name-registry.ts';
import { createDiscoveryRoutes } from './endpoints/discovery-routes.ts';
import { HealthChecks } from './endpoints/health.ts';
import { Fairness } from './fairness/fairness.ts';
import { AuditTrail } from './http/audit-trail.ts';
import type { Exchange } from './http/exchange.ts';
import { Http1Exchange } from './http/http1-exchange.ts';
import { Http2Exchange } from './http/http2-exchange.ts';
import { InFlight } from './http/in-flight.ts';
import { type LocalSocketServer, serveLocalSocket } from './http/local-socket-server.ts';
import { Metrics } from './http/metrics.ts';
import { PeerIdentity } from './http/peer-identity.ts';
import { refuseUnread } from './http/refuse-unread.ts';
import { RequestHandler } from './http/request-handler.ts';
import { isSession, UpgradeExchange } from './http/upgrade-exchange.ts';
import { createInProcessClient } from './in-process-client.ts';
import type { Machinery } from './operations/context.ts';
import { WriteTurns } from './operations/write-turns.ts';
import { type ApiServer, type ApiServerOptions, defaultLimits } from './options.ts';
import { createConnectRoutes } from './proxy/connect-routes.ts';
import { ResourceIndex } from './resource-index.ts';
import { createResourceServices } from './resource-services.ts';
import { EventLines } from './watch/event-lines.ts';

/** Request line and headers of one HTTP/1.1 request. */
const maximumHeaderBytes = 1_024 * 1_024;

/** Requests under way get this long to end when the server stops. */
const drainMs = 2_000;

/** Starts serving. Resolves when the port is open; rejects when it is taken or the certificates are unusable. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const machinery = createMachinery(options);
  const customResources = new CustomResources(machinery, options.resources);
  const stopping = new AbortController();
  const metrics = new Metrics();
  const health = new HealthChecks(options.log);
  const audit = new AuditTrail();
  const fairness = new Fairness({
    lookup: createStoreLookup(options.store),
    seats: machinery.limits.readsInFlight + machinery.limits.writesInFlight,
    clock: options.clock,
  });
  const identity = createPeerIdentity(options, machinery.log);
  const handler = createHandler(options, { machinery, metrics, health, audit, fairness, identity, stopping: stopping.signal });
  const server = createServer(options, handler);
  await listen(server, options).catch(async (error: unknown) => {
    await customResources[Symbol.asyncDispose]();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  const local = await serveLocally(options, { identity, handler });
  const connections = trackConnections(server);
  return {
    port,
    url: `https://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    localSocket: local?.path,
    client: (who) => createInProcessClient({ machinery, identity: who, audit, auditor: options.auditor, stopping: stopping.signal }),
    audit,
    addHealthCheck: (check) => health.add(check),
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('the API server is stopping'));
      local?.close();
      await stop(server, connections, handler);
      local?.[Symbol.dispose]();
      await customResources[Symbol.asyncDispose]();
      metrics[Symbol.dispose]();
      fairness[Symbol.dispose]();
    },
  };
}

function createMachinery(options: ApiServerOptions): Machinery {
  const { store, admission, authorizers, clock, log, observeAdmission } = options;
  const machinery: Machinery = {
    store,
    admission,
    authorizers,
    clock,
    log: log.scope('api-server'),
    observeAdmission,
    resources: new ResourceIndex(options.resources),
    services: createResourceServices(
      () => machinery,
      new Map([...options.services, [nameRegistryService, createNameRegistry(store, options.resources, clock)]]),
    ),
    limits: { ...defaultLimits, ...options.limits },
    turns: new WriteTurns(clock),
  };
  return machinery;
}

interface Parts {
  readonly machinery: Machinery;
  readonly metrics: Metrics;
  readonly health: HealthChecks;
  readonly audit: AuditTrail;
  readonly fairness: Fairness;
  readonly identity: PeerIdentity;
  readonly stopping: AbortSignal;
}

function createHandler(options: ApiServerOptions, { machinery, metrics, health, audit, fairness, identity, stopping }: Parts): RequestHandler {
  return new RequestHandler({
    options,
    machinery,
    metrics,
    health,
    audit,
    auditor: options.auditor,
    fairness,
    inFlight: new InFlight(machinery.limits),
    longRunning: new Map(),
    identity,
    discovery: createDiscoveryRoutes(machinery.resources),
    routes: { machinery, metrics, stopping, lines: new EventLines(), connect: createConnectRoutes({ machinery, nodeTls: options.nodeTls }) },
  });
}

function createPeerIdentity(options: ApiServerOptions, log: Log): PeerIdentity {
  const { authenticators, clock, audiences = [], tls, requestHeaderCa, allowsAnonymous } = options;
  return new PeerIdentity({ authenticators, audiences, clock, log, clientCa: tls.clientCa, requestHeaderCa, allowsAnonymous });
}

/**
 * A convenience: where no socket can be made (a long path, a file system without sockets), programs go over TLS. And where proxies may name users: which authority
 * vouches for whom is looked at there.
 */
async function serveLocally(
  options: ApiServerOptions,
  { identity, handler }: Pick<Parts, 'identity'> & { handler: RequestHandler },
): Promise<LocalSocketServer | undefined> {
  if (options.localSocket === undefined || options.requestHeaderCa !== undefined) return undefined;
  try {
    return await serveLocalSocket({
      path: options.localSocket,
      authority: options.tls.clientCa,
      maximumHeaderBytes,
      clock: options.clock,
      admit: (socket, certificate) => identity.vouchFor(socket, certificate),
      take: (request, response) => void handler.handle(new Http1Exchange(request, response)),
    });
  } catch (error) {
    options.log.warn('no local socket: programs of this machine go over TLS', { error });
    return undefined;
  }
}

function createServer({ tls, requestHeaderCa }: ApiServerOptions, handler: RequestHandler): Http2SecureServer {
  // What is promised of HTTP/2 headers is what its library takes in any form (twice that in most): clients that would send more fail that request alone,
  // where the library ends the connection with all its streams.
  const server = createSecureServer({
    allowHTTP1: true,
    key: tls.key,
    cert: tls.certificate,
    // Clients show a certificate only to servers that name its authority.
    ca: requestHeaderCa === undefined ? tls.clientCa : [tls.clientCa, requestHeaderCa],
    requestCert: true,
    rejectUnauthorized: false,
    settings: { maxConcurrentStreams: 1_000, initialWindowSize: 256 * 1_024, maxHeaderListSize: 64 * 1_024 },
    // Node counts what is queued for all streams of a connection in megabytes; many watches share one.
    maxSessionMemory: 256,
  });
  // Node closes idle HTTP/1.1 connections after five seconds, just when a client may be about to use them. Upstream waits this long.
  // Upstream takes headers of a mebibyte: long selectors and tokens. The other two are no options of Node's HTTP/2 server.
  Object.assign(server, { keepAliveTimeout: 90_000, maxHeaderSize: maximumHeaderBytes, shouldUpgradeCallback: isSession });
  const take = (exchange: Exchange): void => void handler.handle(exchange);
  // Listening to `request` makes Node wrap each HTTP/2 stream in its compatibility layer as well: only HTTP/1.1 may go that way.
  server.on('request', ((request: IncomingMessage, response: ServerResponse) => take(new Http1Exchange(request, response))) as never);
  server.removeAllListeners('stream');
  server.on('stream', ((stream: ServerHttp2Stream, headers: never, _flags: number, rawHeaders: string[]) => {
    // Resets and broken connections are noticed by whoever writes; unheard, they would end the process.
    stream.on('error', () => {});
    take(new Http2Exchange({ stream, headers, rawHeaders }));
  }) as never);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => take(new UpgradeExchange(request, socket, head)));
  server.on('sessionError', () => {});
  server.on('clientError', refuseUnread);
  return server;
}

function listen(server: Http2SecureServer, { host, port }: ApiServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1_024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

interface Connections {
  readonly sockets: ReadonlySet<Socket>;
  readonly sessions: ReadonlySet<ServerHttp2Session>;
}

function trackConnections(server: Http2SecureServer): Connections {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  server.on('secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  return { sockets, sessions };
}

/** Takes no more connections, lets requests under way end, then closes what is left. */
async function stop(server: Http2SecureServer, { sockets, sessions }: Connections, handler: RequestHandler): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const deadline = performance.now() + drainMs;
  while (handler.active.size > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise(setImmediate); // the last answers leave at the end of their turn
  for (const session of sessions) session.destroy();
  for (const socket of sockets) socket.destroy();
  await closed;
}
