import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { SchedulingWorld } from '../../../components/scheduler/testing/scheduling-world.ts';
import type { SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { success } from '../../../extension-points/scheduling/contract.ts';
import { seededRandom } from '../../../extension-points/scheduling/testing.ts';
import nodeResourcesFit from '../node-resources-fit/node-resources-fit.ts';
import prioritySort from '../priority-sort/priority-sort.ts';
import capacityScheduling from './capacity-scheduling.ts';
import type { ElasticQuota } from './elastic-quota-type.ts';
import { elasticquotas } from './elastic-quota-type.ts';

const namespaces = ['a', 'b', 'c'] as const;
const cpusOf = ({ spec }: Pod): number => Number(spec!.containers[0]!.resources!.requests!['cpu']);

/** Looks at every pod that was given a node, before anything else happens. */
function witness(world: SchedulingWorld, quotas: ReadonlyMap<string, { min: number; max: number }>, seed: number): SchedulingPlugin {
  return {
    permit: (_state, pod) => {
      const used = new Map<string, number>(namespaces.map((namespace) => [namespace, 0]));
      for (const { pods: there } of world.handle.snapshot())
        for (const other of there) used.set(other.metadata.namespace!, (used.get(other.metadata.namespace!) ?? 0) + cpusOf(other));
      const { namespace = '', name } = pod.metadata;
      const own = quotas.get(namespace);
      if (own) {
        assert.ok(used.get(namespace)! <= own.max, `seed ${seed}: ${namespace} has ${used.get(namespace)} of ${own.max} with ${name}`);
        const sums = [...quotas].reduce((total, [key, { min }]) => ({ used: total.used + used.get(key)!, min: total.min + min }), { used: 0, min: 0 });
        assert.ok(sums.used <= sums.min, `seed ${seed}: all have ${sums.used} of ${sums.min} with ${name}`);
      }
      return { status: success };
    },
  };
}

async function runTrace(seed: number): Promise<number> {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  await using world = new SchedulingWorld();
  for (let index = 0; index < 3; index++) await world.addNode(`n${index}`, { cpu: String(3 + below(4)), memory: '8Gi', pods: '110' });
  const quotas = new Map<string, { min: number; max: number }>();
  for (const namespace of namespaces.slice(0, 2 + below(2))) {
    const min = 1 + below(5);
    const max = min + below(5);
    quotas.set(namespace, { min, max });
    const spec = { min: { cpu: String(min) }, max: { cpu: String(max) } };
    await world.client.create<ElasticQuota>(elasticquotas, { metadata: { name: 'quota', namespace }, spec });
  }
  const { handle } = world;
  const faults: unknown[] = [];
  const looking = witness(world, quotas, seed);
  await world.start({
    PrioritySort: prioritySort(),
    NodeResourcesFit: nodeResourcesFit(),
    CapacityScheduling: capacityScheduling(undefined, handle),
    Witness: {
      permit: (...args) => {
        try {
          return looking.permit!(...args);
        } catch (error) {
          faults.push(error);
          throw error;
        }
      },
    },
  });
  let bound = 0;
  for (let step = 0; step < 40; step++) {
    const all = world.client.store.list(pods) as unknown as Pod[];
    if (random() < 0.65 || all.length === 0) {
      const namespace = namespaces[below(namespaces.length)]!;
      await world.addPod(`p${step}`, { namespace, requests: { cpu: String(1 + below(3)) }, priority: below(4) });
    } else {
      const { metadata } = all[below(all.length)]!;
      await world.client.delete<Pod>(pods, { namespace: metadata.namespace!, name: metadata.name! }, { gracePeriodSeconds: 0 });
    }
    await world.pass(below(3));
    if (random() < 0.5) await world.endDeletedPods();
    bound = Math.max(bound, world.bound().length);
  }
  assert.deepEqual(faults, []);
  assert.ok(!world.said.some((line) => line.includes('expected at least one victim')), `seed ${seed}`);
  return bound;
}

it('never gives a namespace more than its max, nor all together more than is guaranteed, in any history', async () => {
  let bound = 0;
  for (let seed = 1; seed <= 25; seed++) bound += await runTrace(seed);
  assert.ok(bound > 60, 'the histories are about something');
});
