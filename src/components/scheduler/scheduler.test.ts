import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { nodes, pods } from '../../api/generated/resource-types.ts';
import { notFound } from '../../api/status.ts';
import type { EventRecorder } from '../../client/events.ts';
import { createInformers } from '../../client/shared-informers.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { settle, until } from '../../client/testing/settle.ts';
import type { SchedulingPlugin } from '../../extension-points/scheduling/contract.ts';
import { success, unresolvable, unschedulable } from '../../extension-points/scheduling/contract.ts';
import { AttachableHandle } from '../../extension-points/scheduling/handle.ts';
import { NodeRecord } from '../../extension-points/scheduling/node-record.ts';
import { DisposalStack } from '../../kernel/disposal.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import type { SchedulerDeps } from './scheduler.ts';
import { startScheduler } from './scheduler.ts';

/** As many pods per node as its allocatable `pods` says. */
const roomy: SchedulingPlugin = {
  filter: (_state, _pod, node) => (node.pods.length < node.allocatable.pods ? success : unschedulable('Too many pods')),
  eventsToRegister: () => [
    { event: { resource: 'Node', actions: ['Add', 'UpdateNodeAllocatable'] } },
    { event: { resource: 'AssignedPod', actions: ['Delete'] } },
  ],
};
const sorter: SchedulingPlugin = {
  queueSort: (left, right) => (right.pod.spec?.priority ?? 0) - (left.pod.spec?.priority ?? 0) || left.queuedAtMs - right.queuedAtMs,
};

const running = new Set<DisposalStack>();
afterEach(async () => {
  for (const stack of running) await stack[Symbol.asyncDispose]();
  running.clear();
});

class Cluster {
  readonly clock = new ManualClock();
  readonly client = new FakeClient({ clock: this.clock });
  readonly said: string[] = [];
  readonly handle: AttachableHandle;
  readonly #stack = new DisposalStack();
  readonly #deps: Omit<SchedulerDeps, 'plugins'>;
  bind: (pod: Pod, nodeName: string) => Promise<void> = async (pod, nodeName) => {
    const current = await this.client.get(pods, pod.metadata as { namespace: string; name: string });
    await this.client.replace(pods, { ...current, spec: { ...current.spec!, nodeName } });
  };

  constructor() {
    running.add(this.#stack);
    const { client, clock } = this;
    const informers = this.#stack.use(createInformers({ client, clock, log: silentLog }));
    this.handle = new AttachableHandle({ client, informers, events: this.#recorder('none'), clock });
    this.#deps = { client, informers, clock, events: this.#recorder('none'), log: silentLog, handle: this.handle };
  }

  async start(plugins: Record<string, SchedulingPlugin> = {}, deps: Partial<SchedulerDeps> = {}): Promise<void> {
    const point = new ExtensionPoint<SchedulingPlugin>('scheduling');
    const binder: SchedulingPlugin = { bind: async (_state, pod, nodeName) => (await this.bind(pod, nodeName), success) };
    for (const [name, implementation] of Object.entries({ sorter, binder, ...plugins })) point.add({ name, origin: 'test', implementation });
    this.#stack.use(await startScheduler({ ...this.#deps, plugins: point, ...deps }));
  }

  stop(): Promise<void> {
    running.delete(this.#stack);
    return this.#stack[Symbol.asyncDispose]();
  }

  async addNode(name: string, capacity = '10'): Promise<void> {
    await this.client.create<Node>(nodes, { metadata: { name }, spec: {} });
    await this.setCapacity(name, capacity);
  }

  setCapacity(name: string, capacity: string): Promise<Node> {
    return this.client.patch<Node>(nodes, { name }, { type: 'merge', body: { status: { allocatable: { pods: capacity } } } }, { subresource: 'status' });
  }

  addPod(name: string, spec: Partial<NonNullable<Pod['spec']>> = {}): Promise<Pod> {
    return this.client.create<Pod>(pods, { metadata: { name, namespace: 'default' }, spec: { containers: [{ name: 'main', image: 'x' }], ...spec } });
  }

  async pod(name: string): Promise<Pod> {
    return this.client.get(pods, { namespace: 'default', name });
  }

  async nodeOf(name: string): Promise<string | undefined> {
    return (await this.pod(name)).spec?.nodeName;
  }

  async bound(name: string): Promise<string> {
    let node: string | undefined;
    await until(
      () => (node = (this.client.store.get(pods, { namespace: 'default', name })?.['spec'] as Pod['spec'])?.nodeName) !== undefined,
      `the binding of ${name}`,
    );
    return node!;
  }

  async condition(name: string): Promise<string | undefined> {
    await settle();
    const found = (await this.pod(name)).status?.conditions?.find(({ type }) => type === 'PodScheduled');
    return found && `${found.status} ${found.reason}: ${found.message}`;
  }

  #recorder(component: string): EventRecorder {
    return {
      record: (object, type, reason, message) => void this.said.push(`${component} ${object.metadata.name} ${type} ${reason}: ${message}`),
      as: (other) => this.#recorder(other),
      flush: async () => undefined,
    };
  }
}

describe('the scheduler', () => {
  it('binds a pod to a node and says so', async () => {
    const cluster = new Cluster();
    await cluster.addNode('a');
    await cluster.addPod('p');
    await cluster.start({ roomy });
    assert.equal(await cluster.bound('p'), 'a');
    await settle();
    assert.deepEqual(cluster.said, ['default-scheduler p Normal Scheduled: Successfully assigned default/p to a']);
  });

  it('says why a pod does not fit, and binds it when there is room', async () => {
    const cluster = new Cluster();
    await cluster.addNode('a', '1');
    await cluster.start({ roomy });
    await cluster.addPod('first');
    await cluster.bound('first');
    await cluster.addPod('second');
    await until(() => cluster.said.some((line) => line.includes('FailedScheduling')));
    assert.equal(cluster.said.at(-1), 'default-scheduler second Warning FailedScheduling: 0/1 nodes are available: 1 Too many pods.');
    assert.equal(await cluster.condition('second'), 'False Unschedulable: 0/1 nodes are available: 1 Too many pods.');
    await cluster.setCapacity('a', '2');
    assert.equal(await cluster.bound('second'), 'a');
  });

  it('does not give the same room to two pods, though the first is not bound yet', async () => {
    const cluster = new Cluster();
    const gate = Promise.withResolvers<void>();
    const bind = cluster.bind;
    cluster.bind = async (pod, node) => (await gate.promise, bind(pod, node));
    await cluster.addNode('a', '1');
    await cluster.addNode('b', '1');
    await cluster.start({ roomy });
    for (const name of ['p', 'q']) await cluster.addPod(name);
    await settle();
    gate.resolve();
    assert.deepEqual([await cluster.bound('p'), await cluster.bound('q')].sort(), ['a', 'b']);
  });

  it('waits for the first node', async () => {
    const cluster = new Cluster();
    await cluster.start({ roomy });
    await cluster.addPod('p');
    assert.equal(await cluster.condition('p'), 'False Unschedulable: no nodes available to schedule pods');
    await cluster.addNode('a');
    assert.equal(await cluster.bound('p'), 'a');
  });

  it('leaves pods of other schedulers, finished and deleted ones alone', async () => {
    const cluster = new Cluster();
    await cluster.addNode('a');
    await cluster.addPod('theirs', { schedulerName: 'other' });
    await cluster.addPod('done');
    await cluster.client.patch(
      pods,
      { namespace: 'default', name: 'done' },
      { type: 'merge', body: { status: { phase: 'Failed' } } },
      { subresource: 'status' },
    );
    await cluster.start({ roomy }, { schedulerNames: ['default-scheduler', 'mine'] });
    await cluster.addPod('ours', { schedulerName: 'mine' });
    await cluster.bound('ours');
    await settle();
    assert.deepEqual([await cluster.nodeOf('theirs'), await cluster.nodeOf('done')], [undefined, undefined]);
    assert.match(cluster.said[0]!, /^mine ours Normal Scheduled/);
  });

  it('holds a pod with gates until they went, and says so in its condition', async () => {
    const cluster = new Cluster();
    await cluster.addNode('a');
    const gates: SchedulingPlugin = {
      preEnqueue: ({ spec }) => (spec?.schedulingGates?.length ? unresolvable('gated') : success),
      eventsToRegister: () => [{ event: { resource: 'UnscheduledPod', actions: ['UpdatePodSchedulingGatesEliminated'] } }],
    };
    await cluster.start({ gates });
    const pod = await cluster.addPod('p', { schedulingGates: [{ name: 'wait' }] });
    assert.equal(await cluster.condition('p'), 'False SchedulingGated: Scheduling is blocked due to non-empty scheduling gates');
    await cluster.client.replace(pods, { ...(await cluster.pod('p')), spec: { ...pod.spec!, schedulingGates: [] } });
    assert.equal(await cluster.bound('p'), 'a');
  });

  it('tries again after a plugin failed, naming it', async () => {
    const cluster = new Cluster();
    await cluster.addNode('a');
    let failures = 1;
    await cluster.start({
      shaky: {
        filter: () => {
          if (failures-- > 0) throw new Error('oops');
          return success;
        },
      },
    });
    await cluster.addPod('p');
    assert.equal(await cluster.condition('p'), 'False SchedulerError: scheduling/shaky: filter failed: oops');
    await cluster.clock.advance(1_000);
    assert.equal(await cluster.bound('p'), 'a');
  });

  it('gives the room back when a bind fails, and tries again', async () => {
    const cluster = new Cluster();
    const bind = cluster.bind;
    let failures = 1;
    const undone: string[] = [];
    cluster.bind = async (pod, node) => {
      if (failures-- > 0) throw new Error('no connection');
      return bind(pod, node);
    };
    await cluster.addNode('a', '1');
    await cluster.start({ roomy, ledger: { reserve: () => success, unreserve: (_state, { metadata }) => void undone.push(metadata.name!) } });
    await cluster.addPod('p');
    assert.match((await cluster.condition('p')) ?? '', /^False SchedulerError: .*bind failed: no connection/);
    assert.deepEqual(undone, ['p']);
    await cluster.clock.advance(1_000);
    assert.equal(await cluster.bound('p'), 'a');
  });

  it('forgets a pod that went away while it was being bound', async () => {
    const cluster = new Cluster();
    cluster.bind = async (pod) => {
      await cluster.client.delete(pods, { namespace: 'default', name: pod.metadata.name! });
      await settle();
      throw notFound({ group: '', resource: 'pods' }, pod.metadata.name!);
    };
    await cluster.addNode('a', '1');
    await cluster.start({ roomy });
    await cluster.addPod('p');
    await until(() => cluster.client.store.get(pods, { namespace: 'default', name: 'p' }) === undefined);
    await settle();
    assert.equal(cluster.handle.snapshot()[0]!.pods.length, 0);
    assert.deepEqual(cluster.said, []);
  });

  it('lets pods wait for a permit, and binds or refuses them', async () => {
    const cluster = new Cluster();
    await cluster.addNode('a');
    await cluster.start({ roomy, gang: { permit: () => ({ status: { code: 'wait', reasons: [] }, timeoutMs: 5_000 }) } });
    await cluster.addPod('allowed');
    await cluster.addPod('refused');
    await until(() => [...cluster.handle.waitingPods()].length === 2);
    for (const waiting of [...cluster.handle.waitingPods()]) {
      if (waiting.pod.metadata.name === 'allowed') waiting.allow('gang');
      else waiting.reject('gang', 'gang is gone');
    }
    assert.equal(await cluster.bound('allowed'), 'a');
    assert.equal(await cluster.condition('refused'), 'False Unschedulable: 0/1 nodes are available: 1 gang is gone.');
  });

  it('goes by priority when there is little room', async () => {
    const cluster = new Cluster();
    for (const [name, priority] of [
      ['low', 0],
      ['high', 10],
    ] as const)
      await cluster.addPod(name, { priority });
    await cluster.addNode('a', '1');
    await cluster.start({ roomy });
    assert.equal(await cluster.bound('high'), 'a');
    await settle();
    assert.equal(await cluster.nodeOf('low'), undefined);
  });

  it('writes what a postFilter plugin nominated', async () => {
    const cluster = new Cluster();
    await cluster.addNode('a', '0');
    await cluster.start({ roomy, preemption: { postFilter: () => ({ status: { ...success, reasons: ['preemption: made room.'] }, nominatedNodeName: 'a' }) } });
    await cluster.addPod('p');
    assert.equal(await cluster.condition('p'), 'False Unschedulable: 0/1 nodes are available: 1 Too many pods. preemption: made room.');
    assert.equal((await cluster.pod('p')).status!.nominatedNodeName, 'a');
  });

  it('sets a node aside at once, also while the API does not know yet', async () => {
    const cluster = new Cluster();
    await cluster.addNode('a', '0');
    const preemption: SchedulingPlugin = {
      postFilter: (_state, { metadata }) =>
        metadata.name === 'urgent' ? { status: success, nominatedNodeName: 'a' } : { status: unschedulable('preemption: none.'), nominatedNodeName: '' },
    };
    await cluster.start({ roomy, preemption });
    const written = Promise.withResolvers<void>();
    const patch = cluster.client.patch.bind(cluster.client) as typeof cluster.client.patch;
    cluster.client.patch = async (type, key, ...rest) => {
      if (key.name === 'urgent') await written.promise;
      return patch(type, key, ...rest);
    };
    await cluster.addPod('urgent', { priority: 10 });
    await until(() => cluster.said.some((line) => line.includes('urgent')));
    assert.deepEqual(
      [...cluster.handle.nominatedPods('a')].map(({ metadata }) => metadata.name),
      ['urgent'],
    );
    await cluster.setCapacity('a', '1');
    await cluster.addPod('usual', { priority: 1 });
    await until(() => cluster.said.some((line) => line.includes('usual')));
    assert.equal(await cluster.nodeOf('usual'), undefined, 'the room is kept');
    written.resolve();
    await cluster.clock.advance(2_000);
    assert.equal(await cluster.bound('urgent'), 'a');
    assert.deepEqual([...cluster.handle.nominatedPods('a')], []);
  });

  it('lets plugins imagine nodes, with the pods that those were set aside for', async () => {
    const cluster = new Cluster();
    await cluster.addNode('a', '1');
    await cluster.addPod('there', { nodeName: 'a' });
    const told: string[] = [];
    const answers: string[] = [];
    const counting: SchedulingPlugin = {
      preFilter: () => ({ status: success }),
      addPod: (_state, _pod, { metadata }) => (told.push(`+${metadata.name}`), success),
      removePod: (_state, _pod, { metadata }) => (told.push(`-${metadata.name}`), success),
    };
    const preemption: SchedulingPlugin = {
      postFilter(state, pod) {
        const full = NodeRecord.from(cluster.handle.nodeInfo('a')!);
        const empty = full.withoutPod(full.pods[0]!);
        cluster.handle.removePod(state, pod, full.pods[0]!, empty);
        answers.push(cluster.handle.filterWithNominatedPods(state, pod, empty).code, cluster.handle.filterWithNominatedPods(state, pod, full).code);
        cluster.handle.addPod(state, pod, full.pods[0]!, full);
        return { status: success, ...(pod.metadata.name === 'first' ? { nominatedNodeName: 'a' } : {}) };
      },
    };
    await cluster.start({ roomy, counting, preemption });
    await cluster.addPod('first', { priority: 1 });
    await until(() => answers.length === 2);
    await cluster.addPod('second', { priority: 1 });
    await until(() => answers.length === 4);
    assert.deepEqual(answers, ['success', 'unschedulable', 'unschedulable', 'unschedulable']);
    assert.deepEqual(told.slice(0, 2), ['-there', '+there']);
    assert.ok(told.includes('+first'));
  });

  it('counts pods that are there from the start, and frees their room when they finish', async () => {
    const cluster = new Cluster();
    await cluster.addNode('a', '1');
    await cluster.addPod('there', { nodeName: 'a' });
    await cluster.start({ roomy });
    await cluster.addPod('p');
    await until(() => cluster.said.length > 0);
    await cluster.client.patch(
      pods,
      { namespace: 'default', name: 'there' },
      { type: 'merge', body: { status: { phase: 'Succeeded' } } },
      { subresource: 'status' },
    );
    assert.equal(await cluster.bound('p'), 'a');
  });

  it('schedules many pods, filling every node', async () => {
    const cluster = new Cluster();
    for (let index = 0; index < 10; index++) await cluster.addNode(`n${index}`, '20');
    await cluster.start({ roomy });
    await Promise.all(Array.from({ length: 200 }, (_, index) => cluster.addPod(`p${index}`)));
    for (let index = 0; index < 200; index++) await cluster.bound(`p${index}`);
    await settle();
    assert.deepEqual(
      cluster.handle.snapshot().map(({ pods: there }) => there.length),
      Array.from({ length: 10 }, () => 20),
    );
  });

  it('refuses to start without a binder', async () => {
    const cluster = new Cluster();
    await assert.rejects(cluster.start({ binder: {} }), /at least one scheduling plugin must have bind/);
  });

  it('stops while pods wait', async () => {
    const cluster = new Cluster();
    await cluster.addNode('a');
    await cluster.start({ gang: { permit: () => ({ status: { code: 'wait', reasons: [] }, timeoutMs: 60_000 }) } });
    await cluster.addPod('p');
    await until(() => [...cluster.handle.waitingPods()].length === 1);
    await cluster.stop();
    assert.equal(await cluster.nodeOf('p'), undefined);
  });
});
