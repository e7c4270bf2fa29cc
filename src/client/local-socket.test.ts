import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { connectionTo } from './cluster-connection.ts';
import { createHttpsClient, type HttpsClient } from './https-client.ts';
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig.ts';
import { localSocketEntry } from './local-socket.ts';
import { testCertificate } from './testing/test-certificate.ts';

describe('a client of a local socket', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-socket-'));
  const path = join(directory, 'socket');
  let secure: Http2SecureServer;
  const sockets = new Set<Socket>();
  /** Which way each request came, its method and body. */
  const came: string[] = [];
  const answering =
    (way: string): RequestListener =>
    (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        came.push(`${way} ${request.method} ${body}`.trim());
        response.setHeader('content-type', 'application/json');
        response.end('{}');
      });
    };
  before(async () => {
    const { key, certificate: cert } = testCertificate;
    secure = createSecureServer({ key, cert, allowHTTP1: true }, answering('TLS') as never);
    secure.on('secureConnection', (socket: Socket) => sockets.add(socket));
    await once(secure.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => void came.splice(0));
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => secure.close(resolve));
    rmSync(directory, { recursive: true });
  });

  const client = (authority = 'authority'): HttpsClient =>
    createHttpsClient({
      server: `https://127.0.0.1:${(secure.address() as AddressInfo).port}`,
      certificateAuthority: testCertificate.certificate,
      userAgent: 'test',
      startsWithOne: true,
      localSocket: { path, authority, certificate: 'certificate' },
    });
  const accepting: RequestListener = (_request, response) => void response.writeHead(204).end();
  const never: RequestListener = () => assert.fail('asked');
  const serve = async (listener: RequestListener, greeted = accepting): Promise<Server & AsyncDisposable> => {
    const server = createServer((request, response) => (request.url?.startsWith('/wherry.dev/') ? greeted : listener)(request, response));
    await once(server.listen({ path }), 'listening');
    const dispose = async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    return Object.assign(server, { [Symbol.asyncDispose]: dispose });
  };

  it('goes there, having said once which cluster it means and who it is', async () => {
    const greetings: IncomingHttpHeaders[] = [];
    await using _server = await serve(answering('socket'), (request, response) => {
      greetings.push(request.headers);
      accepting(request, response);
    });
    await using asking = client();
    await asking.json({ method: 'GET', path: '/a' });
    await asking.json({ method: 'POST', path: '/b', body: '{"c":1}' });
    assert.deepEqual(came, ['socket GET', 'socket POST {"c":1}']);
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    assert.deepEqual(
      greetings.map((headers) => [headers['wherry-certificate-authority'], headers['wherry-client-certificate']]),
      [[base64('authority'), base64('certificate')]],
    );
  });

  it('sends no token there: the certificate counts', async () => {
    let headers: IncomingHttpHeaders = {};
    await using _server = await serve((request, response) => {
      ({ headers } = request);
      answering('socket')(request, response);
    });
    await using asking = client();
    const answer = await asking.raw({ method: 'GET', path: '/a', headers: { authorization: 'Bearer x', 'impersonate-user': 'kim' } });
    answer.body.destroy();
    assert.deepEqual([headers['authorization'], headers['impersonate-user']], [undefined, 'kim']);
  });

  it('goes over TLS where nobody serves it', async () => {
    await using asking = client();
    await asking.json({ method: 'POST', path: '/a', body: '{}' });
    assert.deepEqual(came, ['TLS POST {}']);
  });

  const unwilling: Record<string, RequestListener> = {
    'is sent away': (_request, response) => void response.writeHead(421, { connection: 'close' }).end(),
    'meets a server of another kind': (_request, response) => void response.writeHead(200).end('hello'),
    'is hung up on': ({ socket }) => void socket.destroy(),
    'hears nothing for a while': () => undefined,
  };
  for (const [what, greeted] of Object.entries(unwilling))
    it(`goes over TLS from then on where it ${what}`, async () => {
      let greetings = 0;
      await using _server = await serve(never, (request, response) => {
        greetings++;
        greeted(request, response);
      });
      await using asking = client();
      for (let count = 0; count < 2; count++) await asking.json({ method: 'POST', path: '/a', body: JSON.stringify('x'.repeat(1_000_000)) });
      assert.deepEqual([greetings, came.map((line) => line.slice(0, 8))], [1, ['TLS POST', 'TLS POST']]);
    });

  it('goes over TLS with bundles, which no cluster of ours has', async () => {
    await using _server = await serve(never);
    await using asking = client('x'.repeat(10_000));
    await asking.json({ method: 'GET', path: '/a' });
    assert.deepEqual(came, ['TLS GET']);
  });

  it('hands on what a server behind the server says, whatever it is', async () => {
    await using _server = await serve((_request, response) => void response.writeHead(421).end());
    await using asking = client();
    await assert.rejects(asking.json({ method: 'POST', path: '/a', body: '{}' }), { code: 421 });
    assert.deepEqual(came, []);
  });

  it('uses HTTP/2 for what is asked meanwhile', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await using _server = await serve((request, response) => void held.then(() => answering('socket')(request, response)));
    await using asking = client();
    const first = asking.json({ method: 'GET', path: '/a' });
    await asking.json({ method: 'GET', path: '/b' });
    release();
    await first;
    assert.deepEqual(came, ['TLS GET', 'socket GET']);
  });

  it('says that it was cut off, as over TLS', async () => {
    await using _server = await serve((request) => void request.socket.destroy());
    await using asking = client();
    await assert.rejects(asking.json({ method: 'POST', path: '/a', body: '{}' }), { code: 503 });
    assert.deepEqual(came, []);
  });
});

describe('the socket of a kubeconfig', () => {
  const server = 'https://127.0.0.1:6443';
  const cluster: KubeconfigCluster = { server, 'certificate-authority-data': 'Y2E=', extensions: [{ name: 'other' }, localSocketEntry('/s', server)] };
  const pem = Buffer.from('-----BEGIN X').toString('base64');
  const user = { 'client-certificate-data': pem, 'client-key-data': pem };
  const socketOf = (more: Partial<KubeconfigCluster>, who: KubeconfigUser = user): string | undefined =>
    connectionTo({ ...cluster, ...more }, who, { userName: 'x' }).localSocket?.path;

  it('is for users with a certificate', () => {
    assert.equal(socketOf({}), '/s');
    assert.equal(socketOf({}, { ...user, token: 'x' }), '/s');
    assert.equal(socketOf({}, { token: 'x' }), undefined);
  });

  it('is left where anything else was said of the server', () => {
    const { 'certificate-authority-data': _, ...withoutAuthority } = cluster;
    assert.equal(connectionTo(withoutAuthority, user, { userName: 'x' }).localSocket, undefined);
    for (const more of [
      { server: 'https://127.0.0.1:6444' },
      { server: `${server}/` },
      { 'tls-server-name': 'a' },
      { 'insecure-skip-tls-verify': true },
      { 'proxy-url': 'http://127.0.0.1:1' },
      { extensions: [] },
      { extensions: 'x' },
      { extensions: [null, { name: 'wherry.dev/local-socket' }] },
      { extensions: [{ name: 'wherry.dev/local-socket', extension: { path: 1, server } }] },
    ])
      assert.equal(socketOf(more), undefined, JSON.stringify(more));
  });
});
