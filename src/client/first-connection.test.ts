import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { FirstConnection } from './first-connection.ts';
import type { HttpRequest } from './http-transport.ts';
import { ConnectionLost } from './lost-requests.ts';
import { readBody } from './response-body.ts';
import { testCertificate } from './testing/test-certificate.ts';
import { NoConnectionYet } from './too-slow.ts';

describe('FirstConnection', () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => unknown;
  const accepted = new Set<Socket>();
  before(async () => {
    server = createHttpsServer({ key: testCertificate.key, cert: testCertificate.certificate }, (request, response) => answer(request, response));
    server.on('secureConnection', (socket: Socket) => accepted.add(socket));
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(async () => {
    for (const socket of accepted) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  const url = (): URL => new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const open = async (): Promise<TLSSocket> => {
    const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ca: testCertificate.certificate });
    await once(socket, 'secureConnect');
    return socket;
  };
  const get = (path: string, more: Partial<HttpRequest> = {}): HttpRequest => ({ method: 'GET', path, headers: {}, ...more });
  const connection = (opening = open): FirstConnection => new FirstConnection(url(), opening);

  it('sends requests one after the other over one connection', async () => {
    using first = connection();
    const ports = new Set<number | undefined>();
    answer = (request, response) => {
      ports.add(request.socket.remotePort);
      request.setEncoding('utf8').on('data', (text: string) => response.write(`${request.method} ${request.url} ${request.headers.host} ${text}`));
      request.on('end', () => response.end('.'));
    };
    for (const path of ['/a?b=c', '/d']) {
      assert.ok(first.isFree);
      const response = await first.send(get(path, { method: 'PUT', body: Buffer.from('ü') }));
      assert.equal(first.isFree, false);
      assert.equal(response?.status, 200);
      assert.equal(await readBody(response.body), `PUT ${path} ${url().host} ü.`);
    }
    assert.equal(ports.size, 1);
  });

  it('opens another connection where the server has closed the one before', async () => {
    using first = connection();
    answer = (_request, response) => response.end('ok');
    assert.equal(await readBody((await first.send(get('/')))!.body), 'ok');
    for (const socket of accepted) socket.destroy();
    await assert.doesNotReject(async () => {
      const response = await first.send(get('/')).catch((error: unknown) => {
        assert.ok(error instanceof ConnectionLost); // sent before the end was seen
        return first.send(get('/'));
      });
      assert.equal(await readBody(response!.body), 'ok');
    });
  });

  it('holds a sender back whose reader is slow, and loses nothing', async () => {
    using first = connection();
    const line = Buffer.alloc(64 * 1024, 'x');
    answer = async (_request, response) => {
      for (let count = 0; count < 400; count++) if (!response.write(line)) await once(response, 'drain');
      response.end();
    };
    const response = await first.send(get('/'));
    let bytes = 0;
    for await (const chunk of response!.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      await new Promise(setImmediate);
    }
    assert.equal(bytes, 400 * line.length);
  });

  it('tells a connection lost before a response from one lost in it', async () => {
    using first = connection();
    answer = (request) => request.socket.destroy();
    await assert.rejects(first.send(get('/')), ConnectionLost);
    answer = (request, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('half', () => request.socket.destroy());
    };
    const response = await first.send(get('/'));
    await assert.rejects(readBody(response!.body), { code: 'ECONNRESET' });
    assert.ok(first.isFree);
  });

  it('gives up on a signal: while it connects, waits and reads', async () => {
    const { promise: never } = Promise.withResolvers<TLSSocket>();
    const early = new AbortController();
    const connecting = connection(() => never).send(get('/', { signal: early.signal }));
    early.abort(new Error('enough'));
    await assert.rejects(connecting, NoConnectionYet);
    using first = connection();
    const waiting = new AbortController();
    answer = () => waiting.abort(new Error('enough'));
    await assert.rejects(
      first.send(get('/', { signal: waiting.signal })),
      (error: Error) => error instanceof ConnectionLost && (error.cause as Error).message === 'enough',
    );
    const reading = new AbortController();
    answer = (_request, response) => response.write('some');
    const response = await first.send(get('/', { signal: reading.signal }));
    reading.abort(new Error('enough'));
    await assert.rejects(readBody(response!.body), /enough/);
  });

  it('sends nothing that would become another request', async () => {
    using first = connection();
    answer = () => assert.fail('it was sent');
    await assert.rejects(first.send(get('/a b')), /Request path contains unescaped characters/);
    await assert.rejects(first.send(get('/', { headers: { 'Impersonate-User': 'a\r\nb: c' } })), /Invalid character in header content \["Impersonate-User"\]/);
  });

  it('ends what it has under way when it is retired, and takes no more', async () => {
    using first = connection();
    const { promise, resolve } = Promise.withResolvers<void>();
    answer = (_request, response) => {
      response.write('a');
      void promise.then(() => response.end('b'));
    };
    const response = await first.send(get('/'));
    first.retire();
    resolve();
    assert.equal(await readBody(response!.body), 'ab');
    assert.equal(first.isFree, false);
  });

  it('refuses what is no HTTP', async () => {
    using first = connection();
    answer = (request) => request.socket.end('nonsense\r\n\r\n');
    await assert.rejects(first.send(get('/')), /malformed HTTP response "nonsense"/);
  });
});
