import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

const maps = '/api/v1/namespaces/default/configmaps';

describe('the bounds of a request', () => {
  let test: TestServer;
  before(async () => void (test = await startTestServer({ limits: { bodySeconds: 0.1, writesInFlight: 2 } })));
  after(() => test[Symbol.asyncDispose]());

  const identity = (): { ca: string; cert: string; key: string } => ({
    ca: test.ca.certificatePem,
    cert: test.admin.certificatePem,
    key: test.admin.privateKeyPem,
  });

  /** Sends bytes over HTTP/1.1 and reads until the server closes. */
  const raw = (text: string, certificate = true): Promise<string> =>
    new Promise((resolve, reject) => {
      const { ca, ...client } = identity();
      const socket = connectTls({ host: '127.0.0.1', port: test.server.port, ca, ...(certificate ? client : {}) }, () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });

  const withHttp2 = async (use: (session: ClientHttp2Session) => Promise<void>): Promise<void> => {
    const session = connectHttp2(test.server.url, { ...identity(), maxSendHeaderBlockLength: 4 * 1_024 * 1_024 } as object);
    session.on('error', () => {});
    try {
      await use(session);
    } finally {
      session.destroy();
    }
  };

  const request = (session: ClientHttp2Session, headers: Record<string, string>, body?: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve) => {
      const stream = session.request({ ':path': '/version', ...headers }, { endStream: false });
      let [status, text] = [0, ''];
      stream.on('response', (head) => (status = head[':status'] ?? 0));
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('error', () => {});
      stream.on('close', () => resolve({ status, text }));
      if (body === undefined) stream.end();
      else stream.write(body);
    });

  it('answers an ordinary request whatever it wants to upgrade to', async () => {
    for (let index = 0; index < 4; index++) {
      const body = JSON.stringify({ metadata: { name: `up${index}` } });
      const answer = await raw(
        `POST ${maps} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user-eve\r\nUpgrade: h2c\r\nConnection: Upgrade, close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        false,
      );
      assert.match(answer, /^HTTP\/1\.1 201 /);
    }
  });

  it('answers an upload over HTTP/1.1 that does not end, and closes', async () => {
    const answer = await raw(`POST ${maps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`);
    assert.match(answer, /^HTTP\/1\.1 504 [^]*"reason":"Timeout"/);
  });

  it('answers uploads over HTTP/2 that do not end, which stop nobody else from writing', async () => {
    await withHttp2(async (session) => {
      const slow = Array.from({ length: 5 }, () => request(session, { ':method': 'POST', ':path': maps, 'content-type': 'application/json' }, '{'));
      const other = await test.call('POST', maps, { isAnonymous: true, headers: { authorization: 'Bearer user-bob' }, body: { metadata: { name: 'bob' } } });
      assert.equal(other.status, 201);
      for (const { status, text } of await Promise.all(slow)) assert.deepEqual([status, JSON.parse(text).reason], [504, 'Timeout']);
    });
  });

  it('takes long queries and headers over both protocols', async () => {
    const path = `/version?x=${'a'.repeat(100_000)}`;
    assert.equal((await test.call('GET', path)).status, 200);
    await withHttp2(async (session) => assert.equal((await request(session, { ':path': path })).status, 200));
  });

  it('answers headers over a mebibyte with 431', async () => {
    assert.match(
      await raw(`GET /version HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(1_100_000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 [^]*"kind":"Status"[^]*"code":431/,
    );
  });

  it('answers what is not HTTP with a Status', async () => {
    assert.match(await raw('nonsense\r\n\r\n'), /^HTTP\/1\.1 400 [^]*"reason":"BadRequest"/);
  });

  it('refuses methods of HTTP/2 that every object would inherit', async () => {
    await withHttp2(async (session) => {
      for (const method of ['constructor', 'toString']) assert.equal((await request(session, { ':method': method, ':path': maps })).status, 405);
    });
  });
});
