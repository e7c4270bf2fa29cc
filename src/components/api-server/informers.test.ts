import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { configmaps } from '../../api/generated/resource-types.ts';
import { keyOf, keyText } from '../../api/object.ts';
import { createHttpsClient, type HttpsClient } from '../../client/https-client.ts';
import { createInformers } from '../../client/shared-informers.ts';
import { randomNumbers } from '../../extension-points/storage/conformance.ts';
import { systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { openObjectStore } from './store/object-store.ts';
import { startTestServer, type TestServer } from './test-server.fixture.ts';

const clientOf = (test: TestServer): HttpsClient =>
  createHttpsClient({
    server: test.server.url,
    certificateAuthority: test.ca.certificatePem,
    certificate: test.admin.certificatePem,
    key: test.admin.privateKeyPem,
    tlsServerName: 'localhost',
    userAgent: 'test',
  });

async function randomWrite(test: TestServer, random: () => number): Promise<void> {
  const path = `/api/v1/namespaces/${random() < 0.5 ? 'a' : 'b'}/configmaps`;
  const name = `m${Math.floor(random() * 12)}`;
  const body = { metadata: { name, labels: { color: random() < 0.5 ? 'red' : 'blue' } }, data: { x: String(random()) } };
  const dice = random();
  if (dice < 0.4) await test.call('POST', path, { body });
  else if (dice < 0.75) await test.call('PATCH', `${path}/${name}`, { body, headers: { 'content-type': 'application/merge-patch+json' } });
  else await test.call('DELETE', `${path}/${name}`);
}

describe('informers over the network', () => {
  it('show what the server has, though it drops them and starts anew', async () => {
    const random = randomNumbers(5);
    const limits = { watchBacklogEvents: 30 };
    let test = await startTestServer({ limits });
    for (let step = 0; step < 30; step++) await randomWrite(test, random);
    await using client = clientOf(test);
    await using informers = createInformers({ client, clock: systemClock, log: silentLog });
    const selections = [{}, { namespace: 'a' }, { labelSelector: 'color=red' }, { fieldSelector: 'metadata.name=m3' }];
    const views = selections.map((selection) => informers.informer(configmaps, selection));
    await informers.synced();
    const versions = new Map<string, number>();
    views[0]!.onChange({
      added: (object) => void versions.set(keyText(keyOf(object)), Number(object.metadata.resourceVersion)),
      updated: (object, old) => {
        assert.ok(Number(object.metadata.resourceVersion) > Number(old.metadata.resourceVersion));
        versions.set(keyText(keyOf(object)), Number(object.metadata.resourceVersion));
      },
      deleted: (object) => void versions.delete(keyText(keyOf(object))),
    });
    for (let step = 0; step < 60; step++) await randomWrite(test, random);
    const { port } = test.server;
    await test[Symbol.asyncDispose]();
    const store = await openObjectStore({ storage: test.storage, clock: systemClock, log: silentLog });
    test = await startTestServer({ store, port, limits });
    for (let step = 0; step < 60; step++) await randomWrite(test, random);
    const text = (objects: readonly { metadata: { resourceVersion?: string } }[]): string =>
      objects
        .map((object) => `${keyText(keyOf(object as Parameters<typeof keyOf>[0]))}@${object.metadata.resourceVersion}`)
        .sort()
        .join(' ');
    await using plain = clientOf(test);
    for (const [index, selection] of selections.entries()) {
      const want = text((await plain.list(configmaps, selection)).items);
      while (text(views[index]!.list()) !== want) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.deepEqual(
      [...versions].sort(),
      views[0]!
        .list()
        .map((object) => [keyText(keyOf(object)), Number(object.metadata.resourceVersion)] as const)
        .toSorted(),
    );
    await test[Symbol.asyncDispose]();
  });
});

describe('a thousand watchers of one object each', () => {
  it('see their own and nothing else', async () => {
    await using test = await startTestServer();
    const path = '/api/v1/namespaces/t/configmaps';
    const sessions = Array.from({ length: 10 }, () => {
      const session = connect(test.server.url, { ca: test.ca.certificatePem, cert: test.admin.certificatePem, key: test.admin.privateKeyPem });
      session.on('error', () => {});
      return session;
    });
    const open = async (index: number): Promise<AsyncIterator<string>> => {
      const stream = sessions[index % sessions.length]!.request({ ':path': `${path}?watch=1&fieldSelector=metadata.name%3Dm${index}` });
      stream.on('error', () => {});
      await new Promise((resolve) => stream.once('response', resolve));
      return createInterface({ input: stream })[Symbol.asyncIterator]();
    };
    const watchers = await Promise.all(Array.from({ length: 1_000 }, (_, index) => open(index)));
    await Promise.all([3, 500, 999].map((index) => test.call('POST', path, { body: { metadata: { name: `m${index}` } } })));
    await Promise.all([3, 500, 999].map((index) => test.call('DELETE', `${path}/m${index}`)));
    for (const index of [3, 500, 999]) {
      const seen = [await watchers[index]!.next(), await watchers[index]!.next()].map(({ value }) => JSON.parse(value as string) as Record<string, any>);
      assert.deepEqual(
        seen.map(({ type, object }) => `${type} ${object.metadata.name}`),
        [`ADDED m${index}`, `DELETED m${index}`],
      );
    }
    sessions.forEach((session) => session.destroy());
  });
});
