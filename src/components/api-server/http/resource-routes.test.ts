import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Authorizer } from '../../../extension-points/authorization/contract.ts';
import { type Answer, podNamed, startTestServer, type TestServer } from '../test-server.fixture.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const eve = { isAnonymous: true, headers: { authorization: 'Bearer user-eve' } };

/** Eve may read one ConfigMap and watch whatever hangs below pods; the others may do everything. */
const authorizer: Authorizer = {
  authorize: ({ user, verb, resource }) => {
    if (user.name !== 'eve') return { kind: 'allow', reason: '' };
    const isHers = resource?.resource === 'configmaps' && resource.name === 'mine';
    return isHers || (resource?.resource === 'pods' && verb === 'watch') ? { kind: 'allow', reason: '' } : { kind: 'no-opinion', reason: '' };
  },
};

describe('requests for resources', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer({ authorizer });
    for (const name of ['mine', 'other']) await test.call('POST', maps, { body: { metadata: { name }, data: { a: 'b' } } });
    await test.call('POST', '/api/v1/namespaces/default/pods', { body: podNamed('web') });
  });
  after(() => test[Symbol.asyncDispose]());

  const names = ({ text }: Answer): string[] =>
    text
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).object.metadata.name as string);

  for (const path of [
    '/api/v1/watch/namespaces/default/configmaps/mine?timeoutSeconds=1',
    '/api/v1/watch/namespaces/default/configmaps/mine?timeoutSeconds=1&fieldSelector=metadata.name%3Dmine',
    `${maps}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dmine`,
  ]) {
    it(`shows a watcher the one object it was allowed to see: ${path}`, async () => assert.deepEqual(names(await test.call('GET', path, eve)), ['mine']));
  }

  it('refuses a watch of one object that selects another', async () => {
    for (const selector of ['metadata.name%3Dother', 'metadata.namespace%3Ddefault']) {
      const { status, json } = await test.call('GET', `/api/v1/watch/namespaces/default/configmaps/mine?fieldSelector=${selector}`, eve);
      assert.deepEqual([status, json['message']], [400, "fieldSelector metadata.name doesn't match requested name"]);
    }
  });

  it('refuses a list whose selector only looks as if it named one object', async () => {
    const { status } = await test.call('GET', `${maps}?fieldSelector=${encodeURIComponent('metadata.namespace!=x\\,metadata.name=mine')}`, eve);
    assert.equal(status, 400);
  });

  it('opens no session under the verb watch', async () => {
    assert.equal((await test.call('GET', '/api/v1/watch/namespaces/default/pods/web/exec?command=id', eve)).status, 404);
    assert.equal((await test.call('POST', '/api/v1/watch/namespaces/default/pods/web/exec?command=id', eve)).status, 404);
  });

  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    it(`has no sub-resource ${name}`, async () => {
      for (const method of ['GET', 'PUT', 'POST', 'PATCH'])
        assert.equal((await test.call(method, `/api/v1/namespaces/default/pods/web/${name}`, { body: {} })).status, 404);
    });
  }

  it('deletes collections in one namespace only', async () => {
    const refused = await test.call('DELETE', '/api/v1/configmaps');
    assert.deepEqual([refused.status, refused.json['reason']], [405, 'MethodNotAllowed']);
    assert.equal((await test.call('GET', maps)).json['items'].length, 2);
  });

  it('refuses methods that stand for no verb', async () => {
    const { status, json } = await test.call('OPTIONS', maps);
    assert.deepEqual([status, json['reason'], json['message']], [405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource']);
  });

  it('answers HEAD with the length of the body that GET has', async () => {
    for (const path of [`${maps}/mine`, `${maps}/none`, '/version']) {
      const [got, head] = [await test.call('GET', path), await test.call('HEAD', path)];
      assert.deepEqual([head.status, head.text, head.headers['content-length']], [got.status, '', String(got.bytes.length)]);
    }
  });

  it('ends initial events without a bookmark for those who want none', async () => {
    const { text } = await test.call('GET', `${maps}?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`);
    assert.equal(text.includes('BOOKMARK'), false);
  });
});
