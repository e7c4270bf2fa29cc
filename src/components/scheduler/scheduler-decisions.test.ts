import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { Node, Pod, PodSpec } from '../../api/generated/core-v1.ts';
import { nodes, pods } from '../../api/generated/resource-types.ts';
import type { EventRecorder } from '../../client/events.ts';
import { createInformers } from '../../client/shared-informers.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { settle, until } from '../../client/testing/settle.ts';
import type { SchedulingPlugin } from '../../extension-points/scheduling/contract.ts';
import { success, unresolvable, unschedulable } from '../../extension-points/scheduling/contract.ts';
import type { SchedulingAttempt } from '../../extension-points/scheduling/decision.ts';
import { AttachableHandle } from '../../extension-points/scheduling/handle.ts';
import { testPod } from '../../extension-points/scheduling/testing.ts';
import { DisposalStack } from '../../kernel/disposal.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { DecisionMemory } from './decision-recorder.ts';
import type { RunningScheduler } from './scheduler.ts';
import { startScheduler } from './scheduler.ts';

const running = new Set<World>();
afterEach(async () => {
  for (const world of running) await world.stop();
  running.clear();
});

const silentEvents: EventRecorder = { record: () => undefined, as: () => silentEvents, flush: async () => undefined };

class World {
  readonly clock = new ManualClock();
  readonly client = new FakeClient({ clock: this.clock });
  readonly memory = new DecisionMemory({ clock: this.clock });
  readonly #stack = new DisposalStack();

  async start(plugins: Readonly<Record<string, SchedulingPlugin>>): Promise<RunningScheduler> {
    running.add(this);
    const { client, clock, memory } = this;
    const informers = this.#stack.use(createInformers({ client, clock, log: silentLog }));
    const handle = new AttachableHandle({ client, informers, events: silentEvents, clock });
    const point = new ExtensionPoint<SchedulingPlugin>('scheduling');
    const sorter: SchedulingPlugin = { queueSort: (left, right) => left.queuedAtMs - right.queuedAtMs };
    const binder: SchedulingPlugin = { bind: async (_state, pod, nodeName) => (await this.#bind(pod, nodeName), success) };
    for (const [name, implementation] of Object.entries({ sorter, ...plugins, binder })) point.add({ name, origin: 'test', implementation });
    const deps = { client, informers, events: silentEvents, clock, log: silentLog, plugins: point, handle, random: () => 0 };
    return this.#stack.use(await startScheduler({ ...deps, decisions: memory }));
  }

  async addNode(name: string): Promise<void> {
    await this.client.create<Node>(nodes, { metadata: { name }, spec: {}, status: { allocatable: { pods: '10' } } });
    await settle();
  }

  async addPod(name: string, spec: Partial<PodSpec> = {}): Promise<void> {
    await this.client.create<Pod>(pods, { metadata: { name, namespace: 'default' }, spec: { containers: [{ name: 'main', image: 'x' }], ...spec } });
    await settle();
  }

  /** By number. */
  attemptsOf(name: string): SchedulingAttempt[] {
    const attempts = Array.from(this.memory.all('default'), ({ attempt }) => attempt);
    return attempts.filter(({ pod }) => pod.name === name).sort((left, right) => left.attempt - right.attempt);
  }

  stop(): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }

  async #bind(pod: Pod, nodeName: string): Promise<void> {
    const current = await this.client.get<Pod>(pods, pod.metadata as { namespace: string; name: string });
    await this.client.replace(pods, { ...current, spec: { ...current.spec!, nodeName } });
  }
}

/** Refuses every node but those named. */
const only = (...names: string[]): SchedulingPlugin => ({
  filter: (_state, _pod, { name }) => (names.includes(name) ? success : unschedulable('not this one')),
  eventsToRegister: () => [
    { event: { resource: 'Node', actions: ['Add'] }, hint: (_pod, _old, node) => (names.includes((node as Node).metadata.name!) ? 'queue' : 'skip') },
  ],
});

describe('what the scheduler tells of its decisions', () => {
  it('tells of each attempt, and that a node woke the pod, as its plugin asked', async () => {
    const world = new World();
    await world.addNode('a');
    await world.start({ Only: only('c') });
    await world.addPod('p');
    await world.addNode('b');
    await world.addNode('c');
    const [first, second, ...rest] = world.attemptsOf('p');
    assert.deepEqual(rest, []);
    assert.deepEqual(
      [first!.result, first!.nodes, first!.refusals],
      [
        'Unschedulable',
        { total: 1, evaluated: 1, feasible: 0 },
        [{ plugin: 'Only', code: 'unschedulable', reasons: ['not this one'], count: 1, nodeNames: ['a'] }],
      ],
    );
    assert.deepEqual([second!.result, second!.nodeName, second!.nodes.feasible], ['Scheduled', 'c', 1]);
    assert.deepEqual(
      second!.moves.map(({ from, to, cause, plugin }) => [from, to, cause.event, cause.object?.name, plugin]),
      [
        ['InFlight', 'Unschedulable', 'ScheduleAttemptFailure', undefined, undefined],
        ['Unschedulable', 'Backoff', 'NodeAdd', 'c', 'Only'],
        ['Backoff', 'InFlight', 'PopFromBackoffQ', undefined, undefined],
      ],
    );
  });

  it('tells scores as they were given, normalised and weighted', async () => {
    const world = new World();
    await world.addNode('a');
    await world.addNode('bb');
    await world.start({
      TaintToleration: {
        score: (_state, _pod, { name }) => name.length,
        normalizeScores: (_state, _pod, scores) => scores.forEach((entry) => void (entry.score *= 10)),
      },
      Flat: { score: () => 7 },
    });
    await world.addPod('p');
    const [{ scores, scoreCount, tiedCount, nodeName }] = world.attemptsOf('p') as [SchedulingAttempt];
    assert.deepEqual([nodeName, scoreCount, tiedCount], ['bb', 2, 1]);
    assert.deepEqual(
      scores.map((node) => [node.nodeName, node.total, node.plugins.map(({ name, raw, normalized, weighted }) => [name, raw, normalized, weighted])]),
      [
        [
          'bb',
          67,
          [
            ['TaintToleration', 2, 20, 60],
            ['Flat', 7, 7, 7],
          ],
        ],
        [
          'a',
          37,
          [
            ['TaintToleration', 1, 10, 30],
            ['Flat', 7, 7, 7],
          ],
        ],
      ],
    );
  });

  const failures: { name: string; plugin: SchedulingPlugin; want: Partial<SchedulingAttempt> }[] = [
    { name: 'Reserve', plugin: { reserve: () => unschedulable('taken') }, want: { result: 'Rejected', endedAt: 'Reserve', plugin: 'Bad', nodeName: 'a' } },
    {
      name: 'Permit',
      plugin: { permit: () => ({ status: unschedulable('no') }) },
      want: { result: 'Rejected', endedAt: 'Permit', plugin: 'Bad', nodeName: 'a' },
    },
    { name: 'PreBind', plugin: { preBind: async () => unschedulable('late') }, want: { result: 'Rejected', endedAt: 'PreBind', plugin: 'Bad', nodeName: 'a' } },
    {
      name: 'Bind',
      plugin: { bind: () => Promise.reject(new Error('no connection')) },
      want: { result: 'Error', endedAt: 'Bind', plugin: 'Bad', message: 'scheduling/Bad: bind failed: no connection' },
    },
    {
      name: 'PreFilter',
      plugin: { preFilter: () => ({ status: unresolvable('never') }) },
      want: {
        result: 'Unschedulable',
        refusals: [{ plugin: 'Bad', code: 'unschedulable-and-unresolvable', reasons: ['never'], count: 1, nodeNames: ['a'] }],
        message: '0/1 nodes are available: never.',
      },
    },
    {
      name: 'PreEnqueue',
      plugin: { preEnqueue: () => unresolvable('closed') },
      want: { result: 'Gated', endedAt: 'PreEnqueue', plugin: 'Bad', message: 'closed' },
    },
  ];
  for (const { name, plugin, want } of failures) {
    it(`names the plugin that ended an attempt at ${name}`, async () => {
      const world = new World();
      await world.addNode('a');
      await world.start({ Bad: plugin });
      await world.addPod('p');
      const [attempt] = world.attemptsOf('p');
      assert.deepEqual({ ...attempt, ...want }, attempt);
    });
  }

  it('does not let a pod that was refused a permit wake itself by what it gave up', async () => {
    const world = new World();
    await world.addNode('a');
    // Without events of its own: anything may help.
    await world.start({ Bad: { permit: () => ({ status: unschedulable('no') }) } });
    await world.addPod('p');
    const attempts = world.attemptsOf('p').length;
    await settle();
    assert.equal(world.attemptsOf('p').length, attempts);
    assert.deepEqual(
      world
        .attemptsOf('p')
        .at(-1)!
        .movesSince?.map(({ to }) => to),
      ['Unschedulable'],
    );
  });

  it('tells of a permit that is waited for, and forgets nothing of it when the pod is bound', async () => {
    const world = new World();
    await world.addNode('a');
    await world.start({ Gang: { permit: () => ({ status: { code: 'wait', reasons: [] }, timeoutMs: 5_000 }) } });
    await world.addPod('p');
    const [attempt] = world.attemptsOf('p');
    assert.deepEqual([attempt!.result, attempt!.nodeName, attempt!.waits], ['Waiting', 'a', [{ plugin: 'Gang', timeoutSeconds: 5 }]]);
    await world.clock.advance(5_000);
    await settle();
    assert.deepEqual([world.attemptsOf('p')[0]!.result, world.attemptsOf('p')[0]!.endedAt], ['Rejected', 'Permit']);
  });
});

describe('a review', () => {
  const signal = new AbortController().signal;

  it('answers where a pod would go, and does nothing', async () => {
    const world = new World();
    await world.addNode('a');
    const calls: string[] = [];
    const noting = (name: string): undefined => void calls.push(name);
    const scheduler = await world.start({
      Only: only('a'),
      Noting: { reserve: () => (noting('reserve'), success), permit: () => (noting('permit'), { status: success }), postBind: () => noting('postBind') },
    });
    const attempt = await scheduler.review(testPod('asked'), signal);
    assert.deepEqual([attempt.result, attempt.nodeName, attempt.nodes, attempt.pod.name], ['Scheduled', 'a', { total: 1, evaluated: 1, feasible: 1 }, 'asked']);
    assert.deepEqual([calls, world.attemptsOf('asked')], [[], []]);
  });

  it('asks what preemption would do without letting it, and leaves out plugins that cannot say', async () => {
    const world = new World();
    await world.addNode('a');
    const acted: string[] = [];
    const preemption = { candidateCount: 1, candidates: [{ nodeName: 'a', victimCount: 1, budgetViolations: 0, victims: [] }], nodeName: 'a' };
    const scheduler = await world.start({
      Nothing: only(),
      Acting: { postFilter: () => (acted.push('acting'), { status: success, nominatedNodeName: 'b' }) },
      Knowing: {
        postFilter: () => (acted.push('knowing'), { status: success, nominatedNodeName: 'a' }),
        reviewPostFilter: () => ({ status: success, nominatedNodeName: 'a', preemption }),
      },
    });
    const attempt = await scheduler.review(testPod('asked'), signal);
    assert.deepEqual([attempt.result, attempt.nominatedNodeName, attempt.preemption], ['Unschedulable', 'a', { plugin: 'Knowing', ...preemption }]);
    assert.deepEqual(acted, []);
  });

  it('tells of gates and of plugins that fail', async () => {
    const world = new World();
    await world.addNode('a');
    const scheduler = await world.start({
      Gate: { preEnqueue: ({ metadata }) => (metadata.name === 'gated' ? unresolvable('closed') : success) },
      Failing: {
        filter: () => {
          throw new Error('oops');
        },
      },
    });
    const gated = await scheduler.review(testPod('gated'), signal);
    const failed = await scheduler.review(testPod('asked'), signal);
    assert.deepEqual([gated.result, gated.plugin, failed.result, failed.plugin], ['Gated', 'Gate', 'Error', 'Failing']);
  });

  it('never runs beside a cycle: pods that come meanwhile are scheduled after it, and reviews after each other', async () => {
    const world = new World();
    await world.addNode('a');
    let inside = 0;
    let most = 0;
    const slow: SchedulingPlugin = {
      preFilter: () => ((most = Math.max(most, ++inside)), { status: success }),
      filter: () => unschedulable('no'),
      async postFilter() {
        await settle();
        inside--;
        return { status: unschedulable('no') };
      },
      async reviewPostFilter() {
        await settle();
        inside--;
        return { status: unschedulable('no') };
      },
    };
    const scheduler = await world.start({ slow });
    const adding = ['p', 'q', 'r'].map((name) => world.addPod(name));
    const reviews = ['x', 'y', 'z'].map((name) => scheduler.review(testPod(name), signal));
    await Promise.all(adding);
    const answers = await Promise.all(reviews);
    await until(() => world.attemptsOf('r').length > 0);
    assert.deepEqual([most, answers.map(({ result }) => result), world.attemptsOf('r').length], [1, Array(3).fill('Unschedulable'), 1]);
  });

  it('refuses pods of other schedulers, too many at once, and when it has stopped', async () => {
    const world = new World();
    await world.addNode('a');
    const scheduler = await world.start({});
    await assert.rejects(scheduler.review(testPod('theirs', { schedulerName: 'other' }), signal), {
      code: 400,
      message: 'no scheduler that runs here answers for spec.schedulerName "other"',
    });
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => scheduler.review(testPod('asked'), signal)));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.ok(refused.length > 0 && refused.every(({ reason }) => (reason as { code: number }).code === 429));
    await world.stop();
    running.delete(world);
    await assert.rejects(scheduler.review(testPod('asked'), signal), { code: 503 });
  });
});
