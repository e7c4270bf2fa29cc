import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExtenderContribution } from './decision.ts';
import type { ExtenderVictims, SchedulingExtender } from './extender.ts';
import { narrowByExtenders } from './extender-preemption.ts';
import { testPod } from './testing.ts';

const [first, second] = [testPod('first'), testPod('second')];
const candidates = [
  { nodeName: 'a', victims: [first], budgetViolations: 1 },
  { nodeName: 'b', victims: [second], budgetViolations: 0 },
];
const extender = (rest: Partial<SchedulingExtender>): SchedulingExtender => ({ name: 'x', isIgnorable: false, weight: 1, isInterested: () => true, ...rest });
const only =
  (name: string): SchedulingExtender['preempt'] =>
  async (_pod, victims) =>
    new Map([...victims].filter(([node]) => node === name));
const empty: SchedulingExtender['preempt'] = async () =>
  new Map([
    ['a', { pods: [], disruptionBudgetViolations: 0 }],
    ['b', { pods: [second], disruptionBudgetViolations: 3 }],
  ]);
const broken: SchedulingExtender['preempt'] = () => Promise.reject(new Error('out of order'));

const narrow = async (...extenders: SchedulingExtender[]): Promise<string[]> => {
  const narrowed = await narrowByExtenders(candidates, { extenders, pod: testPod('p'), nodeInfo: () => undefined, signal: new AbortController().signal });
  return narrowed.map(({ nodeName, victims, budgetViolations }) => `${nodeName} ${victims.map(({ metadata }) => metadata.name).join()} ${budgetViolations}`);
};

describe('extenders that have a say in preemption', () => {
  const cases: { name: string; extenders: SchedulingExtender[]; want: string[] }[] = [
    { name: 'are none', extenders: [], want: ['a first 1', 'b second 0'] },
    { name: 'do not preempt', extenders: [extender({})], want: ['a first 1', 'b second 0'] },
    { name: 'are not interested in the pod', extenders: [extender({ isInterested: () => false, preempt: broken })], want: ['a first 1', 'b second 0'] },
    { name: 'leave one node', extenders: [extender({ preempt: only('b') })], want: ['b second 0'] },
    { name: 'are asked one after the other', extenders: [extender({ preempt: only('b') }), extender({ preempt: only('a') })], want: [] },
    { name: 'are not asked about nothing', extenders: [extender({ preempt: only('c') }), extender({ preempt: broken })], want: [] },
    { name: 'fail and may be ignored', extenders: [extender({ isIgnorable: true, preempt: broken }), extender({ preempt: only('a') })], want: ['a first 1'] },
    { name: 'name a node without victims and may be ignored', extenders: [extender({ isIgnorable: true, preempt: empty })], want: ['b second 3'] },
  ];
  for (const { name, extenders, want } of cases) it(name, async () => assert.deepEqual(await narrow(...extenders), want));

  it('end it when they fail, or name a node without victims', async () => {
    await assert.rejects(narrow(extender({ preempt: broken })), { message: 'out of order' });
    await assert.rejects(narrow(extender({ preempt: empty })), { message: 'expected at least one victim pod on node "a"' });
  });

  it('are told of, with what they left and why they were passed over', async () => {
    const said: unknown[] = [];
    const extenders = [extender({ name: 'picky', preempt: only('b') }), extender({ name: 'broken', isIgnorable: true, preempt: broken })];
    const tell = ({ durationMilliseconds, ...rest }: ExtenderContribution): void => void said.push([typeof durationMilliseconds, rest]);
    await narrowByExtenders(candidates, { extenders, pod: testPod('p'), nodeInfo: () => undefined, signal: new AbortController().signal, tell });
    assert.deepEqual(said, [
      ['number', { name: 'picky', verb: 'preempt', nodesBefore: 2, nodesAfter: 1 }],
      ['number', { name: 'broken', verb: 'preempt', nodesBefore: 1, nodesAfter: 1, error: 'out of order', isIgnored: true }],
    ]);
  });

  it('are given the victims by node', async () => {
    let given: ExtenderVictims | undefined;
    await narrow(extender({ preempt: async (_pod, victims) => (given = victims) }));
    assert.deepEqual(
      [...given!],
      [
        ['a', { pods: [first], disruptionBudgetViolations: 1 }],
        ['b', { pods: [second], disruptionBudgetViolations: 0 }],
      ],
    );
  });
});
