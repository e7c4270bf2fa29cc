import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { threeWayMergePatch } from './three-way-merge-patch.ts';

const cases = [
  {
    name: 'nothing when all is as it should be, whatever the order of keys',
    original: {},
    modified: { a: { x: 1, y: [{ p: 1, q: 2 }] } },
    current: { a: { y: [{ q: 2, p: 1 }], x: 1 } },
    want: {},
  },
  { name: 'changes and additions', original: { a: 1 }, modified: { a: 2, b: { c: 1 } }, current: { a: 1, d: 3 }, want: { a: 2, b: { c: 1 } } },
  {
    name: 'a null for what was applied once',
    original: { a: { b: 1, c: 2 } },
    modified: { a: { c: 2 } },
    current: { a: { b: 1, c: 2, d: 4 } },
    want: { a: { b: null } },
  },
  { name: 'lists whole', original: {}, modified: { a: [1, 2] }, current: { a: [1] }, want: { a: [1, 2] } },
  { name: 'both sides of one object', original: { a: { b: 1 } }, modified: { a: { c: 2 } }, current: { a: { b: 1 } }, want: { a: { b: null, c: 2 } } },
  { name: 'nulls of its own as deletions', original: {}, modified: { a: null, b: { c: null } }, current: {}, want: { a: null, b: { c: null } } },
];

describe('a three-way merge patch', () => {
  for (const { name, original, modified, current, want } of cases)
    it(`holds ${name}`, () => assert.deepEqual(threeWayMergePatch({ original, modified, current }), want));

  it('refuses to make another object', () => {
    const ways = { original: {}, modified: { metadata: { name: 'b' } }, current: { metadata: { name: 'a' } } };
    assert.throws(() => threeWayMergePatch(ways), /At least one of apiVersion, kind and name was changed/);
  });
});
