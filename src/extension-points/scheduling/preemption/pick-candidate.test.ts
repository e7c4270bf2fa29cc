import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import type { PodDisruptionBudget } from '../../../api/generated/policy-v1.ts';
import { testPod } from '../testing.ts';
import { splitByBudgets } from './disruption-budgets.ts';
import { byImportance } from './importance.ts';
import { pickCandidate } from './pick-candidate.ts';
import type { Candidate } from './select-victims.ts';

const minute = 60_000;
const victim = (priority: number, startedAtMs = 0): Pod => ({
  ...testPod(`${priority}-${startedAtMs}`, { priority }),
  status: { startTime: new Date(startedAtMs).toISOString() },
});
const candidate = (nodeName: string, victims: Pod[], budgetViolations = 0): Candidate => ({ nodeName, victims, budgetViolations });

describe('the candidate for preemption', () => {
  const cases: { name: string; candidates: Candidate[]; want: string | undefined }[] = [
    { name: 'is none of none', candidates: [], want: undefined },
    { name: 'breaks the fewest budgets', candidates: [candidate('a', [victim(1)], 1), candidate('b', [victim(9), victim(9)])], want: 'b' },
    { name: 'has the lowest highest priority', candidates: [candidate('a', [victim(5)]), candidate('b', [victim(4), victim(4), victim(4)])], want: 'b' },
    { name: 'has the smallest sum of priorities', candidates: [candidate('a', [victim(5), victim(4)]), candidate('b', [victim(5), victim(3)])], want: 'b' },
    {
      name: 'has fewer victims, though their priorities are negative',
      candidates: [candidate('a', [victim(-1), victim(-5)]), candidate('b', [victim(-1)])],
      want: 'b',
    },
    {
      name: 'has victims that started last, of those with the highest priority',
      candidates: [candidate('a', [victim(5, 2 * minute), victim(1, minute)]), candidate('b', [victim(5, 3 * minute), victim(1, 0)])],
      want: 'b',
    },
    { name: 'is the first of equals', candidates: [candidate('a', [victim(1)]), candidate('b', [victim(1)])], want: 'a' },
  ];
  for (const { name, candidates, want } of cases) it(name, () => assert.equal(pickCandidate(candidates, 9 * minute)?.nodeName, want));
});

describe('importance', () => {
  it('goes by priority, then by who runs longer; who has not started comes last', () => {
    const pods = [testPod('waiting', { priority: 1 }), victim(1, 2 * minute), victim(2, 3 * minute), victim(1, minute)];
    assert.deepEqual(
      pods.sort(byImportance(9 * minute)).map(({ metadata }) => metadata.name),
      [`2-${3 * minute}`, `1-${minute}`, `1-${2 * minute}`, 'waiting'],
    );
  });
});

describe('disruption budgets', () => {
  const budget = (
    disruptionsAllowed: number,
    rest: Partial<PodDisruptionBudget['status']> = {},
    labels: Record<string, string> = { app: 'web' },
  ): PodDisruptionBudget => ({
    metadata: { name: 'budget', namespace: 'default' },
    spec: { selector: { matchLabels: labels } },
    status: { disruptionsAllowed, ...rest },
  });
  const pod = (name: string, labels: Record<string, string> = { app: 'web' }, namespace = 'default'): Pod => ({
    ...testPod(name),
    metadata: { name, namespace, labels },
  });
  const cases: { name: string; pods: Pod[]; budgets: PodDisruptionBudget[]; want: string[] }[] = [
    { name: 'hold no pod without labels', pods: [pod('a', {})], budgets: [budget(0)], want: [] },
    { name: 'are spent in order', pods: [pod('a'), pod('b'), pod('c')], budgets: [budget(1)], want: ['b', 'c'] },
    { name: 'hold within their namespace', pods: [pod('a', { app: 'web' }, 'other')], budgets: [budget(0)], want: [] },
    { name: 'with an empty selector hold for nothing', pods: [pod('a')], budgets: [budget(0, {}, {})], want: [] },
    { name: 'are not charged twice for a pod on its way out', pods: [pod('a'), pod('b')], budgets: [budget(0, { disruptedPods: { a: 'now' } })], want: ['b'] },
    { name: 'are broken when one of several is', pods: [pod('a')], budgets: [budget(5), budget(0)], want: ['a'] },
  ];
  for (const { name, pods, budgets, want } of cases) {
    it(name, () => {
      const { violating, others } = splitByBudgets(pods, budgets);
      assert.deepEqual(
        violating.map(({ metadata }) => metadata.name),
        want,
      );
      assert.equal(violating.length + others.length, pods.length);
    });
  }
});
