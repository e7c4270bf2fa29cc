import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { settle, until } from '../../client/testing/settle.ts';
import type { PermitResult, PreFilterResult, SchedulingPlugin, Status } from '../../extension-points/scheduling/contract.ts';
import { success, unschedulable } from '../../extension-points/scheduling/contract.ts';
import { SchedulingWorld } from './testing/scheduling-world.ts';

const sorter: SchedulingPlugin = { queueSort: (left, right) => left.queuedAtMs - right.queuedAtMs };
const isBad = ({ metadata }: Pod): boolean => metadata.name === 'bad';
const silence = new Promise<never>(() => undefined);
const nonsense = (value: unknown): never => value as never;
function oops(): never {
  throw new Error('oops');
}

interface Fault {
  /** The extension point and what happens there. */
  readonly name: string;
  /** Misbehaves for the pod `bad` and does nothing for others. */
  readonly shaky: SchedulingPlugin;
  /** What is said of the pod. */
  readonly says: string;
  /** How long the scheduler waits for the plugin. */
  readonly afterMs?: number;
  /** Whether the pod gets its node all the same. */
  readonly isBound?: true;
}

const failed = (method: string): string => `scheduling/shaky: ${method} failed: oops`;
const running = (point: string, why: string): string => `running ${point} plugin "shaky": ${why}`;
const afterReasons = (fault: string): string => `0/2 nodes are available: 2 not bad ones. ${fault}`;
const refusesBad: SchedulingPlugin['filter'] = (_state, pod) => (isBad(pod) ? unschedulable('not bad ones') : success);

const faults: readonly Fault[] = [
  {
    name: 'queueSort throws',
    shaky: { queueSort: (left, right) => (isBad(left.pod) || isBad(right.pod) ? oops() : left.queuedAtMs - right.queuedAtMs) },
    says: failed('queueSort'),
    isBound: true,
  },
  {
    name: 'queueSort answers no number',
    shaky: { queueSort: () => nonsense('first') },
    says: running('QueueSort', 'answered first, not a number'),
    isBound: true,
  },
  { name: 'preEnqueue throws', shaky: { preEnqueue: (pod) => (isBad(pod) ? oops() : success) }, says: failed('preEnqueue') },
  {
    name: 'preEnqueue answers nothing',
    shaky: { preEnqueue: (pod) => (isBad(pod) ? nonsense(undefined) : success) },
    says: running('PreEnqueue', 'answered undefined, not a status'),
  },
  {
    name: 'preEnqueue refuses without reasons',
    shaky: { preEnqueue: (pod) => (isBad(pod) ? nonsense({ code: 'unschedulable' }) : success) },
    says: running('PreEnqueue', 'answered the status unschedulable without reasons'),
  },
  {
    name: 'preEnqueue reports an error',
    shaky: { preEnqueue: (pod) => (isBad(pod) ? { code: 'error', reasons: ['no quota found'] } : success) },
    says: running('PreEnqueue', 'no quota found'),
  },
  { name: 'preFilter throws', shaky: { preFilter: (_state, pod) => (isBad(pod) ? oops() : { status: success }) }, says: failed('preFilter') },
  {
    name: 'preFilter answers a status, not a result',
    shaky: { preFilter: (_state, pod) => (isBad(pod) ? nonsense(success) : { status: success }) },
    says: running('PreFilter', 'answered undefined, not a status'),
  },
  {
    name: 'preFilter answers a promise',
    shaky: { preFilter: (_state, pod) => (isBad(pod) ? nonsense(Promise.reject(new Error('oops'))) : { status: success }) },
    says: running('PreFilter', 'answered a promise; it must answer at once'),
  },
  {
    name: 'preFilter names nodes in a list',
    shaky: { preFilter: (_state, pod) => ({ status: success, ...(isBad(pod) ? { nodeNames: nonsense(['a']) } : {}) }) },
    says: running('PreFilter', 'answered nodeNames that are no Set'),
  },
  {
    name: 'preFilter reports an error',
    shaky: { preFilter: (_state, pod): PreFilterResult => ({ status: isBad(pod) ? { code: 'error', reasons: ['no quota found'] } : success }) },
    says: running('PreFilter', 'no quota found'),
  },
  { name: 'filter throws', shaky: { filter: (_state, pod) => (isBad(pod) ? oops() : success) }, says: failed('filter') },
  {
    name: 'filter answers a promise',
    shaky: { filter: (_state, pod) => (isBad(pod) ? nonsense(Promise.resolve(success)) : success) },
    says: running('Filter', 'answered a promise; it must answer at once'),
  },
  {
    name: 'filter answers nothing',
    shaky: { filter: (_state, pod) => (isBad(pod) ? nonsense(undefined) : success) },
    says: running('Filter', 'answered undefined, not a status'),
  },
  {
    name: 'filter refuses without reasons',
    shaky: { filter: (_state, pod) => (isBad(pod) ? nonsense({ code: 'unschedulable' }) : success) },
    says: running('Filter', 'answered the status unschedulable without reasons'),
  },
  {
    name: 'a filter that signs its pods refuses with reasons that are no list',
    shaky: { sign: ({ metadata }) => metadata.name, filter: (_state, pod) => (isBad(pod) ? nonsense({ code: 'unschedulable', reasons: 'full' }) : success) },
    says: running('Filter', 'answered the status unschedulable with reasons that are no list of texts'),
  },
  {
    name: 'filterAll refuses without reasons',
    shaky: {
      filter: refusesBad,
      filterAll: (_state, pod, _table, verdicts) => (isBad(pod) ? verdicts.refuse(0, nonsense({ code: 'unschedulable' })) : undefined),
    },
    says: 'scheduling/shaky: filterAll failed: running Filter plugin "shaky": answered the status unschedulable without reasons',
  },
  {
    name: 'filter answers what only permit may',
    shaky: { filter: (_state, pod) => (isBad(pod) ? { code: 'wait', reasons: [] } : success) },
    says: running('Filter', 'unexpected status wait'),
  },
  { name: 'postFilter throws', shaky: { filter: refusesBad, postFilter: oops }, says: afterReasons(failed('postFilter')) },
  {
    name: 'postFilter answers null',
    shaky: { filter: refusesBad, postFilter: () => nonsense(null) },
    says: afterReasons(running('PostFilter', 'answered undefined, not a status')),
  },
  {
    name: 'postFilter never settles',
    shaky: { filter: refusesBad, postFilter: () => silence },
    says: afterReasons(running('PostFilter', 'did not answer within 60 s')),
    afterMs: 60_000,
  },
  { name: 'preScore throws', shaky: { preScore: (_state, pod) => (isBad(pod) ? oops() : success) }, says: failed('preScore') },
  { name: 'score throws', shaky: { score: (_state, pod) => (isBad(pod) ? oops() : 0) }, says: failed('score') },
  {
    name: 'score is out of range',
    shaky: { score: (_state, pod) => (isBad(pod) ? 101 : 0) },
    says: running('Score', 'returned an invalid score 101, it should be in the range of [0, 100] after normalizing'),
  },
  {
    name: 'score is a promise',
    shaky: { score: (_state, pod) => (isBad(pod) ? nonsense(Promise.resolve(7)) : 0) },
    says: running('Score', 'answered a promise; it must answer at once'),
  },
  {
    name: 'score answers nothing',
    shaky: { score: (_state, pod) => (isBad(pod) ? nonsense(undefined) : 0) },
    says: running('Score', 'returned an invalid score NaN, it should be in the range of [0, 100] after normalizing'),
  },
  {
    name: 'normalizeScores throws',
    shaky: { score: () => 1, normalizeScores: (_state, pod) => (isBad(pod) ? oops() : undefined) },
    says: failed('normalizeScores'),
  },
  {
    name: 'normalizeScores answers a promise',
    shaky: { score: () => 1, normalizeScores: (_state, pod) => (isBad(pod) ? nonsense(Promise.reject(new Error('oops'))) : undefined) },
    says: running('NormalizeScore', 'answered a promise; it must answer at once'),
  },
  {
    name: 'normalizeScores leaves scores out of range',
    shaky: { score: () => 1, normalizeScores: (_state, pod, scores) => (isBad(pod) ? scores.forEach((score) => (score.score = -1)) : undefined) },
    says: running('Score', 'returned an invalid score -1, it should be in the range of [0, 100] after normalizing'),
  },
  { name: 'reserve throws', shaky: { reserve: (_state, pod) => (isBad(pod) ? oops() : success) }, says: failed('reserve') },
  { name: 'reserve rejects', shaky: { reserve: async (_state, pod) => (isBad(pod) ? oops() : success) }, says: failed('reserve') },
  {
    name: 'reserve never settles',
    shaky: { reserve: (_state, pod): Status | Promise<Status> => (isBad(pod) ? silence : success) },
    says: running('Reserve', 'did not answer within 10 s'),
    afterMs: 10_000,
  },
  { name: 'permit throws', shaky: { permit: (_state, pod) => (isBad(pod) ? oops() : { status: success }) }, says: failed('permit') },
  {
    name: 'permit never settles',
    shaky: { permit: (_state, pod): PermitResult | Promise<PermitResult> => (isBad(pod) ? silence : { status: success }) },
    says: running('Permit', 'did not answer within 10 s'),
    afterMs: 10_000,
  },
  {
    name: 'permit makes the pod wait and never lets it go',
    shaky: { permit: (_state, pod) => ({ status: isBad(pod) ? { code: 'wait', reasons: [] } : success, timeoutMs: 86_400_000 }) },
    says: '0/1 nodes are available: 1 rejected due to timeout after waiting 15m0s at plugin shaky.',
    afterMs: 15 * 60_000,
  },
  {
    name: 'permit makes the pod wait for no number',
    shaky: { permit: (_state, pod) => ({ status: isBad(pod) ? { code: 'wait', reasons: [] } : success, timeoutMs: nonsense('5s') }) },
    says: running('Permit', 'asked to wait for 5s, not a number of milliseconds'),
  },
  {
    name: 'reserve refuses without reasons',
    shaky: { reserve: (_state, pod) => (isBad(pod) ? nonsense({ code: 'pending' }) : success) },
    says: running('Reserve', 'answered the status pending without reasons'),
  },
  {
    name: 'preBindPreFlight throws',
    shaky: { preBindPreFlight: (_state, pod) => (isBad(pod) ? oops() : success), preBind: async () => success },
    says: failed('preBindPreFlight'),
  },
  { name: 'preBind rejects', shaky: { preBind: async (_state, pod) => (isBad(pod) ? oops() : success) }, says: failed('preBind') },
  {
    name: 'preBind never settles',
    shaky: { preBind: (_state, pod) => (isBad(pod) ? silence : Promise.resolve(success)) },
    says: running('PreBind', 'did not answer within 900 s'),
    afterMs: 900_000,
  },
  { name: 'bind rejects', shaky: { bind: async (_state, pod) => (isBad(pod) ? oops() : { code: 'skip', reasons: [] }) }, says: failed('bind') },
  {
    name: 'bind never settles',
    shaky: { bind: (_state, pod) => (isBad(pod) ? silence : Promise.resolve({ code: 'skip', reasons: [] })) },
    says: running('Bind', 'did not answer within 60 s'),
    afterMs: 60_000,
  },
];

/** A plugin that has not come to an end by then is given up on. */
const stoppedAtLast = (world: SchedulingWorld): AsyncDisposable => ({
  async [Symbol.asyncDispose]() {
    const stopped = world[Symbol.asyncDispose]();
    await settle();
    await world.clock.advance(5_000);
    await stopped;
  },
});

describe('a plugin that fails is named, and others are scheduled', () => {
  for (const { name, shaky, says, afterMs, isBound } of faults) {
    it(`when ${name}`, async () => {
      const world = new SchedulingWorld();
      await using _stopped = stoppedAtLast(world);
      for (const node of ['a', 'b']) await world.addNode(node);
      for (const pod of ['bad', 'good', 'better']) await world.addPod(pod);
      await world.start(shaky.queueSort ? { shaky } : { sorter, shaky });
      await settle();
      if (afterMs !== undefined) await world.clock.advance(afterMs);
      await until(() => world.said.some((line) => line.startsWith('bad FailedScheduling') || line.includes(says)), 'the event');
      // A pod that fits nowhere is tried again when others have been bound.
      const said = new Set(world.said.filter((line) => line.includes('FailedScheduling')).map((line) => line.replace(/^\w+ FailedScheduling: /, '')));
      assert.deepEqual([...said], [says]);
      await until(() => world.bound().length === (isBound ? 3 : 2), 'the others');
      const names = world.bound().map((line) => line.split('@')[0]);
      assert.deepEqual(names, isBound ? ['bad', 'better', 'good'] : ['better', 'good']);
    });
  }

  it('is asked to end, and let go of, when the scheduler stops', async () => {
    const world = new SchedulingWorld();
    await world.addNode('a');
    let signal: AbortSignal | undefined;
    await world.start({ sorter, shaky: { preBind: (_state, _pod, _node, given) => ((signal = given), silence) } });
    await world.addPod('bad');
    await until(() => signal !== undefined);
    const stopped = world[Symbol.asyncDispose]();
    await settle();
    assert.equal(signal!.aborted, true);
    await world.clock.advance(5_000);
    await stopped;
  });

  it('is refused at the start when it says nonsense about events', async () => {
    await using world = new SchedulingWorld();
    await assert.rejects(world.start({ sorter, shaky: { eventsToRegister: oops } }), { message: failed('eventsToRegister') });
    await assert.rejects(world.start({ sorter, shaky: { eventsToRegister: () => nonsense([{}]) } }), /"shaky": eventsToRegister must answer a list/);
  });

  it('does no harm when it fails after the bind, or when a bind is undone', async () => {
    await using world = new SchedulingWorld();
    await world.addNode('a');
    const shaky: SchedulingPlugin = { postBind: oops, unreserve: oops, preBind: async (_state, pod) => (isBad(pod) ? unschedulable('not yet') : success) };
    await world.start({ sorter, shaky });
    for (const pod of ['bad', 'good']) await world.addPod(pod);
    await until(() => world.bound().length === 1);
    assert.deepEqual(world.bound(), ['good@a']);
    assert.ok(world.said.includes('bad FailedScheduling: 0/1 nodes are available: 1 not yet.'));
  });
});
