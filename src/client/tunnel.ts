import { request } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

const connectTimeoutMs = 30_000;

/** A way through a proxy to a host and port: CONNECT of an `http` or `https` proxy, or `socks5`. A user and password in the URL are sent. */
export async function openTunnel(proxyUrl: string, host: string, port: number): Promise<Duplex> {
  const proxy = new URL(proxyUrl);
  if (proxy.protocol === 'socks5:') return throughSocks(proxy, host, port);
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') throw new Error(`proxy ${JSON.stringify(proxyUrl)}: only http, https and socks5 are known`);
  return throughConnect(proxy, host, port);
}

const isSecure = (proxy: URL): boolean => proxy.protocol === 'https:';
const portOf = (proxy: URL): number => Number(proxy.port || (isSecure(proxy) ? 443 : proxy.protocol === 'socks5:' ? 1080 : 80));
const userOf = (proxy: URL): string => `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;

async function throughConnect(proxy: URL, host: string, port: number): Promise<Duplex> {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const send = isSecure(proxy) ? (await import('node:https')).request : request;
  return new Promise((resolve, reject) => {
    const asked = send({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: portOf(proxy),
      method: 'CONNECT',
      path: target,
      timeout: connectTimeoutMs,
      headers: { host: target, ...(proxy.username ? { 'proxy-authorization': `Basic ${Buffer.from(userOf(proxy)).toString('base64')}` } : {}) },
    });
    asked.on('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(response.statusMessage || `the proxy answered ${response.statusCode}`));
    });
    asked.on('timeout', () => asked.destroy(new Error(`the proxy ${proxy.host} did not answer within ${connectTimeoutMs / 1000} s`)));
    asked.on('error', (error) => reject(new Error(`proxyconnect tcp: ${error.message}`, { cause: error })));
    asked.end();
  });
}

/** RFC 1928, with a name for the proxy to resolve; RFC 1929 when the URL has a user. */
async function throughSocks(proxy: URL, host: string, port: number): Promise<Duplex> {
  const socket = connect({ host: proxy.hostname.replace(/^\[|\]$/g, ''), port: portOf(proxy) });
  socket.setTimeout(connectTimeoutMs, () => socket.destroy(new Error(`the proxy ${proxy.host} did not answer within ${connectTimeoutMs / 1000} s`)));
  try {
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.write(Buffer.from([5, 1, proxy.username ? 2 : 0]));
    const [, method] = await take(socket, 2);
    if (method === 2) await signIn(socket, userOf(proxy));
    else if (method !== 0) throw new Error('socks connect: no acceptable authentication methods');
    socket.write(Buffer.concat([Buffer.from([5, 1, 0]), socksAddress(host), Buffer.from([port >> 8, port & 255])]));
    const head = await take(socket, 4);
    if (head[1] !== 0) throw new Error(`socks connect: the proxy refused with code ${head[1]}`);
    await take(socket, (head[3] === 1 ? 4 : head[3] === 4 ? 16 : (await take(socket, 1))[0]!) + 2);
    socket.setTimeout(0);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** An IPv4 address as it is, all else as a name. */
function socksAddress(host: string): Buffer {
  if (isIP(host) === 4) return Buffer.from([1, ...host.split('.').map(Number)]);
  const name = Buffer.from(host);
  return Buffer.concat([Buffer.from([3, name.length]), name]);
}

async function signIn(socket: Socket, user: string): Promise<void> {
  const [name = '', ...password] = user.split(':');
  const [nameBytes, passwordBytes] = [Buffer.from(name), Buffer.from(password.join(':'))];
  socket.write(Buffer.concat([Buffer.from([1, nameBytes.length]), nameBytes, Buffer.from([passwordBytes.length]), passwordBytes]));
  if ((await take(socket, 2))[1] !== 0) throw new Error('socks connect: username/password authentication failed');
}

/** So many bytes, and not one more. */
function take(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const onReadable = (): void => {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes) finish(() => resolve(bytes));
    };
    const onEnd = (error?: Error): void => finish(() => reject(error ?? new Error('the proxy closed the connection')));
    const finish = (settle: () => void): void => {
      socket.off('readable', onReadable).off('error', onEnd).off('close', onEnd);
      settle();
    };
    socket.on('readable', onReadable).on('error', onEnd).on('close', onEnd);
    onReadable();
  });
}
