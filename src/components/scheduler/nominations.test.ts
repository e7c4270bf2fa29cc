import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { testPod } from '../../extension-points/scheduling/testing.ts';
import { Nominations } from './nominations.ts';

const pod = (nominatedNodeName?: string): Pod => ({ ...testPod('p'), ...(nominatedNodeName ? { status: { nominatedNodeName } } : {}) });
const nodesOf = (nominations: Nominations): string[] => ['a', 'b'].filter((node) => [...nominations.on(node)].length > 0);

describe('a node set aside for a pod', () => {
  it('is the one the pod names', () => {
    const nominations = new Nominations();
    nominations.set(pod('a'));
    assert.deepEqual([nodesOf(nominations), nominations.isEmpty, [...nominations.on()].length], [['a'], false, 1]);
    nominations.set(pod('b'));
    assert.deepEqual(nodesOf(nominations), ['b']);
    nominations.delete(pod());
    assert.deepEqual([nodesOf(nominations), nominations.isEmpty], [[], true]);
  });

  it('may be decided before the pod says so, and stays while the pod says nothing', () => {
    const nominations = new Nominations();
    nominations.set(pod(), 'a');
    nominations.update(pod(), pod());
    assert.deepEqual(nodesOf(nominations), ['a']);
    nominations.update(pod('a'), pod());
    assert.deepEqual(nodesOf(nominations), ['a']);
    nominations.update(pod(), pod('a'));
    assert.deepEqual(nodesOf(nominations), [], 'the pod took it back');
    nominations.set(pod('a'), '');
    assert.deepEqual(nodesOf(nominations), []);
  });
});
