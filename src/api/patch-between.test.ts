import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyJsonPatch } from './json-patch.ts';
import { patchBetween } from './patch-between.ts';

describe('the patch between two values', () => {
  const cases: { name: string; before: unknown; after: unknown; want: unknown }[] = [
    { name: 'nothing', before: { a: [1, { b: 2 }] }, after: { a: [1, { b: 2 }] }, want: [] },
    { name: 'a field that is there now', before: { a: 1 }, after: { a: 1, b: { c: 2 } }, want: [{ op: 'add', path: '/b', value: { c: 2 } }] },
    { name: 'a field that is gone, or is undefined', before: { a: 1, b: 2 }, after: { a: 1, b: undefined }, want: [{ op: 'remove', path: '/b' }] },
    { name: 'another value', before: { a: { b: 1 } }, after: { a: { b: '1' } }, want: [{ op: 'replace', path: '/a/b', value: '1' }] },
    { name: 'another shape', before: { a: [1] }, after: { a: { 0: 1 } }, want: [{ op: 'replace', path: '/a', value: { 0: 1 } }] },
    {
      name: 'more items',
      before: [1],
      after: [1, 2, 3],
      want: [
        { op: 'add', path: '/1', value: 2 },
        { op: 'add', path: '/2', value: 3 },
      ],
    },
    {
      name: 'fewer items, from the end',
      before: [1, 2, 3],
      after: [1],
      want: [
        { op: 'remove', path: '/2' },
        { op: 'remove', path: '/1' },
      ],
    },
    { name: 'keys that need escapes', before: { 'a/b~c': 1 }, after: { 'a/b~c': 2 }, want: [{ op: 'replace', path: '/a~1b~0c', value: 2 }] },
  ];
  for (const { name, before, after, want } of cases) it(`tells ${name}`, () => assert.deepEqual(patchBetween(before, after), want));

  it('does not look at what both share', () => {
    const shared = new Proxy({}, { ownKeys: () => assert.fail('it was looked at') });
    assert.deepEqual(patchBetween({ shared, a: 1 }, { shared, a: 2 }), [{ op: 'replace', path: '/a', value: 2 }]);
  });

  it('makes the one of the other, whatever they are', () => {
    let seed = 23;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const value = (depth: number): unknown => {
      const kind = random(depth > 0 ? 5 : 3);
      if (kind === 3) return Array.from({ length: random(4) }, () => value(depth - 1));
      if (kind === 4)
        return Object.fromEntries(Array.from({ length: random(4) }, () => ['a', 'b', 'c/d', 'e~f'][random(4)]!).map((key) => [key, value(depth - 1)]));
      return [null, random(3), 'text'][kind];
    };
    for (let round = 0; round < 500; round++) {
      const [before, after] = [{ root: value(4) }, { root: value(4) }];
      assert.deepEqual(applyJsonPatch(structuredClone(before), structuredClone(patchBetween(before, after))), after);
    }
  });
});
