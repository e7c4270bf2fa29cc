import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { StoredObject, storedJson } from './stored-object.ts';

describe('stored objects', () => {
  const trap = '","metadata":{"resourceVersion":"666"},"x":{"metadata":{';
  const cases: { name: string; object: UntypedObject }[] = [
    { name: 'an ordinary object', object: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a', labels: { x: 'y' } }, spec: { nodeName: 'n' } } },
    { name: 'an object of nothing but metadata', object: { metadata: {} } },
    { name: 'empty metadata', object: { kind: 'Pod', apiVersion: 'v1', metadata: {}, data: { metadata: {} } } },
    { name: 'an old resourceVersion', object: { kind: 'Pod', apiVersion: 'v1', metadata: { resourceVersion: '3', name: 'a' } } },
    { name: 'nasty kind and apiVersion', object: { kind: trap, apiVersion: `${trap}\\"metadata":{`, metadata: { name: trap } } },
    { name: 'fields named like numbers', object: { 0: { metadata: { name: 'wrong' } }, kind: 'Odd', metadata: { name: 'right' } } as UntypedObject },
    { name: 'metadata last, and a template before', object: { spec: { template: { metadata: { name: 't' } } }, kind: 'Deployment', metadata: { name: 'd' } } },
    { name: 'text beyond ASCII', object: { kind: 'ÄÖ\u2028', metadata: { name: '😀' }, data: { ключ: '值' } } },
  ];
  for (const { name, object } of cases) {
    it(`splices the revision into ${name}`, () => {
      const want = { ...object, metadata: { ...object.metadata, resourceVersion: '42' } };
      const json = storedJson(object);
      assert.ok(!('resourceVersion' in (JSON.parse(json.toString()) as UntypedObject).metadata));
      const loaded = new StoredObject({ name: 'a' }, 42, json);
      assert.deepEqual(JSON.parse(loaded.bytes.toString()), want);
      assert.deepEqual(loaded.object, want);
      assert.deepEqual(new StoredObject({ name: 'a' }, 42, json, object).object, want);
    });

    it(`revises ${name}, before and after its bytes were made`, () => {
      const stored = new StoredObject({ name: 'a' }, 42, storedJson(object));
      const before = stored.at(9).bytes;
      assert.equal((JSON.parse(stored.bytes.toString()) as UntypedObject).metadata.resourceVersion, '42');
      assert.deepEqual(stored.at(9).bytes, before);
      assert.equal(stored.at(100_000).object.metadata.resourceVersion, '100000');
    });
  }

  it('hands out the same bytes and the same frozen object every time', () => {
    const stored = new StoredObject({ name: 'a' }, 1, storedJson({ kind: 'Pod', metadata: { name: 'a', labels: {} } }));
    assert.equal(stored.bytes, stored.bytes);
    assert.equal(stored.object, stored.object);
    assert.ok(Object.isFrozen(stored.object) && Object.isFrozen(stored.object.metadata) && Object.isFrozen(stored.object.metadata.labels));
  });

  it('reads bytes that lie inside a larger buffer', () => {
    const json = storedJson({ kind: 'Pod', metadata: { name: 'a' } });
    const larger = Buffer.concat([Buffer.from('{"metadata":{'), json, Buffer.from('junk')]);
    const view = new Uint8Array(larger.buffer, larger.byteOffset + 13, json.length);
    assert.deepEqual(new StoredObject({ name: 'a' }, 5, view).object, { kind: 'Pod', metadata: { resourceVersion: '5', name: 'a' } });
  });
});
