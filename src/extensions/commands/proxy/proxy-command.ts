import { existsSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { posix, resolve } from 'node:path';
import { type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { passRequest, passUpgrade } from './pass-requests.ts';
import { isAccepted, parsePatterns } from './request-filter.ts';
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
    const at = await listen(server, context);
    streams.stdout.write(`Starting to serve on ${at}\n`);
    await new Promise<void>((stop) => {
      if (signal.aborted) stop();
      else signal.addEventListener('abort', () => stop(), { once: true });
    });
    server.close();
    server.closeAllConnections();
  },
});

const withSlashes = (prefix: string): string => `/${prefix}/`.replaceAll(/\/+/g, '/');

/** Files and the API, each below its prefix; of both the longer one counts. */
function createProxy({ flags, cluster, directory }: ProxyContext): Server {
  const isPassed = createFilter(flags);
  const apiPrefix = withSlashes(flags['api-prefix']);
  const filesPrefix = flags.www === '' ? undefined : withSlashes(flags['www-prefix']);
  const pathOf = (request: IncomingMessage): string => (request.url ?? '/').replace(/\?.*$/s, '');
  const isFile = (path: string): boolean =>
    filesPrefix !== undefined && path.startsWith(filesPrefix) && !(apiPrefix.length > filesPrefix.length && path.startsWith(apiPrefix));
  const apiPath = (request: IncomingMessage): string | undefined =>
    pathOf(request).startsWith(apiPrefix) ? request.url!.slice(apiPrefix.length - 1) : undefined;
  const server = createServer((request, response) => {
    const path = pathOf(request);
    if (isFile(path)) return serveFile(resolve(directory, flags.www), path.slice(filesPrefix!.length - 1), response);
    const passed = apiPath(request);
    if (passed === undefined) return notFound(response);
    if (!isPassed(request, passed)) return void response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end('Forbidden\n');
    void passRequest(cluster, request, response, passed);
  });
  server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => {
    const passed = apiPath(request);
    if (passed !== undefined && isPassed(request, passed)) void passUpgrade(cluster, request, socket, head, passed);
    else socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 10\r\nconnection: close\r\n\r\nForbidden\n');
  });
  server.keepAliveTimeout = 0;
  return server;
}

function createFilter(flags: ProxyContext['flags']): (request: IncomingMessage, path: string) => boolean {
  if (flags['disable-filter']) return () => true;
  const rules = {
    acceptPaths: parsePatterns(flags['accept-paths']),
    rejectPaths: parsePatterns(flags['reject-paths']),
    acceptHosts: parsePatterns(flags['accept-hosts']),
    rejectMethods: parsePatterns(flags['reject-methods']),
  };
  return ({ method = '', headers: { host = '' } }, path) => isAccepted(rules, { method, path: decoded(path.replace(/\?.*$/s, '')), host });
}

/** What a pattern is held against must be what the server will read. */
function decoded(path: string): string {
  try {
    return posix.normalize(decodeURIComponent(path));
  } catch {
    return path;
  }
}

function listen(server: Server, { flags, directory }: ProxyContext): Promise<string> {
  const path = flags['unix-socket'] === '' ? undefined : resolve(directory, flags['unix-socket']);
  // A socket that an earlier proxy left behind.
  if (path !== undefined && existsSync(path) && lstatSync(path).isSocket()) rmSync(path);
  const { address, port } = flags;
  const place = address.includes(':') ? `[${address}]` : address;
  if (path === undefined && flags.keepalive > 0) server.on('connection', (socket) => socket.setKeepAlive(true, flags.keepalive));
  return new Promise((done, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'bind: address already in use' : error.message;
      reject(new Error(`listen ${path === undefined ? `tcp ${place}:${port}` : `unix ${flags['unix-socket']}`}: ${why}`));
    });
    if (path !== undefined) server.listen(path, () => done(flags['unix-socket']));
    else server.listen(port, address, () => done(`${place}:${(server.address() as AddressInfo).port}`));
  });
}
