import type { IncomingMessage } from 'node:http';
import { connect as connectTcp, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { HttpResponse } from '../http-transport.ts';
import type { RequestHeaders } from '../https-client.ts';
import type { ClusterConnection } from '../kubeconfig.ts';
import { NoAnswer } from '../no-answer.ts';
import { errorOfResponse, readBody } from '../response-body.ts';

const connectTimeoutMs = 30_000;
const maximumRefusalBytes = 64 * 1024;

/** The server answered, and did not switch protocols. `reason` is its refusal. */
export class UpgradeRefused extends Error {
  readonly status: number;
  readonly reason: Error;
  constructor(status: number, reason: Error) {
    super(reason.message, { cause: reason });
    this.name = 'UpgradeRefused';
    this.status = status;
    this.reason = reason;
  }

  static async fromResponse(response: IncomingMessage): Promise<UpgradeRefused> {
    const status = response.statusCode ?? 0;
    const isStatus = String(response.headers['content-type']).includes('json');
    if (isStatus) return new UpgradeRefused(status, await errorOfResponse({ status, headers: response.headers, body: response } satisfies HttpResponse));
    // What is no Status is worded by the client (client-go's words).
    const text = await readBody(response, maximumRefusalBytes).catch(() => 'unable to read error from server response');
    return new UpgradeRefused(status, new Error(`unable to upgrade connection: ${text.trim()}`));
  }
}

/** A connection of its own to a server, for HTTP/1.1 and what it is upgraded to, and the headers that tell who asks. */
export interface UpgradeSocket {
  readonly socket: Duplex;
  readonly headers: RequestHeaders;
  /** `host:port` of the server. */
  readonly host: string;
  /** In front of every path. */
  readonly pathPrefix: string;
}

/** Connects, through the proxy if there is one. Throws `NoAnswer`. */
export async function openUpgradeSocket(connection: ClusterConnection, userAgent: string): Promise<UpgradeSocket> {
  const url = new URL(connection.server);
  const given = await connection.credentials?.current();
  const token = (typeof connection.token === 'function' ? connection.token() : connection.token) ?? given?.token;
  const headers = { 'user-agent': userAgent, ...(token ? { authorization: `Bearer ${token.trim()}` } : {}), ...connection.headers };
  try {
    const socket = await openSocket(url, { ...connection, certificate: given?.certificate ?? connection.certificate, key: given?.key ?? connection.key });
    return { socket, headers, host: url.host, pathPrefix: url.pathname.replace(/\/$/, '') };
  } catch (error) {
    throw new NoAnswer(connection.server, error);
  }
}

type SocketOptions = Pick<ClusterConnection, 'certificateAuthority' | 'tlsServerName' | 'insecureSkipTlsVerify' | 'openTunnel'> & {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
};

async function openSocket(url: URL, options: SocketOptions): Promise<Duplex> {
  const isSecure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (isSecure ? 443 : 80));
  const tunnel = await options.openTunnel?.(host, port);
  if (!isSecure && tunnel) return tunnel;
  return new Promise((resolve, reject) => {
    const socket = isSecure
      ? connectTls({
          host,
          port,
          ...(tunnel ? { socket: tunnel } : {}),
          ALPNProtocols: ['http/1.1'],
          servername: options.tlsServerName ?? (isIP(host) ? '' : host),
          ...(options.certificateAuthority ? { ca: options.certificateAuthority } : {}),
          ...(options.certificate ? { cert: options.certificate } : {}),
          ...(options.key ? { key: options.key } : {}),
          ...(options.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
        })
      : connectTcp({ host, port });
    socket.setNoDelay(true);
    socket.setTimeout(connectTimeoutMs, () => socket.destroy(new Error(`no connection to ${url.host} within ${connectTimeoutMs / 1000} s`)));
    socket.once('error', reject);
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
