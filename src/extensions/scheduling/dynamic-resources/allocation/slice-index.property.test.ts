import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResourceSlice } from '../../../../api/generated/resource-v1.ts';
import { seededRandom, testNode } from '../../../../extension-points/scheduling/testing.ts';
import type { PoolView } from './pool-view.ts';
import { SliceIndex } from './slice-index.ts';

const names = ['a', 'b', 'c'];
const nodes = names.map((name, index) => testNode(name, { labels: { zone: `z${index % 2}` } }));
const inZone = (zone: string) => ({ nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In' as const, values: [zone] }] }] });

/** A slice of one of few names, pools and generations, so that they come to complete, replace and contradict each other. */
function sliceBy(random: () => number): ResourceSlice {
  const one = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  const generation = one(1, 1, 2);
  // All slices of a generation agree on how many they are.
  const pool = { name: one('p', 'q'), generation, resourceSliceCount: 3 - generation };
  const device = { name: one('d0', 'd1') };
  const place = one<object>(
    { nodeName: one(...names) },
    { nodeName: one(...names) },
    { allNodes: true },
    { nodeSelector: inZone(one('z0', 'z1')) },
    { perDeviceNodeSelection: true },
  );
  const counters = random() < 0.2;
  const content = counters
    ? { sharedCounters: [{ name: 's', counters: { c: { value: '2' } } }] }
    : {
        devices: [
          {
            ...device,
            ...('perDeviceNodeSelection' in place ? { nodeName: one(...names) } : {}),
            ...(random() < 0.3 ? { consumesCounters: [{ counterSet: 's', counters: { c: { value: '1' } } }] } : {}),
          },
        ],
      };
  return { metadata: { name: `${pool.name}-${one(0, 1, 2, 3)}` }, spec: { driver: 'd.io', pool, ...place, ...content } };
}

const seen = (pools: readonly PoolView[]): unknown =>
  pools.map(({ id, state, invalidReason, devices, consumers, counters }) => ({
    ...{ id, state, invalidReason, counters: [...counters.keys()] },
    devices: devices.map(({ name, slice }) => `${slice.metadata.name}/${name}`),
    consumers: consumers.map(({ name, slice }) => `${slice.metadata.name}/${name}`).sort(),
  }));

describe('the index of slices', () => {
  for (let seed = 1; seed <= 20; seed++) {
    it(`offers what one that is made anew would (seed ${seed})`, () => {
      const random = seededRandom(seed);
      const index = new SliceIndex();
      const stored = new Map<string, ResourceSlice>();
      for (let step = 0; step < 150; step++) {
        const slice = sliceBy(random);
        const name = slice.metadata.name!;
        const old = stored.get(name);
        // The driver and pool of a slice do not change.
        if (old) index.delete(old);
        if (random() < 0.3) stored.delete(name);
        else {
          stored.set(name, slice);
          index.set(slice);
        }
        if (random() < 0.2) index.forgetNode(names[Math.floor(random() * names.length)]!);
        const fresh = new SliceIndex();
        for (const other of stored.values()) fresh.set(other);
        for (const node of nodes) assert.deepEqual(seen(index.offersTo(node)), seen(fresh.offersTo(node)), `step ${step}`);
      }
    });
  }

  it('notices that a node has other labels', () => {
    const index = new SliceIndex();
    index.set({
      metadata: { name: 's' },
      spec: { driver: 'd.io', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, nodeSelector: inZone('z1'), devices: [{ name: 'd' }] },
    });
    assert.equal(index.offersTo(nodes[0]!).length, 0);
    assert.equal(index.offersTo(testNode('a', { labels: { zone: 'z1' } }))[0]?.devices.length, 1);
  });
});
