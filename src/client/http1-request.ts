import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { HttpRequest, HttpResponse } from './http-transport.ts';
import { ConnectionLost } from './lost-requests.ts';

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
    sent.on('socket', (socket) => socket.setKeepAlive(true, keepAliveMs));
    sent.on('response', (response: IncomingMessage) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response }));
    sent.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ECONNRESET' || error.code === 'EPIPE' ? new ConnectionLost(error) : error));
    sent.end(request.body);
  });
}

/** An agent whose connections are opened by `open`, at most so many at once. */
export function agentOver(open: () => Promise<TLSSocket>, { maxSockets = Infinity }: { readonly maxSockets?: number } = {}): HttpAgent {
  const agent = new HttpAgent({ keepAlive: true, maxSockets });
  agent.createConnection = (_options, callback) => {
    open().then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, undefined as unknown as TLSSocket),
    );
    return undefined;
  };
  return agent;
}
