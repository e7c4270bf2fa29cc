import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { NodeRecord } from '../../extension-points/scheduling/node-record.ts';
import { testNode, testPod } from '../../extension-points/scheduling/testing.ts';
import { NodeCache } from './node-cache.ts';

const on = (nodeName: string, name: string, cpu = '1'): Pod => testPod(name, { nodeName }, { cpu });
const textOf = (cache: NodeCache): string[] =>
  cache.snapshot().map(
    ({ name, pods, requested }) =>
      `${name}: ${pods
        .map((pod) => pod.metadata.name)
        .sort()
        .join(',')} ${requested.milliCpu}m`,
  );

describe('the node cache', () => {
  it('keeps a snapshot as it was taken', () => {
    const cache = new NodeCache();
    cache.setNode(testNode('a'));
    const before = cache.snapshot();
    cache.assume(on('a', 'p'));
    assert.deepEqual([before[0]!.pods.length, cache.snapshot()[0]!.pods.length], [0, 1]);
    assert.equal(cache.snapshot(), cache.snapshot());
    assert.equal(cache.nodeInfo('a'), cache.snapshot()[0]);
    assert.equal(cache.nodeInfo('b'), undefined);
  });

  it('takes a pod before its node, and keeps the pods of a node that comes back', () => {
    const cache = new NodeCache();
    cache.setPod(on('a', 'p'));
    assert.deepEqual(textOf(cache), []);
    cache.setNode(testNode('a'));
    assert.deepEqual(textOf(cache), ['a: p 1000m']);
    cache.removeNode('a');
    assert.deepEqual(textOf(cache), []);
    cache.setNode(testNode('a'));
    assert.deepEqual(textOf(cache), ['a: p 1000m']);
  });

  it('confirms, corrects and forgets what was assumed', () => {
    const cache = new NodeCache();
    for (const name of ['a', 'b']) cache.setNode(testNode(name));
    for (const name of ['right', 'wrong', 'failed']) cache.assume(on('a', name));
    cache.setPod(on('a', 'right', '2'));
    cache.setPod(on('b', 'wrong'));
    cache.forget(on('a', 'failed'));
    cache.forget(on('a', 'right'));
    assert.deepEqual(textOf(cache), ['a: right 2000m', 'b: wrong 1000m']);
    assert.deepEqual(
      ['right', 'wrong', 'failed'].map((name) => cache.isAssumed(testPod(name))),
      [false, false, false],
    );
  });

  it('agrees with sums made anew under random changes', () => {
    const cache = new NodeCache();
    const nodes = new Set<string>();
    const pods = new Map<string, Pod>();
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    for (let step = 0; step < 1_500; step++) {
      const node = `n${random(4)}`;
      const name = `p${random(12)}`;
      const dice = random(10);
      if (dice === 0) nodes.delete(node), cache.removeNode(node);
      else if (dice === 1) nodes.add(node), cache.setNode(testNode(node));
      else if (dice < 5) pods.delete(name), cache.removePod(testPod(name));
      else {
        const pod = on(node, name, String(1 + random(3)));
        pods.set(name, pod);
        if (dice < 7) cache.assume(pod);
        else cache.setPod(pod);
      }
      const want = [...nodes].sort().map((wanted) => {
        const { requested, pods: there } = NodeRecord.of(
          testNode(wanted),
          [...pods.values()].filter(({ spec }) => spec?.nodeName === wanted),
        );
        return `${wanted}: ${there
          .map((pod) => pod.metadata.name)
          .sort()
          .join(',')} ${requested.milliCpu}m`;
      });
      assert.deepEqual(textOf(cache).sort(), want);
    }
  });
});
