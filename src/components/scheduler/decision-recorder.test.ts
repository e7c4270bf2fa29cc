import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Status } from '../../extension-points/scheduling/contract.ts';
import { success, unresolvable, unschedulable } from '../../extension-points/scheduling/contract.ts';
import type { NodeScores, NodeVerdicts, SchedulingAttempt } from '../../extension-points/scheduling/decision.ts';
import { testPod } from '../../extension-points/scheduling/testing.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { DecisionMemory } from './decision-recorder.ts';

const podOf = (index: number): Pod => ({ ...testPod(`p${index}`), metadata: { name: `p${index}`, namespace: 'default', uid: `uid-${index}-of-a-pod` } });
const full: Status = { ...unschedulable('Insufficient cpu'), plugin: 'NodeResourcesFit' };

function verdictsOf(statuses: readonly (Status | undefined)[]): NodeVerdicts {
  return {
    nodeCount: statuses.length,
    feasibleCount: statuses.filter((status) => status?.code === 'success').length,
    nameOf: (index) => `n${index}`,
    statusOf: (index) => statuses[index],
  };
}

function scoresOf(columns: Record<string, { weight: number; raw: number[]; normalized: number[] }>): NodeScores {
  const plugins = Object.entries(columns);
  const count = plugins[0]![1].raw.length;
  return {
    count,
    plugins: plugins.map(([name, { weight }]) => ({ name, weight })),
    nameOf: (index) => `n${index}`,
    rawOf: (plugin, index) => plugins[plugin]![1].raw[index]!,
    normalizedOf: (plugin, index) => plugins[plugin]![1].normalized[index]!,
    totalOf: (index) => plugins.reduce((sum, [, { weight, normalized }]) => sum + weight * normalized[index]!, 0),
  };
}

function memoryOf(maximumBytes?: number): { memory: DecisionMemory; clock: ManualClock; attempts: () => SchedulingAttempt[] } {
  const clock = new ManualClock();
  const memory = new DecisionMemory({ clock, ...(maximumBytes === undefined ? {} : { maximumBytes }) });
  return { memory, clock, attempts: () => [...memory.all()].map(({ attempt }) => attempt) };
}

describe('the memory of scheduling decisions', () => {
  it('remembers an attempt that failed, node by node, and what moved the pod since', async () => {
    const { memory, clock } = memoryOf();
    const pod = podOf(1);
    memory.moved(pod, { from: 'New', to: 'Active', cause: { event: 'PodAdd' }, atMs: clock.now() });
    const attempt = memory.begin(pod, 1);
    attempt.verdicts(verdictsOf([full, { ...unresolvable('node(s) were unschedulable'), plugin: 'NodeUnschedulable' }, { ...full }]));
    await clock.advance(3);
    attempt.end({ result: 'Unschedulable', message: '0/3 nodes are available' });
    memory.moved(pod, { from: 'InFlight', to: 'Unschedulable', cause: { event: 'ScheduleAttemptFailure' }, atMs: clock.now() });
    assert.deepEqual(memory.find('default', 'p1.uid-1-of.1')?.attempt, {
      pod: { namespace: 'default', name: 'p1', uid: 'uid-1-of-a-pod' },
      attempt: 1,
      schedulerName: 'default-scheduler',
      startTime: '2026-01-01T00:00:00.000000Z',
      durationMilliseconds: 3,
      result: 'Unschedulable',
      message: '0/3 nodes are available',
      nodes: { total: 3, evaluated: 3, feasible: 0 },
      refusals: [
        { plugin: 'NodeResourcesFit', code: 'unschedulable', reasons: ['Insufficient cpu'], count: 2, nodeNames: ['n0', 'n2'] },
        { plugin: 'NodeUnschedulable', code: 'unschedulable-and-unresolvable', reasons: ['node(s) were unschedulable'], count: 1, nodeNames: ['n1'] },
      ],
      refusalCount: 2,
      scores: [],
      scoreCount: 0,
      moves: [{ time: '2026-01-01T00:00:00.000000Z', from: 'New', to: 'Active', cause: { event: 'PodAdd' } }],
      movesSince: [{ time: '2026-01-01T00:00:00.003000Z', from: 'InFlight', to: 'Unschedulable', cause: { event: 'ScheduleAttemptFailure' } }],
    });
  });

  it('says what woke the pod: moves since one attempt belong to the next', () => {
    const { memory, attempts } = memoryOf();
    const pod = podOf(1);
    memory.begin(pod, 1).end({ result: 'Unschedulable' });
    const cause = { event: 'NodeAdd', object: { kind: 'Node', name: 'big' } };
    memory.moved(pod, { from: 'Unschedulable', to: 'Active', cause, plugin: 'NodeResourcesFit', atMs: 0 });
    memory.begin(pod, 2).end({ result: 'Scheduled' });
    const [first, second] = attempts().sort((left, right) => left.attempt - right.attempt);
    assert.equal(first!.movesSince, undefined);
    assert.deepEqual(second!.moves, [{ time: '1970-01-01T00:00:00.000000Z', from: 'Unschedulable', to: 'Active', cause, plugin: 'NodeResourcesFit' }]);
  });

  it('keeps the scores of the chosen node and the best others, and how many were tied', () => {
    const { memory, attempts } = memoryOf();
    const attempt = memory.begin(podOf(1), 1);
    const scores = scoresOf({
      Fit: { weight: 1, raw: [10, 50, 50, 20], normalized: [10, 50, 50, 20] },
      Taints: { weight: 3, raw: [2, 0, 0, 4], normalized: [50, 100, 100, 0] },
    });
    attempt.verdicts(verdictsOf([success, success, success, success]));
    attempt.scored(scores, 2);
    attempt.chose('n2');
    attempt.end({ result: 'Scheduled' });
    const [{ scores: kept, scoreCount, tiedCount, nodeName }] = attempts() as [SchedulingAttempt];
    assert.deepEqual(
      [kept.map((node) => [node.nodeName, node.total]), scoreCount, tiedCount, nodeName],
      [
        [
          ['n2', 350],
          ['n1', 350],
          ['n0', 160],
          ['n3', 20],
        ],
        4,
        2,
        'n2',
      ],
    );
    assert.deepEqual(kept[2]!.plugins, [
      { name: 'Fit', raw: 10, normalized: 10, weight: 1, weighted: 10 },
      { name: 'Taints', raw: 2, normalized: 50, weight: 3, weighted: 150 },
    ]);
  });

  it('keeps fractions and large raw scores as they are', () => {
    const { memory, attempts } = memoryOf();
    const attempt = memory.begin(podOf(1), 1);
    attempt.scored(scoresOf({ Odd: { weight: 2, raw: [1e12, -0.5], normalized: [100, 33.25] } }), 0);
    assert.deepEqual(
      attempts()[0]!.scores.flatMap(({ plugins }) => plugins.map(({ raw, normalized }) => [raw, normalized])),
      [
        [1e12, 100],
        [-0.5, 33.25],
      ],
    );
  });

  it('keeps counts and examples of a large cluster, and its best nodes', () => {
    const { memory, attempts } = memoryOf();
    const statuses = Array.from({ length: 5_000 }, (_, index) => (index % 5 === 0 ? success : { ...unschedulable(`reason ${index % 3}`), plugin: 'Fit' }));
    const attempt = memory.begin(podOf(1), 1);
    attempt.verdicts(verdictsOf(statuses));
    const raw = Array.from({ length: 1_000 }, (_, index) => index % 101);
    attempt.scored(scoresOf({ Fit: { weight: 1, raw, normalized: raw } }), 3);
    const [{ refusals, nodes, scores, scoreCount, tiedCount }] = attempts() as [SchedulingAttempt];
    assert.deepEqual(nodes, { total: 5_000, evaluated: 5_000, feasible: 1_000 });
    assert.deepEqual(
      refusals.map(({ count, nodeNames }) => [count, nodeNames.length]),
      [
        [1_334, 20],
        [1_333, 20],
        [1_333, 20],
      ],
    );
    assert.deepEqual([scores.length, scores[0]!.nodeName, scores[1]!.total, scoreCount, tiedCount], [20, 'n3', 100, 1_000, 9]);
  });

  it('bounds what a plugin with words for every node may fill', () => {
    const { memory, attempts } = memoryOf();
    memory
      .begin(podOf(1), 1)
      .verdicts(verdictsOf(Array.from({ length: 400 }, (_, index) => ({ ...unschedulable(`${index} `.repeat(1_000)), plugin: 'Chatty' }))));
    const [{ refusals, refusalCount }] = attempts() as [SchedulingAttempt];
    assert.deepEqual([refusals.length, refusalCount, refusals[0]!.reasons[0]!.length], [64, 400, 501]);
  });

  it('takes refusals that were counted already, and does not read known verdicts again', () => {
    const { memory, attempts } = memoryOf();
    let reads = 0;
    const verdicts: NodeVerdicts = {
      nodeCount: 1_000,
      feasibleCount: 0,
      nameOf: (index) => (reads++, `n${index}`),
      statusOf: () => assert.fail('all nodes are looked at'),
      refusals: [{ status: full, count: 1_000, nodeAt: (position) => 999 - position }],
      identity: {},
    };
    for (const index of [1, 2, 3]) memory.begin(podOf(index), 1).verdicts(verdicts);
    assert.deepEqual([reads, attempts().map(({ refusals }) => [refusals[0]!.count, refusals[0]!.nodeNames[0]])], [20, Array(3).fill([1_000, 'n999'])]);
  });

  it('counts equal verdicts of many pods once', () => {
    const { memory } = memoryOf();
    const bytesAfter = (index: number): number => {
      const attempt = memory.begin(podOf(index), 1);
      attempt.verdicts(verdictsOf(Array.from({ length: 400 }, () => ({ ...full }))));
      attempt.end({ result: 'Unschedulable' });
      return memory.bytes;
    };
    const [first, second, third] = [bytesAfter(1), bytesAfter(2), bytesAfter(3)];
    assert.ok(first > 3_000 && third - second === second - first - 0 && third - second < 1_000, `${first} ${second} ${third}`);
  });

  it('tells of a gate under the number of the attempt it holds back, which takes its place', () => {
    const { memory, attempts } = memoryOf();
    const pod = podOf(1);
    const status: Status = { ...unresolvable('waiting for scheduling gates: [a]'), plugin: 'SchedulingGates' };
    memory.moved(pod, { from: 'New', to: 'Gated', cause: { event: 'PodAdd' }, plugin: 'SchedulingGates', atMs: 0 });
    memory.gated(pod, { attempt: 1, status });
    assert.deepEqual(
      attempts().map(({ result, attempt, plugin, message, endedAt }) => [result, attempt, plugin, message, endedAt]),
      [['Gated', 1, 'SchedulingGates', 'waiting for scheduling gates: [a]', 'PreEnqueue']],
    );
    memory.moved(pod, {
      from: 'Gated',
      to: 'Active',
      cause: { event: 'UnscheduledPodUpdatePodSchedulingGatesEliminated' },
      plugin: 'SchedulingGates',
      atMs: 0,
    });
    memory.begin(pod, 1).end({ result: 'Scheduled' });
    assert.deepEqual(
      attempts().map(({ result, moves }) => [result, moves.map(({ to }) => to)]),
      [['Scheduled', ['Gated', 'Active']]],
    );
  });

  it('says that a pod waits in Permit, and for whom', () => {
    const { memory, attempts } = memoryOf();
    const attempt = memory.begin(podOf(1), 1);
    attempt.chose('a');
    attempt.waiting(new Map([['Gang', 60_000]]));
    assert.deepEqual([attempts()[0]!.result, attempts()[0]!.waits], ['Waiting', [{ plugin: 'Gang', timeoutSeconds: 60 }]]);
    attempt.end({ result: 'Rejected', endedAt: 'Permit', plugin: 'Gang', message: 'gang is gone' });
    assert.deepEqual([attempts()[0]!.result, attempts()[0]!.plugin], ['Rejected', 'Gang']);
  });

  it('forgets what is old, but not of pods that wait', async () => {
    const { memory, clock, attempts } = memoryOf();
    memory.begin(podOf(1), 1).end({ result: 'Scheduled' });
    memory.begin(podOf(2), 1).end({ result: 'Unschedulable' });
    memory.begin(podOf(3), 1).end({ result: 'Unschedulable' });
    memory.forget(podOf(3));
    await clock.advance(25 * 3_600_000);
    assert.deepEqual(
      attempts().map(({ pod }) => pod.name),
      ['p2'],
    );
  });

  it('stays within its bound, whatever happens, and keeps the newest attempt of every pod that waits while there is room', () => {
    let seed = 11;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const { memory, clock } = memoryOf(60_000);
    const numbers = new Map<number, number>();
    const waiting = new Map<number, number>();
    for (let step = 0; step < 6_000; step++) {
      const index = random(40);
      const attempt = (numbers.get(index) ?? 0) + 1;
      const action = random(10);
      if (action < 2) {
        memory.moved(podOf(index), { from: 'Unschedulable', to: 'Backoff', cause: { event: 'NodeAdd' }, atMs: clock.now() });
      } else if (action === 2) {
        memory.forget(podOf(index));
        waiting.delete(index);
      } else {
        const recorder = memory.begin(podOf(index), attempt);
        numbers.set(index, attempt);
        if (random(2) === 0) recorder.verdicts(verdictsOf(Array.from({ length: random(30) }, (_, node) => (node % 3 === random(3) ? success : full))));
        if (random(4) === 0) recorder.scored(scoresOf({ Fit: { weight: 1, raw: [1, 2, 3], normalized: [10, 20, 30] } }), random(3));
        const isScheduled = random(3) === 0;
        recorder.end(isScheduled ? { result: 'Scheduled' } : { result: 'Unschedulable', message: 'x'.repeat(random(200)) });
        if (isScheduled) waiting.delete(index);
        else waiting.set(index, attempt);
      }
      assert.ok(memory.bytes <= 60_000);
      for (const [pod, number] of waiting) assert.ok(memory.find('default', `p${pod}.${`uid-${pod}-of-a-pod`.slice(0, 8)}.${number}`), `p${pod} at ${step}`);
    }
  });
});
