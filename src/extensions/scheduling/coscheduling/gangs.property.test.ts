import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { SchedulingWorld } from '../../../components/scheduler/testing/scheduling-world.ts';
import { seededRandom } from '../../../extension-points/scheduling/testing.ts';
import nodeResourcesFit from '../node-resources-fit/node-resources-fit.ts';
import coscheduling from './coscheduling.ts';
import type { PodGroup } from './pod-group-type.ts';
import { podGroupLabel, podgroups } from './pod-group-type.ts';

/** Groups come, with their members in any order and mixed with others', and go when they run. Answers how many ran. */
async function runTrace(seed: number): Promise<number> {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  await using world = new SchedulingWorld();
  const nodeCount = 2 + below(3);
  const perNode = 3 + below(4);
  for (let index = 0; index < nodeCount; index++) await world.addNode(`n${index}`, { cpu: String(perNode), memory: '8Gi', pods: '110' });
  await world.start({ Coscheduling: coscheduling({ permitWaitingTimeSeconds: 20 + below(20) }, world.handle), NodeResourcesFit: nodeResourcesFit() });
  const minMembers = new Map<string, number>();
  const toCome: (() => Promise<unknown>)[] = [];
  const groupCount = 3 + below(4);
  for (let index = 0; index < groupCount; index++) {
    const name = `g${index}`;
    const minMember = 2 + below(nodeCount * perNode - 2);
    minMembers.set(name, minMember);
    toCome.push(() => world.client.create<PodGroup>(podgroups, { metadata: { name, namespace: 'default' }, spec: { minMember } }));
    for (let member = 0; member < minMember + below(2); member++)
      toCome.push(() => world.addPod(`${name}-${member}`, { labels: { [podGroupLabel]: name }, requests: { cpu: '1' } }));
  }
  const ran = new Set<string>();
  for (let second = 0; second < 400 && (toCome.length > 0 || ran.size < groupCount); second++) {
    for (let times = below(8); times > 0 && toCome.length > 0; times--) await toCome.splice(below(toCome.length), 1)[0]!();
    await world.pass(1);
    const bound = (world.client.store.list(pods) as unknown as Pod[]).filter(({ spec }) => spec?.nodeName);
    const byGroup = Map.groupBy(bound, ({ metadata }) => metadata.labels![podGroupLabel]!);
    for (const [name, members] of byGroup) {
      if (!ran.has(name)) assert.ok(members.length >= minMembers.get(name)!, `seed ${seed}: ${members.length} of ${minMembers.get(name)} of ${name} run`);
      ran.add(name);
      // A member that comes late, or on top, may have to find the group gone; it goes too.
      if (random() < 0.3)
        for (const { metadata } of members) await world.client.delete<Pod>(pods, { namespace: 'default', name: metadata.name! }, { gracePeriodSeconds: 0 });
    }
  }
  assert.equal(ran.size, groupCount, `seed ${seed}: every group runs in the end`);
  return ran.size;
}

it('binds groups whole or not at all, and every one in the end, in any order of coming', async () => {
  let ran = 0;
  for (let seed = 1; seed <= 15; seed++) ran += await runTrace(seed);
  assert.ok(ran >= 45);
});
