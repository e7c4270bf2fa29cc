import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect } from 'node:http2';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { configmaps } from '../../api/generated/resource-types.ts';
import { systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { openObjectStore } from './store/object-store.ts';
import { startTestServer, type TestServer } from './test-server.fixture.ts';

const base = '/api/v1/namespaces/w/configmaps';
const map = (name: string, labels: Record<string, string> = {}): object => ({ metadata: { name, labels } });
type Event = Record<string, any>;
const brief = ({ type, object }: Event): string =>
  type === 'ERROR'
    ? `ERROR ${object.code} ${object.reason}`
    : type === 'BOOKMARK'
      ? `BOOKMARK${object.metadata.annotations ? ' end' : ''}`
      : `${type} ${object.metadata.name}`;

function connectTo(test: TestServer): ClientHttp2Session {
  const session = connect(test.server.url, { ca: test.ca.certificatePem, cert: test.admin.certificatePem, key: test.admin.privateKeyPem });
  session.on('error', () => {});
  return session;
}

/** Reads events of a watch until there are `count` (or the server ends it), then leaves. */
async function events(session: ClientHttp2Session, path: string, count = Infinity): Promise<Event[]> {
  const stream = session.request({ ':path': path });
  const seen: Event[] = [];
  if (count > 0) {
    for await (const line of createInterface({ input: stream })) {
      seen.push(JSON.parse(line) as Event);
      if (seen.length === count) break;
    }
  }
  const closed = new Promise((resolve) => stream.once('close', resolve));
  stream.close();
  if (!stream.closed) await closed;
  return seen;
}

describe('a watch', () => {
  let test: TestServer;
  let session: ClientHttp2Session;
  const write = (method: string, path: string, body?: object): Promise<unknown> =>
    test.call(method, path, body ? { body, headers: method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {} } : {});
  /** The revision before and after everything below: `a` was made and changed, `b` came and went. */
  let [start, end] = [0, 0];
  before(async () => {
    test = await startTestServer({ prepare: (storage) => Object.assign(storage, { revision: 30, compactedRevision: 30 }) });
    session = connectTo(test);
    await write('POST', base, map('a', { in: 'no' }));
    start = test.store.revision;
    await write('PATCH', `${base}/a`, { metadata: { labels: { in: 'yes' } } });
    await write('POST', base, map('b', { in: 'yes' }));
    await write('DELETE', `${base}/b`);
    await write('POST', '/api/v1/namespaces/other/configmaps', map('a', { in: 'yes' }));
    end = test.store.revision;
  });
  after(async () => {
    session.destroy();
    await test[Symbol.asyncDispose]();
  });

  const changes = 'MODIFIED a, ADDED b, DELETED b';
  const initial = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
  const cases: readonly { readonly query: () => string; readonly want: string }[] = [
    { query: () => '', want: 'ADDED a' },
    { query: () => 'resourceVersion=0', want: 'ADDED a' },
    { query: () => 'allowWatchBookmarks=true', want: 'ADDED a, BOOKMARK end' },
    { query: () => 'resourceVersion=0&allowWatchBookmarks=true', want: 'ADDED a, BOOKMARK end' },
    { query: () => `${initial}&allowWatchBookmarks=true`, want: 'ADDED a, BOOKMARK end' },
    { query: () => `${initial}&allowWatchBookmarks=true&resourceVersion=${start}`, want: 'ADDED a, BOOKMARK end' },
    { query: () => `${initial}&allowWatchBookmarks=true&resourceVersion=3`, want: 'ADDED a, BOOKMARK end' },
    { query: () => initial, want: 'ADDED a' },
    { query: () => 'sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true', want: '' },
    { query: () => `resourceVersion=${start}`, want: changes },
    { query: () => `sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=${start}`, want: changes },
    { query: () => `resourceVersion=${start}&labelSelector=in%3Dyes`, want: 'ADDED a, ADDED b, DELETED b' },
    { query: () => `resourceVersion=${start}&labelSelector=in%3Dno`, want: 'DELETED a' },
    { query: () => `resourceVersion=${start}&fieldSelector=metadata.name%3Db`, want: 'ADDED b, DELETED b' },
    { query: () => 'fieldSelector=metadata.name%3Da', want: 'ADDED a' },
    { query: () => `resourceVersion=${end}`, want: '' },
    { query: () => 'resourceVersion=99999', want: '' },
    { query: () => 'resourceVersion=3', want: 'ERROR 410 Expired' },
    { query: () => `${initial}&resourceVersion=99999`, want: 'ERROR 504 Timeout' },
  ];
  // All at once: each takes the second after which it ends.
  const answers = new Map<object, string>();
  before(async () => {
    const ask = async (one: (typeof cases)[number]): Promise<unknown> =>
      answers.set(one, (await events(session, `${base}?watch=1&timeoutSeconds=1&${one.query()}`)).map(brief).join(', '));
    await Promise.all(cases.map(ask));
  });
  for (const one of cases)
    it(`of ${one.query().replace('=0', '=a revision') || 'nothing in particular'} begins with ${one.want || 'silence'}`, () =>
      assert.equal(answers.get(one), one.want));

  it('says how old is too old', async () => {
    const [event] = await events(session, `${base}?watch=1&resourceVersion=3`);
    assert.equal(event!['object'].message, 'too old resource version: 3 (30)');
  });

  it('may be of all namespaces, of one by selector, or of one object, also by the deprecated paths', async () => {
    const added = async (path: string): Promise<string> =>
      (await events(session, `${path}${path.includes('?') ? '&' : '?'}timeoutSeconds=1`))
        .map(({ object }) => `${object.metadata.namespace}/${object.metadata.name}`)
        .join(' ');
    assert.equal(await added('/api/v1/watch/configmaps'), 'other/a w/a');
    assert.equal(await added('/api/v1/configmaps?watch=1&fieldSelector=metadata.namespace%3Dother'), 'other/a');
    assert.equal(await added('/api/v1/configmaps?watch=1&fieldSelector=metadata.name%3Da'), 'other/a w/a');
    assert.equal(await added('/api/v1/watch/namespaces/w/configmaps'), 'w/a');
    assert.equal(await added('/api/v1/watch/namespaces/w/configmaps/a'), 'w/a');
    assert.equal(await added('/api/v1/watch/namespaces/w/configmaps/b'), '');
  });

  it('shows what leaves a selection as it was seen last, at the revision it left', async () => {
    const [event] = await events(session, `${base}?watch=1&resourceVersion=${start}&labelSelector=in%3Dno`, 1);
    assert.deepEqual([event!['object'].metadata.labels, event!['object'].metadata.resourceVersion], [{ in: 'no' }, String(start + 1)]);
  });

  it('from the future is silent about what comes before', async () => {
    const from = test.store.revision + 2;
    const seen = events(session, `${base}?watch=1&resourceVersion=${from}`, 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const name of ['f1', 'f2', 'f3']) await write('POST', base, map(name));
    assert.deepEqual((await seen).map(brief), ['ADDED f3']);
  });

  it('ends at once when its time is negative', async () =>
    assert.deepEqual(await events(session, `${base}?watch=1&timeoutSeconds=-1&resourceVersion=${test.store.revision}`), []));

  it('goes on after a restart, without a gap', async () => {
    const store = await openObjectStore({ storage: test.storage, clock: systemClock, log: silentLog });
    await using reopened = await startTestServer({ store });
    const other = connectTo(reopened);
    assert.equal((await events(other, `${base}?watch=1&resourceVersion=${start}`, 3)).map(brief).join(', '), changes);
    other.destroy();
  });
});

describe('bookmarks', () => {
  it('come every minute and shortly before the end', async () => {
    const clock = new ManualClock();
    await using test = await startTestServer({ clock });
    const session = connectTo(test);
    const stream = session.request({ ':path': `${base}?watch=1&allowWatchBookmarks=true&timeoutSeconds=150&resourceVersion=1` });
    const lines = createInterface({ input: stream })[Symbol.asyncIterator]();
    await new Promise((resolve) => stream.once('response', resolve));
    for (const [silentMs, thenMs] of [
      [59_999, 1],
      [59_999, 1],
      [27_999, 1],
    ] as const) {
      const { revision } = test.store;
      await clock.advance(silentMs);
      await test.call('POST', '/api/v1/namespaces/w/secrets', { body: map(`s${revision}`) });
      await clock.advance(thenMs);
      const { type, object } = JSON.parse((await lines.next()).value as string) as Event;
      // One that had come earlier would name an earlier revision.
      assert.deepEqual([type, object.kind, object.metadata], ['BOOKMARK', 'ConfigMap', { resourceVersion: String(revision + 1) }]);
    }
    await clock.advance(2_000);
    assert.equal((await lines.next()).done, true);
    session.destroy();
  });

  it('are sent to those alone who asked for them', async () => {
    const clock = new ManualClock();
    await using test = await startTestServer({ clock });
    const session = connectTo(test);
    const stream = session.request({ ':path': `${base}?watch=1&timeoutSeconds=300&resourceVersion=1` });
    await new Promise((resolve) => stream.once('response', resolve));
    await clock.advance(300_000);
    assert.equal(Buffer.concat(await stream.toArray()).length, 0);
    session.destroy();
  });
});

describe('a watcher that does not read', () => {
  const large = { x: 'x'.repeat(64 * 1024) };
  const secure = (test: TestServer): object => ({
    host: '127.0.0.1',
    port: test.server.port,
    ca: test.ca.certificatePem,
    cert: test.admin.certificatePem,
    key: test.admin.privateKeyPem,
    servername: 'localhost',
  });

  for (const { name, existing, query } of [
    { name: 'events', existing: 0, query: 'resourceVersion=1' },
    { name: 'the initial state', existing: 200, query: 'resourceVersion=0' },
  ])
    it(`is dropped when it has missed too many events during ${name}`, async () => {
      await using test = await startTestServer({ limits: { watchBacklogEvents: 50 } });
      for (let index = 0; index < existing; index++) await test.call('POST', base, { body: { ...map(`old${index}`), data: large } });
      const socket = connectTls({ ...secure(test), ALPNProtocols: ['http/1.1'] });
      socket.on('error', () => {});
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      socket.write(`GET ${base}?watch=1&${query} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      await new Promise((resolve) => socket.once('readable', resolve));
      socket.pause();
      for (let index = 0; index < 400; index++) {
        await test.call('POST', base, { body: { ...map(`m${index}`), data: large } });
        await test.call('DELETE', `${base}/m${index}`);
      }
      let received = 0;
      const ended = new Promise((resolve) => socket.once('close', resolve));
      socket.on('data', (chunk: Buffer) => (received += chunk.length));
      socket.resume();
      await ended;
      assert.ok(received < 60 * 1024 * 1024 * 0.9, `${received} bytes were kept for it`);
      assert.equal((await test.call('GET', '/healthz')).text, 'ok');
    });

  it('ends with its time even so', async () => {
    await using test = await startTestServer();
    for (let index = 0; index < 40; index++) await test.call('POST', base, { body: { ...map(`old${index}`), data: large } });
    const slow = connect(test.server.url, {
      ca: test.ca.certificatePem,
      cert: test.admin.certificatePem,
      key: test.admin.privateKeyPem,
      settings: { initialWindowSize: 0 },
    });
    slow.on('error', () => {});
    const stream = slow.request({ ':path': `${base}?watch=1&timeoutSeconds=1` });
    stream.on('error', () => {});
    await new Promise((resolve) => stream.once('close', resolve));
    slow.destroy();
  });

  it('costs an in-process reader its watch and no memory', async () => {
    await using test = await startTestServer({ limits: { watchBacklogEvents: 5 } });
    const client = test.server.client({ name: 'reader', groups: ['system:masters'] });
    const watching = client.watch(configmaps, { namespace: 'w', signal: new AbortController().signal })[Symbol.asyncIterator]();
    await test.call('POST', base, { body: map('first') });
    assert.equal((await watching.next()).value.type, 'ADDED');
    for (let index = 0; index < 20; index++) await test.call('POST', base, { body: map(`m${index}`) });
    assert.equal((await watching.next()).done, true);
  });
});
