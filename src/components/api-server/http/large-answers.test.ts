import assert from 'node:assert/strict';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const protobuf = 'application/vnd.kubernetes.protobuf';
const eve = { authorization: 'Bearer user-eve' };

const serverWith = async (answerSeconds: number, objects: number): Promise<TestServer> => {
  const test = await startTestServer({ limits: { answerSeconds } });
  const text = 'x'.repeat(300_000);
  for (let index = 0; index < objects; index++)
    assert.equal((await test.call('POST', maps, { body: { metadata: { name: `map-${index}` }, data: { text } } })).status, 201);
  return test;
};

/** Reads that are under way, without the one that asks. */
const readsUnderWay = async (test: TestServer): Promise<number> => {
  const { text } = await test.call('GET', '/metrics');
  return Number(/^apiserver_current_inflight_requests\{request_kind="readOnly"\} (\d+)$/m.exec(text)?.[1]) - 1;
};

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** A client that takes no byte of an answer before it is told to. */
const withStalled = async (test: TestServer, use: (session: ClientHttp2Session) => Promise<void>): Promise<void> => {
  const session = connectHttp2(test.server.url, { ca: test.ca.certificatePem, settings: { initialWindowSize: 0 } });
  session.on('error', () => {});
  try {
    await use(session);
  } finally {
    session.destroy();
  }
};

const answered = (stream: ClientHttp2Stream): Promise<number> =>
  new Promise((resolve) => stream.on('error', () => {}).on('response', (head) => resolve(head[':status'] ?? 0)));

const requests: readonly [string, Record<string, string>][] = [
  ['a list', { ':path': maps }],
  ['a list as protobuf', { ':path': maps, accept: protobuf }],
  ['a list as a table', { ':path': `${maps}?includeObject=Object`, accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }],
  ['a compressed list', { ':path': maps, 'accept-encoding': 'gzip' }],
  ['an object', { ':path': `${maps}/map-0` }],
];

describe('a large answer whose client does not take it', () => {
  let test: TestServer;
  before(async () => void (test = await serverWith(60, 3)));
  after(() => test[Symbol.asyncDispose]());

  // What is compressed is small here, and leaves at once.
  for (const [name, headers] of requests.filter(([, { 'accept-encoding': encoding }]) => !encoding))
    it(`keeps its request's place until the client takes it or goes: ${name}`, async () => {
      await withStalled(test, async (session) => {
        const stream = session.request({ ...headers, ...eve });
        assert.equal(await answered(stream), 200);
        assert.equal(await readsUnderWay(test), 1);
        let length = 0;
        stream.on('data', (chunk: Buffer) => (length += chunk.length));
        session.settings({ initialWindowSize: 1_000_000 });
        await new Promise((resolve) => stream.on('close', resolve));
        assert.ok(length >= 300_000);
        await until(async () => (await readsUnderWay(test)) === 0);
        const other = session.request({ ...headers, ...eve });
        other.pause();
        await answered(other);
      });
      await until(async () => (await readsUnderWay(test)) === 0);
    });

  it('is none when it is only asked for its head', async () => {
    await withStalled(test, async (session) => {
      const stream = session.request({ ':path': `${maps}/map-0`, ':method': 'HEAD', ...eve });
      assert.equal(await answered(stream), 200);
      await until(async () => (await readsUnderWay(test)) === 0);
    });
  });

  it('keeps no place when it is small', async () => {
    await withStalled(test, async (session) => {
      assert.equal(await answered(session.request({ ':path': '/api/v1', ...eve })), 200);
      await until(async () => (await readsUnderWay(test)) === 0);
    });
  });
});

describe('a large answer that is not taken in time', () => {
  let test: TestServer;
  before(async () => void (test = await serverWith(0.05, 60)));
  after(() => test[Symbol.asyncDispose]());

  for (const [name, headers] of requests)
    it(`is broken off over HTTP/2: ${name}`, async () => {
      await withStalled(test, async (session) => {
        const stream = session.request({ ...headers, ...eve });
        const closed = new Promise((resolve) => stream.on('close', resolve));
        assert.equal(await answered(stream), 200);
        stream.resume();
        await closed;
        assert.notEqual(stream.rstCode, 0);
      });
      await until(async () => (await readsUnderWay(test)) === 0);
    });

  it('is broken off over HTTP/1.1', async () => {
    const socket = connectTls({ host: '127.0.0.1', port: test.server.port, ca: test.ca.certificatePem });
    const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
    socket.write(`GET ${maps} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user-eve\r\n\r\n`);
    let length = 0;
    socket.on('data', (chunk: Buffer) => (length += chunk.length));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    await until(async () => (await readsUnderWay(test)) === 0);
    socket.resume();
    await closed;
    assert.ok(length < 60 * 300_000);
  });
});
