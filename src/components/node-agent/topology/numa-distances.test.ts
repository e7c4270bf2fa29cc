import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { averageDistance, distancesOf } from './numa-distances.ts';
import { maskOf } from './numa-mask.ts';

describe('distances of NUMA nodes', () => {
  it('are between the nodes that the machine has, whatever their ids', () => {
    const distances = distancesOf([
      { id: 0, distances: [10, 20, 40] },
      { id: 8, distances: [20, 10, 40] },
      { id: 9, distances: [40, 40, 10] },
    ]);
    assert.equal(averageDistance(maskOf([0, 8]), distances), 15);
    assert.equal(averageDistance(maskOf([8, 9]), distances), 25);
    assert.equal(averageDistance(maskOf([9]), distances), 10);
  });

  it('are none where the kernel tells none', () => {
    assert.deepEqual(distancesOf([{ id: 3, distances: [] }]), new Map([[3, []]]));
  });
});
