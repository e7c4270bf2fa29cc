import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { EventRecorder } from '../../client/events.ts';
import { settle, until } from '../../client/testing/settle.ts';
import type { SchedulingPlugin, WaitingPod } from '../../extension-points/scheduling/contract.ts';
import { success, unschedulable } from '../../extension-points/scheduling/contract.ts';
import type { SchedulingExtender } from '../../extension-points/scheduling/extender.ts';
import { AttachableHandle } from '../../extension-points/scheduling/handle.ts';
import { SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { silentLog } from '../../kernel/log.ts';
import type { SchedulingGeneration } from './generation.ts';
import type { RunningScheduler } from './scheduler.ts';
import { startScheduler } from './scheduler.ts';
import { SchedulingWorld } from './testing/scheduling-world.ts';

const firstCome: SchedulingPlugin = { queueSort: (left, right) => left.queuedAtMs - right.queuedAtMs };
const closed: SchedulingPlugin = { filter: () => unschedulable('closed'), eventsToRegister: () => [] };
const open: SchedulingPlugin = { filter: () => success };

/** Generations made of plugins by hand, over a world. */
class Bench implements AsyncDisposable {
  readonly world = new SchedulingWorld();
  readonly said: string[] = [];
  readonly ended: number[] = [];
  scheduler: RunningScheduler | undefined;
  readonly #events: EventRecorder = this.#recorder('');

  get handle(): AttachableHandle {
    return this.handles.at(-1)!;
  }
  readonly handles: AttachableHandle[] = [];

  generation(
    number: number,
    profiles: Readonly<Record<string, Readonly<Record<string, SchedulingPlugin>>>>,
    rest: Partial<SchedulingGeneration> = {},
  ): SchedulingGeneration {
    const { client, clock } = this.world;
    return {
      number,
      profiles: Object.entries(profiles).map(([schedulerName, plugins]) => {
        const point = new ExtensionPoint<SchedulingPlugin>('scheduling');
        const handle = new AttachableHandle({ client, clock, informers: this.world.handle.informers, events: this.#events, extenders: rest.extenders ?? [] });
        this.handles.push(handle);
        const roster: Record<string, SchedulingPlugin> = {
          sorter: firstCome,
          ...plugins,
          binder: { bind: (_state, pod, node) => this.bind(pod.metadata.name!, node) },
        };
        for (const [name, implementation] of Object.entries(roster)) point.add({ name, origin: 'test', implementation });
        return { schedulerName, handle, framework: new SchedulingFramework(point, { clock }) };
      }),
      [Symbol.dispose]: () => void this.ended.push(number),
      ...rest,
    };
  }

  async start(generation: SchedulingGeneration): Promise<void> {
    const { client, clock, handle } = this.world;
    this.scheduler = await startScheduler({ client, clock, informers: handle.informers, events: this.#events, log: silentLog, random: () => 0, generation });
  }

  async bind(name: string, nodeName: string): Promise<typeof success> {
    const { pods } = await import('../../api/generated/resource-types.ts');
    const pod = await this.world.client.get(pods, { namespace: 'default', name });
    await this.world.client.replace(pods, { ...pod, spec: { ...pod.spec!, nodeName } });
    return success;
  }

  bound(count: number): Promise<void> {
    return until(() => this.world.bound().length === count, `${count} bound pods, of ${this.world.bound().join()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scheduler?.[Symbol.asyncDispose]();
    await this.world[Symbol.asyncDispose]();
  }

  #recorder(component: string): EventRecorder {
    return {
      record: (object, _type, reason, message) => void this.said.push(`${component} ${object.metadata.name} ${reason}: ${message}`),
      as: (other) => this.#recorder(other),
      flush: async () => undefined,
    };
  }
}

describe('the profiles of a scheduler', () => {
  it('schedule the pods that name them, and no others', async () => {
    await using bench = new Bench();
    for (const node of ['a', 'b']) await bench.world.addNode(node);
    const onlyOn = (name: string): SchedulingPlugin => ({ filter: (_state, _pod, node) => (node.name === name ? success : unschedulable(`not ${name}`)) });
    await bench.start(bench.generation(1, { 'default-scheduler': { only: onlyOn('a') }, second: { only: onlyOn('b') } }));
    await bench.world.addPod('one');
    await bench.world.addPod('two', { schedulerName: 'second' });
    await bench.world.addPod('three', { schedulerName: 'third' });
    await bench.bound(2);
    await settle();
    assert.deepEqual(bench.world.bound(), ['one@a', 'two@b']);
    assert.deepEqual(bench.said, [
      'default-scheduler one Scheduled: Successfully assigned default/one to a',
      'second two Scheduled: Successfully assigned default/two to b',
    ]);
  });

  it('are woken by what helps in any of them', async () => {
    await using bench = new Bench();
    const labelled = (label: string): SchedulingPlugin => ({
      filter: (_state, _pod, { node }) => (node.metadata.labels?.[label] ? success : unschedulable(`no ${label}`)),
      eventsToRegister: () => [
        {
          event: { resource: 'Node', actions: ['UpdateNodeLabel'] },
          hint: (_pod, _old, current) =>
            (current as { metadata: { labels?: object } }).metadata.labels && label in (current as { metadata: { labels: object } }).metadata.labels
              ? 'queue'
              : 'skip',
        },
      ],
    });
    await bench.world.addNode('a');
    await bench.start(bench.generation(1, { 'default-scheduler': { labelled: labelled('x') }, second: { labelled: labelled('y') } }));
    await bench.world.addPod('two', { schedulerName: 'second' });
    await until(() => bench.said.some((line) => line.includes('no y')));
    const { nodes } = await import('../../api/generated/resource-types.ts');
    await bench.world.client.patch(nodes, { name: 'a' }, { type: 'merge', body: { metadata: { labels: { y: '1' } } } });
    await bench.world.pass(2);
    await bench.bound(1);
  });
});

describe('another generation of plugins', () => {
  it('takes over the pods that were refused, whatever they waited for', async () => {
    await using bench = new Bench();
    await bench.world.addNode('a');
    await bench.start(bench.generation(1, { 'default-scheduler': { closed } }));
    for (let index = 0; index < 20; index++) await bench.world.addPod(`p${index}`);
    await until(() => bench.said.length === 20);
    await bench.scheduler!.replace(bench.generation(2, { 'default-scheduler': { open } }));
    assert.equal(bench.scheduler!.generation, 2);
    await bench.world.pass(2);
    await bench.bound(20);
    assert.deepEqual(bench.ended, [1], 'nothing of the first is under way');
  });

  it('takes over gated pods too', async () => {
    await using bench = new Bench();
    await bench.world.addNode('a');
    await bench.start(bench.generation(1, { 'default-scheduler': { gate: { preEnqueue: () => unschedulable('not yet'), eventsToRegister: () => [] } } }));
    await bench.world.addPod('p');
    await settle();
    assert.deepEqual(bench.world.bound(), []);
    await bench.scheduler!.replace(bench.generation(2, { 'default-scheduler': {} }));
    await bench.bound(1);
  });

  it('leaves a pod that is held, or being bound, to the one it began with', async () => {
    await using bench = new Bench();
    await bench.world.addNode('a');
    const permits: string[] = [];
    const gang = (name: string): SchedulingPlugin => ({ permit: () => (permits.push(name), { status: { code: 'wait', reasons: [] }, timeoutMs: 60_000 }) });
    const undone: string[] = [];
    const ledger = (name: string): SchedulingPlugin => ({ unreserve: (_state, pod) => void undone.push(`${name} ${pod.metadata.name}`) });
    await bench.start(bench.generation(1, { 'default-scheduler': { gang: gang('old'), ledger: ledger('old') } }));
    for (const name of ['stays', 'goes']) await bench.world.addPod(name);
    const held = (): WaitingPod[] => [...bench.handle.waitingPods()];
    await until(() => held().length === 2);
    await bench.scheduler!.replace(bench.generation(2, { 'default-scheduler': { ledger: ledger('new') } }));
    assert.deepEqual(bench.ended, [], 'two pods are still under way');
    for (const waiting of held()) {
      if (waiting.pod.metadata.name === 'stays') waiting.allow('gang');
      else waiting.reject('gang', 'too late');
    }
    await bench.bound(2);
    assert.deepEqual([permits, undone], [['old', 'old'], ['old goes']]);
    assert.deepEqual(bench.ended, [1]);
  });

  it('begins after the cycle under way, whose pod is then tried again', async () => {
    await using bench = new Bench();
    await bench.world.addNode('a');
    const gate = Promise.withResolvers<typeof success>();
    const slow: SchedulingPlugin = { ...closed, postFilter: async () => ({ status: unschedulable((await gate.promise).code) }) };
    await bench.start(bench.generation(1, { 'default-scheduler': { slow } }));
    await bench.world.addPod('p');
    await settle();
    const replaced = bench.scheduler!.replace(bench.generation(2, { 'default-scheduler': { open } }));
    await settle();
    assert.equal(bench.scheduler!.generation, 1);
    gate.resolve(success);
    await replaced;
    await bench.bound(1);
  });

  it('may order the queue in another way', async () => {
    await using bench = new Bench();
    const byName: SchedulingPlugin = { queueSort: (left, right) => (left.pod.metadata.name! < right.pod.metadata.name! ? 1 : -1) };
    const tried: string[] = [];
    const watching: SchedulingPlugin = { preFilter: (_state, pod) => (tried.push(pod.metadata.name!), { status: success }) };
    await bench.world.addNode('a');
    const gate = Promise.withResolvers<void>();
    await bench.start(bench.generation(1, { 'default-scheduler': { slow: { reserve: async () => (await gate.promise, success) } } }));
    for (const name of ['first', 'a', 'c', 'b', 'e', 'd']) await bench.world.addPod(name);
    await settle();
    const replaced = bench.scheduler!.replace(bench.generation(2, { 'default-scheduler': { sorter: byName, watching } }));
    gate.resolve();
    await replaced;
    await bench.bound(6);
    assert.deepEqual(tried, ['e', 'd', 'c', 'b', 'a']);
  });

  it('may answer for other schedulers', async () => {
    await using bench = new Bench();
    await bench.world.addNode('a');
    await bench.start(bench.generation(1, { old: { closed } }));
    await bench.world.addPod('theirs', { schedulerName: 'new' });
    await bench.world.addPod('ours', { schedulerName: 'old' });
    await until(() => bench.said.length === 1);
    await bench.scheduler!.replace(bench.generation(2, { new: { open } }));
    await bench.world.pass(30);
    assert.deepEqual(bench.world.bound(), ['theirs@a']);
  });

  it('is refused when it cannot schedule, and nothing changes', async () => {
    await using bench = new Bench();
    await bench.world.addNode('a');
    await bench.start(bench.generation(1, { 'default-scheduler': {} }));
    await assert.rejects(
      bench.scheduler!.replace(bench.generation(2, { 'default-scheduler': { other: firstCome } })),
      /exactly one scheduling plugin must have queueSort/,
    );
    await assert.rejects(bench.scheduler!.replace(bench.generation(3, {})), /a scheduler needs a profile/);
    assert.equal(bench.scheduler!.generation, 1);
    await bench.world.addPod('p');
    await bench.bound(1);
  });

  it('keeps each plugin to the nodes and pods as they are, and lets go of the old one', async () => {
    await using bench = new Bench();
    await bench.world.addNode('a');
    await bench.start(bench.generation(1, { 'default-scheduler': {} }));
    const seen: string[][] = [[], []];
    bench.handles[0]!.observe({ nodeAdded: ({ name }) => void seen[0]!.push(name) });
    const next = bench.generation(2, { 'default-scheduler': {} });
    bench.handles[1]!.observe({ nodeAdded: ({ name }) => void seen[1]!.push(name) });
    await bench.scheduler!.replace(next);
    await bench.world.addNode('b');
    await settle();
    assert.deepEqual(seen, [['a'], ['a', 'b']]);
    assert.deepEqual(
      bench.handles.map((handle) => handle.snapshot().length),
      [0, 2],
    );
  });
});

describe('extenders of a scheduler', () => {
  const extender = (rest: Partial<SchedulingExtender>): SchedulingExtender => ({
    name: 'http://extender',
    isIgnorable: false,
    weight: 1,
    isInterested: () => true,
    ...rest,
  });
  const bench = (): Bench => {
    const made = new Bench();
    running.push(made);
    return made;
  };
  const running: Bench[] = [];
  afterEach(async () => {
    for (const one of running.splice(0)) await one[Symbol.asyncDispose]();
  });

  it('bind in the place of plugins', async () => {
    const one = bench();
    const bound: string[] = [];
    const binder = extender({
      isInterested: ({ metadata }) => metadata.name === 'p',
      bind: async (pod, node) => {
        bound.push(`${pod.metadata.name} ${node}`);
        await one.bind(pod.metadata.name!, node);
      },
    });
    await one.world.addNode('a');
    await one.start(one.generation(1, { 'default-scheduler': {} }, { extenders: [binder] }));
    for (const name of ['p', 'q']) await one.world.addPod(name);
    await one.bound(2);
    assert.deepEqual(bound, ['p a']);
  });

  it('that fail to bind end the attempt, unless they may be ignored', async () => {
    for (const isIgnorable of [false, true]) {
      const one = bench();
      const broken = extender({ isIgnorable, bind: () => Promise.reject(new Error('Post "http://extender/bind": EOF')) });
      await one.world.addNode('a');
      await one.start(one.generation(1, { 'default-scheduler': {} }, { extenders: [broken] }));
      await one.world.addPod('p');
      await until(() => one.said.length > 0);
      assert.match(one.said[0]!, isIgnorable ? /p Scheduled:/ : /p FailedScheduling: Post "http:\/\/extender\/bind": EOF$/);
    }
  });

  it('filter, and pods they refuse are tried again after any event', async () => {
    const one = bench();
    let allowed: readonly string[] = [];
    const picky = extender({
      filter: async (_pod, nodes) => ({
        nodes: nodes.filter(({ name }) => allowed.includes(name)),
        failed: new Map([['a', 'not today']]),
        failedAndUnresolvable: new Map(),
      }),
    });
    await one.world.addNode('a');
    await one.start(one.generation(1, { 'default-scheduler': {} }, { extenders: [picky] }));
    await one.world.addPod('p');
    await until(() => one.said.length > 0);
    assert.match(one.said[0]!, /p FailedScheduling: 0\/1 nodes are available: 1 not today\./);
    allowed = ['b'];
    await one.world.addNode('b');
    await one.world.pass(2);
    await one.bound(1);
    assert.deepEqual(one.world.bound(), ['p@b']);
  });

  it('have a say in where pods go', async () => {
    const one = bench();
    const fond = extender({
      weight: 2,
      prioritize: async () =>
        new Map([
          ['b', 10],
          ['elsewhere', 10],
        ]),
    });
    for (const node of ['a', 'b', 'c']) await one.world.addNode(node);
    await one.start(one.generation(1, { 'default-scheduler': { level: { score: () => 50 } } }, { extenders: [fond] }));
    await one.world.addPod('p');
    await one.bound(1);
    assert.deepEqual(one.world.bound(), ['p@b']);
  });
});
