import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Authorizer } from '../../../extension-points/authorization/contract.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

/** Eve may update, and no more. */
const authorizer: Authorizer = {
  authorize: ({ user, verb }) => (user.name !== 'eve' || verb === 'update' ? { kind: 'allow', reason: '' } : { kind: 'no-opinion', reason: '' }),
};

describe('PUT of what is not there', () => {
  let test: TestServer;
  before(async () => void (test = await startTestServer({ authorizer })));
  after(() => test[Symbol.asyncDispose]());

  const put = (path: string, metadata: object, more: object = {}): ReturnType<TestServer['call']> =>
    test.call('PUT', path, { body: { metadata, spec: { holderIdentity: 'me' } }, ...more });

  it('creates objects of the kinds that allow it, and replaces them after', async () => {
    const created = await put(`${leases}/up`, { name: 'up', resourceVersion: '1' });
    assert.deepEqual([created.status, created.json['spec'].holderIdentity], [201, 'me']);
    const blind = await put(`${leases}/up`, { name: 'up' });
    assert.deepEqual(
      [blind.status, blind.json['message']],
      [422, 'leases.coordination.k8s.io "up" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update'],
    );
    const { resourceVersion } = created.json['metadata'];
    assert.equal((await put(`${leases}/up`, { name: 'up', labels: { a: 'b' }, resourceVersion })).status, 200);
    assert.deepEqual((await test.call('GET', `${leases}/up`)).json['metadata'].labels, { a: 'b' });
  });

  it('creates once when many create at once, and the others are told what they replace', async () => {
    const statuses = (await Promise.all(Array.from({ length: 4 }, () => put(`${leases}/race`, { name: 'race' })))).map(({ status }) => status);
    assert.deepEqual(statuses.sort(), [201, 422, 422, 422]);
  });

  it('creates nothing in a dry run', async () => {
    assert.equal((await put(`${leases}/dry?dryRun=All`, { name: 'dry' })).status, 201);
    assert.equal((await test.call('GET', `${leases}/dry`)).status, 404);
  });

  it('takes the right to create', async () => {
    assert.equal((await put(`${leases}/eve`, { name: 'eve' }, { isAnonymous: true, headers: { authorization: 'Bearer user-eve' } })).status, 403);
  });

  it('refuses the uid of an object that has gone', async () => {
    const { status, json } = await put(`${leases}/gone`, { name: 'gone', uid: 'u' });
    assert.deepEqual([status, json['reason']], [409, 'Conflict']);
    assert.match(json['message'], /Key: \/registry\/leases\/default\/gone, .* UID in precondition: u, UID in object meta: $/);
  });

  it('refuses another name than that of the path', async () => assert.equal((await put(`${leases}/a`, { name: 'b' })).status, 400));

  it('answers 404 for other kinds', async () => assert.equal((await put('/api/v1/namespaces/default/configmaps/none', { name: 'none' })).status, 404));
});
