import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpRequest, HttpResponse } from './http-transport.ts';
import { ConnectionLost } from './lost-requests.ts';
import { NoConnectionYet } from './too-slow.ts';

const keepAliveMs = 30_000;

/** Sends a request over HTTP/1.1, on the agent's connections. */
export function sendHttp1(url: URL, agent: HttpAgent, request: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    // The agent's connections know the server's name; without one it would be guessed from the host, at a price.
    const agentOptions = { agent, servername: '' };
    const sent: ClientRequest = httpRequest({
      protocol: (agent as unknown as { readonly protocol: string }).protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      ...agentOptions,
      method: request.method,
      path: request.path,
      headers: { host: url.host, ...request.headers, ...(request.body ? { 'content-length': request.body.length } : {}) },
      ...(request.signal ? { signal: request.signal } : {}),
    });
    let isConnected = false;
    sent.on('socket', (socket) => {
      isConnected = !socket.connecting;
      socket.once('connect', () => (isConnected = true));
      socket.setKeepAlive(true, keepAliveMs);
    });
    sent.on('response', (response: IncomingMessage) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response }));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (request.signal?.aborted && !isConnected) return reject(new NoConnectionYet(error));
      reject(error.code === 'ECONNRESET' || error.code === 'EPIPE' ? new ConnectionLost(error) : error);
    });
    sent.end(request.body);
  });
}

/** An agent whose connections are opened by `open`. */
export function agentOver(open: () => Promise<Socket>): HttpAgent {
  const agent = new HttpAgent({ keepAlive: true });
  agent.createConnection = (_options, callback) => {
    open().then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, undefined as unknown as Socket),
    );
    return undefined;
  };
  return agent;
}

/** An agent that opens plain TCP connections. */
export const plainAgent = (): HttpAgent => new HttpAgent({ keepAlive: true });

/** Lets an agent end what it has under way, and keep no connection after it. */
export function retire(agent: HttpAgent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  agent.maxFreeSockets = 0;
}
