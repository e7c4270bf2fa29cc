import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Path } from './path.ts';

const path = (...names: readonly [string, ...string[]]): Path => names.slice(1).reduce((shorter, name) => shorter.followedBy(name), Path.ofVariable(names[0]));

describe('a path', () => {
  it('says its names', () => assert.deepEqual(path('self', 'a', 'b', 'c', 'd').names, ['self', 'a', 'b', 'c', 'd']));

  it('of nothing is empty', () => assert.deepEqual([Path.none.length, Path.none.followedBy('@items').names], [0, ['@items']]));

  it('may be changed by another that shares its room, as in Go', () => {
    // Three names have room for a fourth.
    const shared = path('self', 'items', '@items');
    const first = shared.followedBy('a');
    const below = first.followedBy('@items');
    const second = shared.followedBy('b');
    assert.deepEqual(first.names, ['self', 'items', '@items', 'b']);
    assert.deepEqual(second.names, ['self', 'items', '@items', 'b']);
    // Five needed more room, and took what was there with them.
    assert.deepEqual(below.names, ['self', 'items', '@items', 'a', '@items']);
  });
});
