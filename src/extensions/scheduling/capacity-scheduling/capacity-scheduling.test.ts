import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import type { PodDisruptionBudget } from '../../../api/generated/policy-v1.ts';
import { poddisruptionbudgets, pods } from '../../../api/generated/resource-types.ts';
import { ApiError } from '../../../api/status.ts';
import { FakeClient } from '../../../client/testing/fake-client.ts';
import type { PodParts } from '../../../components/scheduler/testing/scheduling-world.ts';
import { SchedulingWorld } from '../../../components/scheduler/testing/scheduling-world.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { AttachableHandle } from '../../../extension-points/scheduling/handle.ts';
import { testInformers } from '../../../extension-points/scheduling/testing.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import nodeResourcesFit from '../node-resources-fit/node-resources-fit.ts';
import prioritySort from '../priority-sort/priority-sort.ts';
import capacityScheduling from './capacity-scheduling.ts';
import type { ElasticQuota } from './elastic-quota-type.ts';
import { elasticquotas } from './elastic-quota-type.ts';

const silent = { record: () => undefined, as: () => silent, flush: async () => undefined };
schedulingConformance('CapacityScheduling', () =>
  capacityScheduling(undefined, new AttachableHandle({ client: new FakeClient(), informers: testInformers(), events: silent, clock: new ManualClock() })),
);

class Shared extends SchedulingWorld {
  async begin(): Promise<void> {
    const { handle } = this;
    await this.start({ PrioritySort: prioritySort(), NodeResourcesFit: nodeResourcesFit(), CapacityScheduling: capacityScheduling(undefined, handle) });
  }

  quota(namespace: string, min: Record<string, string> | undefined, max?: Record<string, string>): Promise<ElasticQuota> {
    const spec = { ...(min ? { min } : {}), ...(max ? { max } : {}) };
    return this.client.create<ElasticQuota>(elasticquotas, { metadata: { name: 'quota', namespace }, spec });
  }

  /** A pod that asks for so many CPUs. */
  ask(namespace: string, name: string, cpu: string, parts: PodParts = {}): Promise<Pod> {
    return this.addPod(name, { namespace, requests: { cpu }, ...parts });
  }

  /** Lets time pass with kubelets that end deleted pods. */
  async live(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await this.pass(1);
      if ((await this.endDeletedPods()) > 0) await this.pass(1);
    }
  }

  running(): string[] {
    return this.bound().map((name) => name.split('@')[0]!);
  }

  heard(name: string, text: string): void {
    const lines = this.said.filter((line) => line.startsWith(`${name} `));
    assert.ok(
      lines.some((line) => line.includes(text)),
      `${text}\nis not in\n${lines.join('\n')}`,
    );
  }
}

describe('an elastic quota', () => {
  const cases: {
    name: string;
    quotas: [string, Record<string, string> | undefined, Record<string, string>?][];
    there: [string, string][];
    asked: Record<string, string>;
    want: string | undefined;
  }[] = [
    { name: 'takes what is within its min', quotas: [['a', { cpu: '4' }, { cpu: '6' }]], there: [['a', '3']], asked: { cpu: '1' }, want: undefined },
    {
      name: 'takes no more than its max',
      quotas: [
        ['a', { cpu: '2' }, { cpu: '3' }],
        ['b', { cpu: '8' }],
      ],
      there: [['a', '3']],
      asked: { cpu: '1' },
      want: 'Pod a/asked is rejected in PreFilter because ElasticQuota a is more than Max',
    },
    {
      name: 'borrows what another leaves',
      quotas: [
        ['a', { cpu: '2' }, { cpu: '6' }],
        ['b', { cpu: '4' }],
      ],
      there: [
        ['a', '3'],
        ['b', '1'],
      ],
      asked: { cpu: '2' },
      want: undefined,
    },
    {
      name: 'borrows no more than is guaranteed to all',
      quotas: [
        ['a', { cpu: '2' }, { cpu: '6' }],
        ['b', { cpu: '4' }],
      ],
      there: [
        ['a', '3'],
        ['b', '1'],
      ],
      asked: { cpu: '3' },
      want: 'Pod a/asked is rejected in PreFilter because total ElasticQuota used is more than min',
    },
    { name: 'without max has no bound of its own', quotas: [['a', { cpu: '16' }]], there: [], asked: { cpu: '9' }, want: undefined },
    {
      name: 'without min only borrows',
      quotas: [['a', undefined, { cpu: '6' }]],
      there: [],
      asked: { cpu: '1' },
      want: 'Pod a/asked is rejected in PreFilter because total ElasticQuota used is more than min',
    },
    {
      name: 'is not about resources that its max leaves out',
      quotas: [['a', { cpu: '4', memory: '1Gi' }, { cpu: '6' }]],
      there: [],
      asked: { memory: '1Gi' },
      want: undefined,
    },
    {
      name: 'is about extended resources',
      quotas: [['a', { cpu: '4', 'example.com/gpu': '4' }, { cpu: '8', 'example.com/gpu': '2' }]],
      there: [],
      asked: { 'example.com/gpu': '3' },
      want: 'Pod a/asked is rejected in PreFilter because ElasticQuota a is more than Max',
    },
    { name: 'is not about other namespaces', quotas: [['b', { cpu: '1' }, { cpu: '1' }]], there: [['a', '3']], asked: { cpu: '1' }, want: undefined },
  ];
  for (const { name, quotas, there, asked, want } of cases) {
    it(name, async () => {
      await using world = new Shared();
      await world.addNode('n', { cpu: '10', memory: '8Gi', pods: '110', 'example.com/gpu': '8' });
      for (const [namespace, min, max] of quotas) await world.quota(namespace, min, max);
      for (const [index, [namespace, cpu]] of there.entries()) await world.ask(namespace, `there-${index}`, cpu, { nodeName: 'n', priority: 100 });
      await world.begin();
      await world.addPod('asked', { namespace: 'a', requests: asked });
      await world.pass(1);
      assert.equal(world.running().includes('asked'), want === undefined);
      if (want !== undefined) world.heard('asked', want);
    });
  }

  it('counts pods that were there before it, and no finished ones', async () => {
    await using world = new Shared();
    await world.addNode('n', { cpu: '10', memory: '8Gi', pods: '110' });
    await world.begin();
    for (const name of ['one', 'two']) await world.ask('a', name, '2');
    await world.pass(1);
    await world.quota('a', { cpu: '4' }, { cpu: '4' });
    await world.ask('a', 'three', '2');
    await world.pass(1);
    assert.deepEqual(world.running(), ['one', 'two']);
    await world.client.patch(pods, { namespace: 'a', name: 'one' }, { type: 'merge', body: { status: { phase: 'Succeeded' } } }, { subresource: 'status' });
    await world.pass(5);
    assert.ok(world.running().includes('three'));
  });

  it('that is raised, or goes, lets waiting pods in', async () => {
    for (const change of ['raise', 'delete']) {
      await using world = new Shared();
      await world.addNode('n', { cpu: '10', memory: '8Gi', pods: '110' });
      await world.quota('a', { cpu: '1' }, { cpu: '1' });
      await world.begin();
      await world.ask('a', 'p', '2');
      await world.pass(2);
      assert.deepEqual(world.running(), []);
      if (change === 'raise')
        await world.client.patch(elasticquotas, { namespace: 'a', name: 'quota' }, { type: 'merge', body: { spec: { min: { cpu: '2' }, max: { cpu: '2' } } } });
      else await world.client.delete(elasticquotas, { namespace: 'a', name: 'quota' });
      await world.pass(5);
      assert.deepEqual(world.running(), ['p']);
    }
  });

  it('is not there while its definition is missing', async () => {
    let isDefined = false;
    await using world = new Shared({
      intercept: ({ resource }) => {
        if (!isDefined && resource === 'elasticquotas.scheduling.x-k8s.io')
          throw new ApiError(403, 'Forbidden', 'elasticquotas.scheduling.x-k8s.io is forbidden');
      },
    });
    await world.addNode('n', { cpu: '10', memory: '8Gi', pods: '110' });
    await world.begin();
    await world.ask('a', 'one', '2');
    await world.pass(1);
    assert.deepEqual(world.running(), ['one']);
    isDefined = true;
    await world.quota('a', { cpu: '2' }, { cpu: '2' });
    await world.pass(2);
    await world.ask('a', 'two', '1');
    await world.pass(1);
    assert.deepEqual(world.running(), ['one']);
  });
});

describe('preemption between elastic quotas', () => {
  it('takes back what was borrowed, whatever its priority, and no more', async () => {
    await using world = new Shared();
    await world.addNode('n', { cpu: '8', memory: '8Gi', pods: '110' });
    await world.quota('a', { cpu: '4' }, { cpu: '8' });
    await world.quota('b', { cpu: '4' }, { cpu: '8' });
    await world.begin();
    for (let index = 1; index <= 8; index++) await world.ask('a', `borrower-${index}`, '1', { priority: 1_000 - index });
    await world.pass(2);
    assert.equal(world.running().length, 8);
    await world.ask('b', 'owner', '3');
    await world.live(10);
    assert.deepEqual(world.running(), ['borrower-1', 'borrower-2', 'borrower-3', 'borrower-4', 'borrower-5', 'owner']);
    world.heard('borrower-8', 'Preempted: Preempted by pod ');
  });

  it('never touches what is guaranteed to others', async () => {
    await using world = new Shared();
    await world.addNode('n', { cpu: '4', memory: '8Gi', pods: '110' });
    await world.quota('a', { cpu: '4' }, { cpu: '8' });
    await world.quota('b', { cpu: '4' }, { cpu: '8' });
    await world.begin();
    for (let index = 1; index <= 4; index++) await world.ask('a', `a-${index}`, '1');
    await world.pass(2);
    await world.ask('b', 'owner', '3', { priority: 1_000_000 });
    await world.live(5);
    assert.deepEqual(world.running(), ['a-1', 'a-2', 'a-3', 'a-4']);
    world.heard('owner', 'preemption: 0/1 nodes are available: 1 No victims found on node n for preemptor pod owner.');
  });

  it('pushes aside lower priorities of the own namespace beyond what is guaranteed', async () => {
    await using world = new Shared();
    await world.addNode('n', { cpu: '8', memory: '8Gi', pods: '110' });
    await world.quota('a', { cpu: '2' }, { cpu: '4' });
    await world.quota('b', { cpu: '6' }, { cpu: '8' });
    await world.begin();
    for (let index = 1; index <= 4; index++) await world.ask('a', `low-${index}`, '1', { priority: index });
    await world.ask('b', 'other', '2', { priority: 0 });
    await world.pass(2);
    await world.ask('a', 'high', '2', { priority: 10 });
    await world.live(10);
    assert.deepEqual(world.running(), ['high', 'low-3', 'low-4', 'other']);
  });

  it('keeps pods without a quota to themselves', async () => {
    await using world = new Shared();
    await world.addNode('n', { cpu: '3', memory: '8Gi', pods: '110' });
    await world.quota('a', { cpu: '4' });
    await world.begin();
    await world.ask('a', 'with', '1', { priority: 0 });
    await world.ask('free', 'without-1', '1', { priority: 1 });
    await world.ask('free', 'without-2', '1', { priority: 20 });
    await world.pass(2);
    await world.ask('free', 'important', '1', { priority: 10 });
    await world.live(10);
    assert.deepEqual(world.running(), ['important', 'with', 'without-2']);
  });

  it('spares pods with a disruption budget when others do as well', async () => {
    await using world = new Shared();
    await world.addNode('n', { cpu: '4', memory: '8Gi', pods: '110' });
    await world.quota('a', { cpu: '1' }, { cpu: '4' });
    await world.quota('b', { cpu: '3' }, { cpu: '4' });
    const budget = { metadata: { name: 'budget', namespace: 'a' }, spec: { selector: { matchLabels: { app: 'guarded' } } }, status: { disruptionsAllowed: 0 } };
    await world.client.create<PodDisruptionBudget>(poddisruptionbudgets, budget);
    await world.begin();
    await world.ask('a', 'guarded', '1', { labels: { app: 'guarded' }, priority: 0 });
    for (const priority of [1, 2, 3]) await world.ask('a', `open-${priority}`, '1', { priority });
    await world.pass(2);
    await world.ask('b', 'owner', '1');
    await world.live(10);
    assert.deepEqual(world.running(), ['guarded', 'open-2', 'open-3', 'owner']);
  });

  it('counts each victim once, though both the node and the quotas are too small for it', async () => {
    await using world = new Shared();
    await world.addNode('n', { cpu: '4', memory: '8Gi', pods: '110' });
    await world.quota('a', { cpu: '2' }, { cpu: '4' });
    await world.quota('b', { cpu: '2' }, { cpu: '4' });
    await world.begin();
    for (const name of ['one', 'two', 'three', 'four']) await world.ask('a', name, '1', { priority: 0 });
    await world.pass(2);
    await world.ask('b', 'owner', '2');
    await world.live(10);
    assert.equal(world.said.filter((line) => line.includes(' Preempted: ')).length, 2);
    assert.equal(world.running().length, 3);
  });
});
