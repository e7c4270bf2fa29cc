import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect } from 'node:http2';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { startTestServer, type TestServer } from './test-server.fixture.ts';

const base = '/api/v1/namespaces/w/configmaps';
const map = (name: string, labels: Record<string, string> = {}): object => ({ metadata: { name, labels } });

interface Watching extends AsyncDisposable {
  next(): Promise<Record<string, any>>;
  /** The rest, until the server ends the stream. */
  rest(): Promise<Record<string, any>[]>;
}

describe('watches', () => {
  let test: TestServer;
  let session: ClientHttp2Session;
  before(async () => {
    test = await startTestServer({ limits: { watchBacklogEvents: 50 } });
    session = connect(test.server.url, { ca: test.ca.certificatePem, cert: test.admin.certificatePem, key: test.admin.privateKeyPem });
  });
  after(async () => {
    session.destroy();
    await test[Symbol.asyncDispose]();
  });

  const watch = (query: string, headers: Record<string, string> = {}): Watching => {
    const stream = session.request({ ':path': `${base}?watch=true${query}`, ...headers });
    const lines = createInterface({ input: stream })[Symbol.asyncIterator]();
    const next = async (): Promise<Record<string, any>> => {
      const line = await lines.next();
      assert.ok(!line.done, 'the watch ended');
      return JSON.parse(line.value) as Record<string, any>;
    };
    return {
      next,
      async rest() {
        const events: Record<string, any>[] = [];
        for (let line = await lines.next(); !line.done; line = await lines.next()) events.push(JSON.parse(line.value) as Record<string, any>);
        return events;
      },
      async [Symbol.asyncDispose]() {
        const closed = new Promise((resolve) => stream.on('close', resolve));
        stream.close();
        await closed;
      },
    };
  };
  const brief = ({ type, object }: Record<string, any>): string => `${type} ${object.metadata.name ?? ''}`.trim();
  const post = (body: object): Promise<unknown> => test.call('POST', base, { body });
  const revision = async (): Promise<string> => (await test.call('GET', base)).json['metadata'].resourceVersion as string;
  const patch = (name: string, body: object): Promise<unknown> =>
    test.call('PATCH', `${base}/${name}`, { body, headers: { 'content-type': 'application/merge-patch+json' } });

  it('starts with what is there and goes on in order', async () => {
    await post(map('a'));
    await using watching = watch('');
    assert.equal(brief(await watching.next()), 'ADDED a');
    await post(map('b'));
    await patch('b', { data: { x: 'y' } });
    await test.call('DELETE', `${base}/b`);
    assert.deepEqual([brief(await watching.next()), brief(await watching.next()), brief(await watching.next())], ['ADDED b', 'MODIFIED b', 'DELETED b']);
  });

  it('resumes after a revision, and deletions carry their own', async () => {
    await post(map('c'));
    const from = await revision();
    await test.call('DELETE', `${base}/c`);
    await using watching = watch(`&resourceVersion=${from}`);
    const event = await watching.next();
    assert.equal(brief(event), 'DELETED c');
    assert.ok(Number(event['object'].metadata.resourceVersion) > Number(from));
  });

  it('shows objects coming into and leaving a selection', async () => {
    await using watching = watch(`&labelSelector=in%3Dyes&resourceVersion=${await revision()}`);
    await post(map('d', { in: 'no' }));
    await patch('d', { metadata: { labels: { in: 'yes' } } });
    await patch('d', { data: { x: '1' } });
    await patch('d', { metadata: { labels: { in: 'no' } } });
    const [first, second, third] = [await watching.next(), await watching.next(), await watching.next()];
    assert.deepEqual([brief(first), brief(second), brief(third)], ['ADDED d', 'MODIFIED d', 'DELETED d']);
    assert.deepEqual(third['object'].metadata.labels, { in: 'yes' });
    assert.ok(Number(third['object'].metadata.resourceVersion) > Number(second['object'].metadata.resourceVersion));
  });

  it('marks the end of the initial events', async () => {
    await using watching = watch('&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
    const seen: Record<string, any>[] = [];
    do seen.push(await watching.next());
    while (seen.at(-1)!['type'] !== 'BOOKMARK');
    assert.equal(seen.at(-1)!['object'].metadata.annotations['k8s.io/initial-events-end'], 'true');
    assert.ok(seen.slice(0, -1).every(({ type }) => type === 'ADDED'));
  });

  it('ends after timeoutSeconds', async () => {
    await using watching = watch(`&timeoutSeconds=1&resourceVersion=${await revision()}`);
    assert.deepEqual(await watching.rest(), []);
  });

  it('sends tables, with column definitions once', async () => {
    await using watching = watch(`&resourceVersion=${await revision()}`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    await post(map('t1'));
    await post(map('t2'));
    const [first, second] = [await watching.next(), await watching.next()];
    assert.deepEqual([first['object'].kind, first['object'].rows[0].cells[0], first['object'].columnDefinitions.length], ['Table', 't1', 2]);
    assert.deepEqual([second['object'].rows[0].cells[0], second['object'].columnDefinitions], ['t2', []]);
  });

  it('sends metadata alone', async () => {
    await using watching = watch(`&resourceVersion=${await revision()}`, { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' });
    await post(map('meta'));
    const { object } = await watching.next();
    assert.deepEqual([object.kind, object.metadata.name], ['PartialObjectMetadata', 'meta']);
  });

  it('refuses selectors it cannot read before the stream starts', async () => {
    const answer = await test.call('GET', `${base}?watch=1&fieldSelector=foo%3Dbar`);
    assert.equal(answer.status, 400);
  });

  it('gives every watcher the same events in the same order', async () => {
    const from = await revision();
    const watchers = Array.from({ length: 20 }, () => watch(`&resourceVersion=${from}`));
    await Promise.all(Array.from({ length: 10 }, (_, index) => post(map(`same${index}`))));
    const seen = await Promise.all(
      watchers.map(async (watching) => {
        const events: string[] = [];
        for (let index = 0; index < 10; index++) events.push(brief(await watching.next()));
        return events.join();
      }),
    );
    assert.equal(new Set(seen).size, 1);
    await Promise.all(watchers.map((watching) => watching[Symbol.asyncDispose]()));
  });

  it('drops a watcher that does not read, and serves on', async () => {
    const slow = connect(test.server.url, {
      ca: test.ca.certificatePem,
      cert: test.admin.certificatePem,
      key: test.admin.privateKeyPem,
      settings: { initialWindowSize: 0 },
    });
    const stream = slow.request({ ':path': `${base}?watch=true&resourceVersion=${await revision()}` });
    stream.pause();
    const closed = new Promise((resolve) => stream.on('close', resolve));
    stream.on('error', () => {});
    await new Promise((resolve) => stream.on('response', resolve));
    for (let index = 0; index < 120; index++) await post({ metadata: { name: `flood${index}` }, data: { x: 'x'.repeat(2_000) } });
    await closed;
    slow.destroy();
    assert.equal((await test.call('GET', '/healthz')).text, 'ok');
  });

  it('ends cleanly when the server stops', async () => {
    const other = await startTestServer();
    const client = connect(other.server.url, { ca: other.ca.certificatePem, cert: other.admin.certificatePem, key: other.admin.privateKeyPem });
    client.on('error', () => {});
    const stream = client.request({ ':path': `${base}?watch=true` });
    stream.on('error', () => {});
    await new Promise((resolve) => stream.on('response', resolve));
    const ended = new Promise<boolean>((resolve) => {
      stream.on('end', () => resolve(true));
      stream.on('close', () => resolve(false));
    });
    stream.resume();
    await other[Symbol.asyncDispose]();
    assert.equal(await ended, true);
    client.destroy();
  });
});
