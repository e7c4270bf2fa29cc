import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changeTaints } from './change-taints.ts';
import { parseTaints } from './parse-taints.ts';

const old = [
  { key: 'a', value: 'x', effect: 'NoSchedule' },
  { key: 'a', effect: 'NoExecute' },
] as const;
const change = (words: readonly string[], overwrite = false) => changeTaints(old, parseTaints(words), { node: 'n', overwrite });

describe('taints', () => {
  it('come in front of those that are there', () =>
    assert.deepEqual(change(['b:NoSchedule']), { taints: [{ key: 'b', effect: 'NoSchedule' }, ...old], operation: 'tainted' }));
  it('are not overwritten unasked', () =>
    assert.throws(() => change(['a=y:NoSchedule']), /^Error: node n already has a taint\(s\) with same effect\(s\) and --overwrite is false$/));
  it('are overwritten when that is asked for', () =>
    assert.deepEqual(change(['a=y:NoSchedule'], true), { taints: [{ key: 'a', value: 'y', effect: 'NoSchedule' }, old[1]], operation: 'modified' }));
  it('go by key', () => assert.deepEqual(change(['a-']), { taints: [], operation: 'untainted' }));
  it('go by key and effect', () => assert.deepEqual(change(['a:NoExecute-']).taints, [old[0]]));
  it('that are not there cannot go', () => assert.throws(() => change(['c:NoExecute-']), /taint "c:NoExecute" not found/));
});
