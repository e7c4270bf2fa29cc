import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyJsonPatch } from './json-patch.ts';
import { deepFreeze } from './object.ts';
import { ApiError } from './status.ts';

describe('json patch', () => {
  const cases: readonly { name: string; target: object; patch: unknown[]; result: object }[] = [
    { name: 'adds a field', target: { a: 1 }, patch: [{ op: 'add', path: '/b', value: [2] }], result: { a: 1, b: [2] } },
    { name: 'inserts into a list', target: { a: [1, 3] }, patch: [{ op: 'add', path: '/a/1', value: 2 }], result: { a: [1, 2, 3] } },
    { name: 'appends with a dash', target: { a: [1] }, patch: [{ op: 'add', path: '/a/-', value: 2 }], result: { a: [1, 2] } },
    { name: 'counts negative indices from the end', target: { a: [1, 2] }, patch: [{ op: 'remove', path: '/a/-1' }], result: { a: [1] } },
    { name: 'removes', target: { a: { b: 1, c: 2 } }, patch: [{ op: 'remove', path: '/a/b' }], result: { a: { c: 2 } } },
    { name: 'replaces', target: { a: { b: 1 } }, patch: [{ op: 'replace', path: '/a/b', value: { x: 1 } }], result: { a: { b: { x: 1 } } } },
    { name: 'moves', target: { a: { b: 1 } }, patch: [{ op: 'move', from: '/a/b', path: '/c' }], result: { a: {}, c: 1 } },
    {
      name: 'copies without sharing later changes',
      target: { a: { b: [1] } },
      patch: [
        { op: 'add', path: '/a/b/-', value: 2 },
        { op: 'copy', from: '/a', path: '/c' },
        { op: 'add', path: '/c/b/-', value: 3 },
      ],
      result: { a: { b: [1, 2] }, c: { b: [1, 2, 3] } },
    },
    { name: 'decodes escaped keys', target: { 'a/b': { '~x': 1 } }, patch: [{ op: 'replace', path: '/a~1b/~0x', value: 2 }], result: { 'a/b': { '~x': 2 } } },
    {
      name: 'tests deep equality',
      target: { a: { b: [1, { c: 2 }] } },
      patch: [{ op: 'test', path: '/a', value: { b: [1, { c: 2 }] } }],
      result: { a: { b: [1, { c: 2 }] } },
    },
    { name: 'tests absence as null', target: { a: 1 }, patch: [{ op: 'test', path: '/b', value: null }], result: { a: 1 } },
    { name: 'adds null when no value is given', target: {}, patch: [{ op: 'add', path: '/a' }], result: { a: null } },
  ];
  for (const { name, target, patch, result } of cases) it(name, () => assert.deepEqual(applyJsonPatch(deepFreeze(target), deepFreeze(patch)), result));

  const refusals: readonly { name: string; patch: unknown[]; cause: RegExp }[] = [
    { name: 'a failed test', patch: [{ op: 'test', path: '/a', value: 2 }], cause: /testing value \/a failed/ },
    { name: 'a missing parent', patch: [{ op: 'add', path: '/x/y', value: 1 }], cause: /add operation does not apply: doc is missing path: "\/x\/y"/ },
    { name: 'removing nothing', patch: [{ op: 'remove', path: '/x' }], cause: /Unable to remove nonexistent key: x/ },
    { name: 'replacing nothing', patch: [{ op: 'replace', path: '/x', value: 1 }], cause: /replace operation does not apply/ },
    { name: 'an index past the end', patch: [{ op: 'add', path: '/l/9', value: 1 }], cause: /invalid index referenced/ },
    { name: 'an index that is no number', patch: [{ op: 'add', path: '/l/x', value: 1 }], cause: /strconv.Atoi/ },
    { name: 'the root', patch: [{ op: 'replace', path: '', value: {} }], cause: /missing path/ },
    { name: 'an unknown operation', patch: [{ op: 'merge', path: '/a' }], cause: /Unexpected kind/ },
    { name: 'moving a value into itself', patch: [{ op: 'move', from: '/o', path: '/o/x' }], cause: /into itself/ },
    { name: 'a copy from nowhere', patch: [{ op: 'copy', from: '/x', path: '/y' }], cause: /missing from path/ },
  ];
  for (const { name, patch, cause } of refusals) {
    it(`refuses ${name} as upstream does`, () => {
      const refuses = (error: unknown): boolean =>
        error instanceof ApiError &&
        error.code === 422 &&
        error.reason === 'Invalid' &&
        cause.test(String(error.cause)) &&
        error.message === 'the server rejected our request due to an error in our request';
      assert.throws(() => applyJsonPatch({ a: 1, l: [1], o: {} }, patch), refuses);
    });
  }
  it('bounds the number of operations', () => {
    const patch = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a', value: 1 }));
    assert.throws(() => applyJsonPatch({ a: 1 }, patch), { code: 413, message: 'The allowed maximum operations in a JSON patch is 10000, got 10001' });
  });
  it('bounds what copies add', () => {
    const patch = [...Array(30).keys()].map((index) => ({ op: 'copy', from: index % 2 === 0 ? '/a' : '/b', path: index % 2 === 0 ? '/b/-' : '/a/-' }));
    assert.throws(
      () => applyJsonPatch({ a: ['x'.repeat(1000)], b: ['y'.repeat(1000)] }, patch),
      (error) => error instanceof ApiError && /accumulated size/.test(String(error.cause)),
    );
  });
  it('refuses a patch that is no list', () => assert.throws(() => applyJsonPatch({}, {}), { code: 400 }));
});
