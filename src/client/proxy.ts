import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy that the environment names for a server (HTTPS_PROXY, HTTP_PROXY, NO_PROXY, in either case), as Go reads it; undefined: none. Loopback is never proxied. */
export function proxyFromEnvironment(server: string, environment: Environment): string | undefined {
  const { protocol, hostname, port } = new URL(server);
  const read = (name: string): string => environment[name] || environment[name.toLowerCase()] || '';
  const proxy = read(protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (proxy === '' || isLoopback(host) || isExcluded(host, port || (protocol === 'https:' ? '443' : '80'), read('NO_PROXY'))) return undefined;
  return /^[a-z0-9]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function isExcluded(host: string, port: string, list: string): boolean {
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      if (entry.includes('/')) return isInRange(host, entry);
      const [, name = '', onPort] = /^(\[[^\]]*\]|[^:]*|[0-9a-f:]*)(?::(\d+))?$/.exec(entry) ?? [];
      if (onPort !== undefined && onPort !== port) return false;
      const bare = name.replace(/^\[|\]$/g, '').replace(/^\*/, '');
      if (isIP(bare)) return bare === host;
      return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`);
    });
}

function isInRange(host: string, range: string): boolean {
  const [base = '', bitsText = ''] = range.split('/');
  if (isIP(host) !== 4 || isIP(base) !== 4) return false;
  const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bitsText));
  return Math.floor(number(host) / size) === Math.floor(number(base) / size);
}

/** A way through a proxy (`http`, `https` or `socks5`), loaded when it is first needed. */
export const tunnelThrough =
  (proxyUrl: string): ((host: string, port: number) => Promise<Duplex>) =>
  async (host, port) =>
    (await import('./tunnel.ts')).openTunnel(proxyUrl, host, port);
