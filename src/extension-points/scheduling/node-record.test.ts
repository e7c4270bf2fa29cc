import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NodeRecord } from './node-record.ts';
import { nodeWith, testNode, testPod } from './testing.ts';

const port = (hostPort: number, hostIP?: string) => ({
  containers: [{ name: 'a', image: 'x', ports: [{ containerPort: 1, hostPort, ...(hostIP ? { hostIP } : {}) }] }],
});

describe('a node record', () => {
  it('adds up its pods, and takes them off again', () => {
    const pods = [testPod('a', {}, { cpu: '1', 'example.com/gpu': '1' }), testPod('b', {}, { memory: '1Ki' }), testPod('c', port(80))];
    const empty = NodeRecord.of(testNode('n'));
    const full = pods.reduce((record, pod) => record.withPod(pod), empty);
    assert.deepEqual(
      [full.requested.milliCpu, full.requested.memoryBytes, full.requested.pods, full.requested.scalar.get('example.com/gpu')],
      [1_000, 1_024, 3, 1],
    );
    assert.deepEqual(full.nonZeroRequested, { milliCpu: 1_200, memoryBytes: 1_024 + 400 * 2 ** 20 });
    assert.deepEqual([...full.usedPorts.keys()], ['TCP/80']);
    const again = pods.reduce((record, pod) => record.withoutPod(pod), full);
    assert.deepEqual(
      [again.requested.milliCpu, again.requested.pods, again.requested.scalar.get('example.com/gpu'), again.nonZeroRequested, again.usedPorts.size],
      [0, 0, 0, { milliCpu: 0, memoryBytes: 0 }, 0],
    );
    assert.ok(again.generation > full.generation);
    assert.equal(empty.pods.length, 0);
  });

  it('knows what is left exactly when a pod goes that asked for more than numbers can tell apart', () => {
    const names = ['cpu', 'memory', 'ephemeral-storage', 'example.com/gpu'];
    const ordinary = testPod('ordinary', {}, Object.fromEntries(names.map((name) => [name, '3'])));
    for (const amount of ['9E', '1e30', '1e399']) {
      const huge = testPod('huge', {}, Object.fromEntries(names.map((name) => [name, amount])));
      const { requested, nonZeroRequested } = NodeRecord.of(testNode('n'), [ordinary, huge]).withoutPod(huge);
      assert.deepEqual(
        [requested.milliCpu, requested.memoryBytes, requested.ephemeralStorageBytes, requested.scalar.get('example.com/gpu'), nonZeroRequested],
        [3_000, 3, 3, 3, { milliCpu: 3_000, memoryBytes: 3 }],
      );
    }
  });

  it('keeps a port that another pod still has', () => {
    const [first, second] = [testPod('a', port(80, '10.0.0.1')), testPod('b', port(80, '10.0.0.2'))];
    const record = NodeRecord.of(testNode('n'), [first, second]).withoutPod(first);
    assert.deepEqual([...record.usedPorts.get('TCP/80')!], ['10.0.0.2']);
  });

  it('takes over a changed node with its pods', () => {
    const record = nodeWith(testNode('n'), testPod('a', {}, { cpu: '1' })) as NodeRecord;
    const changed = record.withNode(testNode('n', { allocatable: { cpu: '8', pods: '5' } }));
    assert.deepEqual([changed.allocatable.milliCpu, changed.requested.milliCpu, changed.pods.length], [8_000, 1_000, 1]);
  });
});
