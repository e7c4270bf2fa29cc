import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFakeGpu } from './read-fake-gpu.ts';

describe('fake GPUs in one word', () => {
  it('are read', () => {
    assert.deepEqual(readFakeGpu('example.com/gpu=4'), { resourceName: 'example.com/gpu', count: 4, numaNodes: 0 });
    assert.deepEqual(readFakeGpu('nvidia.com/gpu=8,memory=80Gi,numa=2'), { resourceName: 'nvidia.com/gpu', count: 8, numaNodes: 2, memory: '80Gi' });
  });
  for (const text of ['', 'example.com/gpu', 'example.com/gpu=x', 'example.com/gpu=-1', 'example.com/gpu=1,colour=red', 'example.com/gpu=1,numa=many'])
    it(`"${text}" is refused`, () => assert.throws(() => readFakeGpu(text), /fake GPUs|numa must be/));
});
