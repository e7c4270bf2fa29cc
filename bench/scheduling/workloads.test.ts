import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import { keyOf, keyText } from '../../src/api/object.ts';
import { quantityMilliValue } from '../../src/api/quantity.ts';
import { measureCore } from './measure-core.ts';
import { isMeasured, sized, WorkloadObjects, workloadNamed, workloads } from './workloads.ts';

const cpuOf = (pod: Pod): number => quantityMilliValue(pod.spec?.containers[0]?.resources?.requests?.['cpu'] ?? '0');

describe('the scheduling workloads', () => {
  it('are the ten that are wanted, each once', () => {
    assert.deepEqual(
      workloads.map(({ name }) => name),
      [
        ...['SchedulingBasic', 'TopologySpreading', 'DefaultTopologySpreading', 'SchedulingPodAffinity', 'SchedulingPodAntiAffinity'],
        ...['RequiredPodAntiAffinityWithNSSelector', 'SchedulingNodeAffinity', 'PreemptionAsync', 'Unschedulable', 'SchedulingWithExtendedResources'],
      ],
    );
    assert.throws(() => workloadNamed('SchedulingTea'), /no workload is called SchedulingTea; there are SchedulingBasic, /);
  });

  for (const workload of workloads) {
    it(`${workload.name} makes as many objects as its size says, all of other names, in namespaces that are there`, () => {
      const size = sized(workload, { nodes: 100, measuredPods: 50 });
      const objects = new WorkloadObjects(workload, size);
      const [nodes, initPods, measuredPods] = [[...objects.nodes()], [...objects.initPods()], [...objects.measuredPods()]];
      assert.deepEqual([nodes.length, initPods.length, measuredPods.length], [100, size.initPods, size.measuredPods]);
      const pods = [...initPods, ...measuredPods, ...[objects.churnPod(0), objects.churnPod(1)].filter((pod) => pod !== undefined)];
      assert.equal(new Set([...nodes, ...pods].map((object) => keyText(keyOf(object)))).size, nodes.length + pods.length);
      const namespaces = new Set(['default', ...(workload.surroundings ?? []).filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)]);
      assert.deepEqual(
        pods.filter(({ metadata }) => !namespaces.has(metadata.namespace)),
        [],
      );
      assert.ok(measuredPods.every(isMeasured) && !initPods.some(isMeasured));
    });

    it(`${workload.name} leaves room for every pod that is measured`, () => {
      const size = workload.size;
      const objects = new WorkloadObjects(workload, size);
      const asked = [...objects.initPods(), ...objects.measuredPods()].reduce((sum, pod) => sum + cpuOf(pod), 0);
      assert.ok(asked <= size.nodes * 4_000);
      assert.ok(size.initPods + size.measuredPods <= size.nodes * (workload.podsPerNode ?? 40));
    });

    it(`${workload.name} is scheduled whole on a small cluster`, async () => {
      const size = sized(workload, { nodes: 30, measuredPods: 20 });
      const { bound } = await measureCore(workload, { size, limitMs: 60_000, seed: 1, isWarm: false });
      assert.equal(bound, size.measuredPods);
    });
  }

  it('have as many pods per node in a cluster of another size, and measure no more than fit', () => {
    assert.deepEqual(sized(workloadNamed('PreemptionAsync'), { nodes: 1_000 }), { nodes: 1_000, initPods: 4_000, measuredPods: 4_000 });
    assert.deepEqual(sized(workloadNamed('SchedulingBasic'), { nodes: 20_000 }), { nodes: 20_000, initPods: 4_000, measuredPods: 10_000 });
    assert.deepEqual(sized(workloadNamed('SchedulingPodAntiAffinity'), { nodes: 1_000 }), { nodes: 1_000, initPods: 200, measuredPods: 800 });
  });
});
