import { BlockList, isIP } from 'node:net';
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
  const [base = '', bits = ''] = range.split('/');
  const family = isIP(base);
  if (family === 0 || isIP(host) === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}

/** A way through a proxy (`http`, `https` or `socks5`), loaded when it is first needed. */
export const tunnelThrough =
  (proxyUrl: string): ((host: string, port: number) => Promise<Duplex>) =>
  async (host, port) =>
    (await import('./tunnel.ts')).openTunnel(proxyUrl, host, port);
