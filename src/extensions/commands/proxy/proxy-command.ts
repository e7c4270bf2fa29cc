import { existsSync, lstatSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { resolve } from 'node:path';
import { type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { writeWarning } from '../../../extension-points/commands/errors/write-warning.ts';
import { passRequest, passUpgrade } from './pass-requests.ts';
import { isAccepted, parsePatterns } from './request-filter.ts';
import { type Route, routeRequest, withSlashes } from './route-request.ts';
import { notFound, serveFile } from './static-files.ts';

const proxyFlags = {
  'accept-hosts': {
    type: 'string',
    default: '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$',
    description: 'Patterns of hosts by whose names the proxy may be called.',
  },
  'accept-paths': { type: 'string', default: '^.*', description: 'Patterns of paths that go through.' },
  address: { type: 'string', default: '127.0.0.1', description: 'The IP address to listen on.' },
  'api-prefix': { type: 'string', default: '/', description: 'Where the API begins.' },
  'append-server-path': { type: 'boolean', description: "Put the path of the context's server in front of each request. (It always is.)" },
  'disable-filter': { type: 'boolean', description: 'Let everything through. Web pages that you look at may then do what you may.' },
  keepalive: { type: 'duration', description: 'How often to probe connections that are idle; 0: never.' },
  port: { type: 'integer', shorthand: 'p', default: 8001, description: 'The port to listen on; 0 for any that is free.' },
  'reject-methods': { type: 'string', default: '^$', description: "Patterns of methods that do not go through (--reject-methods='POST,PUT,PATCH')." },
  'reject-paths': {
    type: 'string',
    default: '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach',
    description: 'Patterns of paths that do not go through, even if --accept-paths would let them.',
  },
  'unix-socket': { type: 'string', shorthand: 'u', description: 'The Unix socket to listen on.' },
  www: { type: 'string', shorthand: 'w', description: 'Serve the files of this folder, too.' },
  'www-prefix': { type: 'string', shorthand: 'P', default: '/static/', description: 'Where the files begin.' },
} as const satisfies FlagTable;

type ProxyContext = CommandContext<typeof proxyFlags>;

export const proxyCommand = defineCommand({
  name: 'proxy',
  group: 'Troubleshooting and Debugging Commands:',
  short: 'Run a proxy to the Kubernetes API server',
  long: `
    Listen here, and pass requests on to the API server with your credentials; files of a folder can be served beside it.

    Whoever reaches the proxy may do what you may, so it listens on this machine only, unless it is told otherwise, and takes no requests that name another host.`,
  examples: `
    # The whole API, and nothing else: at localhost:8001/api/v1/...
    $PROGRAM proxy

    # Below a prefix: at localhost:8001/my-api/api/v1/...
    $PROGRAM proxy --api-prefix=/my-api/

    # Some files, and parts of the API
    $PROGRAM proxy --www=/my/files --www-prefix=/static/ --api-prefix=/api/

    # On another port, or on any that is free
    $PROGRAM proxy --port=8011 --www=./local/www/
    $PROGRAM proxy --port=0`,
  usage: 'proxy [--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]',
  flags: proxyFlags,
  async run(context) {
    const { flags, streams, signal, cluster } = context;
    if (flags.port !== proxyFlags.port.default && flags['unix-socket'] !== '') throw new Error('cannot set --unix-socket and --port at the same time');
    cluster.connection();
    const server = createProxy(context);
    warn(context);
    const at = await listen(server, context);
    streams.stdout.write(`Starting to serve on ${at}\n`);
    await new Promise<void>((stop) => {
      if (signal.aborted) stop();
      else signal.addEventListener('abort', () => stop(), { once: true });
    });
    server.close();
    server.closeAllConnections();
    signal.throwIfAborted();
  },
});

/** Files and the API, each below its prefix. */
function createProxy({ flags, cluster, directory }: ProxyContext): Server {
  const isPassed = createFilter(flags);
  const prefixes = { api: withSlashes(flags['api-prefix']), files: flags.www === '' ? undefined : withSlashes(flags['www-prefix']) };
  const server = createServer((request, response) => {
    const route = routeRequest(request.url ?? '/', prefixes);
    if (route.kind === 'file') serveFile(resolve(directory, flags.www), route.path, response);
    else if (route.kind === 'api' && isPassed(request, route.decoded)) void passRequest(cluster, request, response, route.path);
    else refuse(route, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => {
    const route = routeRequest(request.url ?? '/', prefixes);
    if (route.kind === 'api' && isPassed(request, route.decoded)) return void passUpgrade(cluster, request, socket, head, route.path);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.once('finish', () => socket.end());
    refuse(route, response);
  });
  server.keepAliveTimeout = 0;
  return server;
}

function refuse(route: Route, response: ServerResponse): void {
  if (route.kind === 'none') return notFound(response);
  const moved = route.kind === 'moved' ? route.to : undefined;
  const [code, type, text] =
    moved !== undefined
      ? ([301, 'text/html', `<a href="${moved}">Moved Permanently</a>.\n\n`] as const)
      : route.kind === 'bad'
        ? ([400, 'text/plain', 'Bad Request\n'] as const)
        : ([403, 'text/plain', 'Forbidden\n'] as const);
  response.writeHead(code, { 'content-type': `${type}; charset=utf-8`, ...(moved === undefined ? {} : { location: moved }) }).end(text);
}

function createFilter(flags: ProxyContext['flags']): (request: IncomingMessage, path: string) => boolean {
  if (flags['disable-filter']) return () => true;
  const rules = {
    acceptPaths: parsePatterns(flags['accept-paths']),
    rejectPaths: parsePatterns(flags['reject-paths']),
    acceptHosts: parsePatterns(flags['accept-hosts']),
    rejectMethods: parsePatterns(flags['reject-methods']),
  };
  return ({ method = '', headers: { host = '' } }, path) => isAccepted(rules, { method, path, host });
}

function warn({ flags, directory, streams }: ProxyContext): void {
  if (flags['disable-filter'] && flags['unix-socket'] === '')
    writeWarning(streams.stderr, 'Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious');
  if (flags.www === '') return;
  const found = statSync(resolve(directory, flags.www), { throwIfNoEntry: false });
  if (!found) writeWarning(streams.stderr, `Failed to stat static file directory ${flags.www}: no such file or directory`);
  else if (!found.isDirectory()) writeWarning(streams.stderr, `Static file directory ${flags.www} is not a directory`);
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'bind: address already in use',
  EACCES: 'bind: permission denied',
  EADDRNOTAVAIL: 'bind: cannot assign requested address',
  ENOENT: 'bind: no such file or directory',
};

function listen(server: Server, { flags, directory }: ProxyContext): Promise<string> {
  const path = flags['unix-socket'] === '' ? undefined : resolve(directory, flags['unix-socket']);
  // A socket that an earlier proxy left behind.
  if (path !== undefined && existsSync(path) && lstatSync(path).isSocket()) rmSync(path);
  const { address, port } = flags;
  if (path === undefined && (port < 0 || port > 65_535)) throw new Error(`listen tcp: address ${port}: invalid port`);
  const place = address.includes(':') ? `[${address}]` : address;
  if (path === undefined && flags.keepalive > 0) server.on('connection', (socket) => socket.setKeepAlive(true, flags.keepalive));
  return new Promise((done, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = reasons[error.code ?? ''] ?? error.message;
      reject(new Error(`listen ${path === undefined ? `tcp ${place}:${port}` : `unix ${flags['unix-socket']}`}: ${why}`));
    });
    if (path === undefined) server.listen(port, address, () => done(`${place}:${(server.address() as AddressInfo).port}`));
    else listenForOwner(server, path, () => done(flags['unix-socket']));
  });
}

/** Whoever may connect has this user's rights at the API, so nobody else may. The socket is made within the call. */
function listenForOwner(server: Server, path: string, onListening: () => void): void {
  const mask = process.umask(0o177);
  try {
    server.listen(path, onListening);
  } finally {
    process.umask(mask);
  }
}
