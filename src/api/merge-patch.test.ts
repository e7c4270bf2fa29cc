import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyMergePatch, createMergePatch } from './merge-patch.ts';
import { deepFreeze } from './object.ts';

describe('merge patch', () => {
  const cases: readonly { name: string; target: object; patch: unknown; result: object }[] = [
    { name: 'replaces a field', target: { a: 'b' }, patch: { a: 'c' }, result: { a: 'c' } },
    { name: 'adds a field', target: { a: 'b' }, patch: { b: 'c' }, result: { a: 'b', b: 'c' } },
    { name: 'removes a field with null', target: { a: 'b', b: 'c' }, patch: { a: null }, result: { b: 'c' } },
    { name: 'replaces lists whole', target: { a: [{ b: 'c' }] }, patch: { a: [1] }, result: { a: [1] } },
    { name: 'merges objects', target: { a: { b: 'c' } }, patch: { a: { b: 'd', c: null } }, result: { a: { b: 'd' } } },
    { name: 'drops nulls of new objects', target: {}, patch: { a: { bb: { ccc: null } } }, result: { a: { bb: {} } } },
    { name: 'puts an object in place of a scalar', target: { a: 1 }, patch: { a: { b: 2 } }, result: { a: { b: 2 } } },
  ];
  for (const { name, target, patch, result } of cases) it(name, () => assert.deepEqual(applyMergePatch(deepFreeze(target), deepFreeze(patch)), result));

  it('refuses what is not an object', () =>
    assert.throws(() => applyMergePatch({}, []), {
      code: 400,
      message: 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    }));
  it('does not touch prototypes', () => {
    const result = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    assert.deepEqual(Object.keys(result), ['__proto__']);
  });
  it('makes a patch that leads from one object to the other', () => {
    const original = { a: 1, b: { c: 2, d: 3 }, e: [1], f: 4 };
    const modified = { a: 1, b: { c: 5, d: 3 }, e: [1, 2] };
    const patch = createMergePatch(original, modified);
    assert.deepEqual(patch, { b: { c: 5 }, e: [1, 2], f: null });
    assert.deepEqual(applyMergePatch(original, patch), modified);
    assert.equal(createMergePatch(original, original), undefined);
  });
});
