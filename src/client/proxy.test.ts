import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { WebSocketServer } from 'ws';
import { createHttpsClient } from './https-client.ts';
import { proxyFromEnvironment, tunnelThrough } from './proxy.ts';
import { openWebSocket } from './streaming/web-socket.ts';
import { testCertificate } from './testing/test-certificate.ts';

describe('proxyFromEnvironment', () => {
  const proxied = { HTTPS_PROXY: 'http://secure', HTTP_PROXY: 'plain:3128' };
  const cases: readonly (readonly [server: string, environment: Record<string, string>, proxy: string | undefined])[] = [
    ['https://a.example', proxied, 'http://secure'],
    ['http://a.example', proxied, 'http://plain:3128'],
    ['https://a.example', { https_proxy: 'socks5://low' }, 'socks5://low'],
    ['https://localhost:6443', proxied, undefined],
    ['https://127.0.0.9', proxied, undefined],
    ['https://[::1]', proxied, undefined],
    ['https://a.example', { ...proxied, NO_PROXY: 'b.example, example' }, undefined],
    ['https://a.example', { ...proxied, NO_PROXY: '.example' }, undefined],
    ['https://example', { ...proxied, NO_PROXY: '.example' }, 'http://secure'],
    ['https://a.example', { ...proxied, no_proxy: '*' }, undefined],
    ['https://a.example:8443', { ...proxied, NO_PROXY: 'a.example:443' }, 'http://secure'],
    ['https://10.1.2.3', { ...proxied, NO_PROXY: '10.0.0.0/8' }, undefined],
    ['https://11.1.2.3', { ...proxied, NO_PROXY: '10.0.0.0/8' }, 'http://secure'],
    ['https://[fd00::7]:6443', { ...proxied, NO_PROXY: 'fd00::/8' }, undefined],
    ['https://[fe00::7]:6443', { ...proxied, NO_PROXY: 'fd00::/8,10.0.0.0/99,x/8' }, 'http://secure'],
  ];
  for (const [server, environment, proxy] of cases)
    it(`${server} with ${JSON.stringify(environment)} goes through ${proxy ?? 'nothing'}`, () =>
      assert.equal(proxyFromEnvironment(server, environment), proxy));
});

const sockets = new Set<Socket>();
const listening = (server: Server): Promise<number> => {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
};

/** Joins two sockets until one of them ends. */
function join(left: Socket, right: Socket): void {
  left.pipe(right).on('error', () => left.destroy());
  right.pipe(left).on('error', () => right.destroy());
}

describe('a client behind a proxy', () => {
  const seen: string[] = [];
  const api = createHttpsServer({ key: testCertificate.key, cert: testCertificate.certificate }, (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"is":"there"}');
  });
  const connectProxy = createHttpServer();
  connectProxy.on('connect', (request, socket: Socket) => {
    seen.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
    if (request.headers['proxy-authorization'] === undefined) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const upstream = connect(Number(request.url!.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      join(socket, upstream);
    });
  });
  const socksProxy = createServer((socket) => {
    socket.once('data', (hello: Buffer) => {
      socket.write(Buffer.from([5, hello[2]!]));
      const request = (bytes: Buffer): void => {
        // An IPv4 address, by RFC 1928.
        seen.push(`socks ${bytes[3]} ${bytes.subarray(4, 8).join('.')}`);
        const upstream = connect(bytes.readUInt16BE(8), '127.0.0.1', () => {
          socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          join(socket, upstream);
        });
      };
      if (hello[2] === 0) return socket.once('data', request);
      socket.once('data', (login: Buffer) => {
        seen.push(
          login
            .subarray(2)
            .toString('latin1')
            .replace(/[^a-z]/g, ' '),
        );
        socket.write(Buffer.from([1, 0]));
        socket.once('data', request);
      });
    });
  });
  let ports: { api: number; http: number; socks: number };
  before(async () => {
    ports = { api: await listening(api), http: await listening(connectProxy), socks: await listening(socksProxy) };
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of [api, connectProxy, socksProxy]) server.close();
  });

  const ask = async (proxy: string): Promise<unknown> => {
    seen.length = 0;
    await using client = createHttpsClient({
      server: `https://127.0.0.1:${ports.api}`,
      certificateAuthority: testCertificate.certificate,
      userAgent: 'tester',
      openTunnel: tunnelThrough(proxy),
    });
    return await client.json({ method: 'GET', path: '/' });
  };

  it('reaches a server by CONNECT, and says who it is', async () => {
    assert.deepEqual(await ask(`http://me:p%40ss@127.0.0.1:${ports.http}`), { is: 'there' });
    assert.ok(seen.length > 0 && seen.every((line) => line === `127.0.0.1:${ports.api} Basic ${Buffer.from('me:p@ss').toString('base64')}`), seen.join('\n'));
  });
  it('streams through it', async () => {
    new WebSocketServer({ server: api, handleProtocols: (offered) => [...offered][0] ?? false }).on('connection', (webSocket) => webSocket.send('hello'));
    seen.length = 0;
    const { webSocket, protocol } = await openWebSocket(
      {
        server: `https://127.0.0.1:${ports.api}`,
        namespace: 'default',
        certificateAuthority: testCertificate.certificate,
        openTunnel: tunnelThrough(`http://me@127.0.0.1:${ports.http}`),
      },
      { path: '/exec', protocols: ['v5.channel.k8s.io'], userAgent: 'tester' },
    );
    const heard = once(webSocket, 'message');
    webSocket.resume();
    const [message] = (await heard) as [Buffer];
    webSocket.terminate();
    assert.deepEqual([protocol, String(message), seen.length], ['v5.channel.k8s.io', 'hello', 1]);
  });
  it('tells what the proxy says', async () => {
    await assert.rejects(ask(`http://127.0.0.1:${ports.http}`), /Proxy Authentication Required/);
  });
  it('reaches a server by SOCKS, with and without a name', async () => {
    assert.deepEqual(await ask(`socks5://127.0.0.1:${ports.socks}`), { is: 'there' });
    assert.ok(seen.includes('socks 1 127.0.0.1'), seen.join('\n'));
    assert.deepEqual(await ask(`socks5://me:pass@127.0.0.1:${ports.socks}`), { is: 'there' });
    assert.ok(
      seen.some((line) => line.includes('me') && line.includes('pass')),
      seen.join('\n'),
    );
  });
});
