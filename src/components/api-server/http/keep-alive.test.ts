import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

/** Sends requests one after the other on one HTTP/1.1 connection, each in the packet after the last byte of the answer before; answers the status codes. */
async function inARow(server: TestServer, requests: readonly string[]): Promise<number[]> {
  const { ca, admin } = server;
  const socket = await open({ port: server.server.port, ca: ca.certificatePem, cert: admin.certificatePem, key: admin.privateKeyPem });
  const codes: number[] = [];
  const waiting = [...requests];
  const next = (): void => void (waiting.length > 0 ? socket.write(waiting.shift()!) : socket.end());
  let received = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => resolve(codes));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const end = endOfAnswer(received);
      if (end === undefined) return;
      codes.push(Number(received.toString('latin1', 9, 12)));
      received = received.subarray(end);
      next();
    });
    next();
  });
}

function open(options: { port: number; ca: string; cert: string; key: string }): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...options, host: '127.0.0.1', servername: 'localhost', ALPNProtocols: ['http/1.1'] }, () => resolve(socket));
    socket.setNoDelay(true).once('error', reject);
  });
}

/** Where the first answer ends; undefined while it is not all there. */
function endOfAnswer(bytes: Buffer): number | undefined {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1];
  if (length !== undefined) return bytes.length >= head + 4 + Number(length) ? head + 4 + Number(length) : undefined;
  const end = bytes.indexOf('\r\n0\r\n\r\n', head);
  return end < 0 ? undefined : end + 7;
}

const requestOf = (method: string, path: string, body = '', contentType = 'application/merge-patch+json'): string =>
  `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe('a connection that is kept', () => {
  let server: TestServer;
  const path = '/api/v1/namespaces/default/configmaps';
  const patchOf = (size: number): string => requestOf('PATCH', `${path}/large`, JSON.stringify({ data: { text: 'x'.repeat(size) } }));
  before(async () => {
    server = await startTestServer();
    assert.equal((await server.call('POST', path, { body: { metadata: { name: 'large' } } })).status, 201);
  });
  after(() => server[Symbol.asyncDispose]());

  it('takes a large request right behind a large answer', async () => {
    for (const size of [1_000, 15_000, 17_000, 64_000, 300_000])
      assert.deepEqual(await inARow(server, Array(12).fill(patchOf(size))), Array(12).fill(200), `${size}`);
  });

  it('takes a large request right behind a long list', async () => {
    for (let index = 0; index < 40; index++)
      await server.call('POST', path, { body: { metadata: { name: `part-${index}` }, data: { text: 'x'.repeat(50_000) } } });
    assert.deepEqual(await inARow(server, [requestOf('GET', path), patchOf(40_000), requestOf('GET', path), patchOf(90_000)]), [200, 200, 200, 200]);
  });
});
