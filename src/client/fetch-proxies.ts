import { setGlobalProxyFromEnv } from 'node:http';

const loopback = 'localhost,127.0.0.1,[::1],::1';

/** From now on `fetch` goes by the proxies that the environment names (HTTPS_PROXY, HTTP_PROXY, NO_PROXY, in either case). Loopback is never proxied, as in Go. */
export function fetchByProxies(environment: Readonly<Record<string, string | undefined>> = process.env): void {
  const read = (name: string): string => environment[name.toLowerCase()] || environment[name] || '';
  const [secure, plain, none] = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'].map(read);
  if (!secure && !plain) return;
  setGlobalProxyFromEnv({
    ...(secure ? { HTTPS_PROXY: secure } : {}),
    ...(plain ? { HTTP_PROXY: plain } : {}),
    NO_PROXY: none ? `${none},${loopback}` : loopback,
  });
}
