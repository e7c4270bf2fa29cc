import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startTestServer } from '../test-server.fixture.ts';

for (const [name, path, seconds] of [['a namespace', '/api/v1/namespaces', undefined], ['another object', '/api/v1/namespaces/default/configmaps', 0]] as const) {
  it(`marks ${name} that waits for a finalizer`, async () => {
    await using test = await startTestServer();
    await test.call('POST', path, { body: { metadata: { name: 'x', finalizers: ['example.com/wait'] } } });
    assert.equal((await test.call('DELETE', `${path}/x`)).status, 200);
    const { metadata } = (await test.call('GET', `${path}/x`)).json;
    assert.deepEqual([typeof metadata.deletionTimestamp, metadata.deletionGracePeriodSeconds], ['string', seconds]);
    await test.call('DELETE', `${path}/x`);
    assert.deepEqual((await test.call('GET', `${path}/x`)).json['metadata'].deletionTimestamp, metadata.deletionTimestamp);
    await test.call('PATCH', `${path}/x`, { body: { metadata: { finalizers: null } }, headers: { 'content-type': 'application/merge-patch+json' } });
    assert.equal((await test.call('GET', `${path}/x`)).status, 404);
  });
}
