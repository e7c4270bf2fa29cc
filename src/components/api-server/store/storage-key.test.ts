import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseStorageKey, storageKey } from './storage-key.ts';

describe('storage keys', () => {
  const cases = [
    { prefix: 'pods', key: { namespace: 'default', name: 'web' }, text: '/pods/default/web' },
    { prefix: 'nodes', key: { name: 'one' }, text: '/nodes//one' },
    { prefix: 'widgets.example.com', key: { namespace: 'a', name: 'b/c' }, text: '/widgets.example.com/a/b/c' },
    { prefix: 'clusterroles.rbac.authorization.k8s.io', key: { name: 'system:node' }, text: '/clusterroles.rbac.authorization.k8s.io//system:node' },
  ];
  for (const { prefix, key, text } of cases) {
    it(`reads ${text} back as it was written`, () => {
      assert.equal(storageKey(prefix, key), text);
      assert.deepEqual(parseStorageKey(text), { prefix, key });
    });
  }

  for (const text of ['', '/', '//x/y', '/pods', '/pods/', '/pods/default', '/pods/default/', 'pods/default/web']) {
    it(`does not take "${text}" for a key`, () => assert.equal(parseStorageKey(text), undefined));
  }

  it('refuses a namespace that would read back differently', () => assert.throws(() => storageKey('pods', { namespace: 'a/b', name: 'c' })));
});
