import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A server that requests are passed on to. */
export interface Endpoint {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** Client certificate and authority. Absent with https: the server is not verified, as upstream does for pods and services. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
}

const connectTimeoutMs = 30_000;

export const hostText = ({ host, port }: Endpoint): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Opens a raw connection. Rejects when it cannot be made within 30 seconds. */
export function openConnection(endpoint: Endpoint): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { host, port, scheme, tls } = endpoint;
    const socket =
      scheme === 'https'
        ? connectTls({ host, port, ALPNProtocols: ['http/1.1'], ...(tls ?? { rejectUnauthorized: false }), ...(isAddress(host) ? {} : { servername: host }) })
        : connectTcp({ host, port });
    socket.setTimeout(connectTimeoutMs, () => socket.destroy(new Error(`connection to ${hostText(endpoint)} timed out`)));
    socket.once('error', reject);
    socket.once(scheme === 'https' ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0);
      socket.setNoDelay(true);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':');
