import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import type { PodDisruptionBudget } from '../../../api/generated/policy-v1.ts';
import type { NodeInfo, Status } from '../contract.ts';
import { success, unschedulable } from '../contract.ts';
import { SchedulingState } from '../scheduling-state.ts';
import { nodeWith, seededRandom, testNode, testPod } from '../testing.ts';
import { lowerPriority, selectVictims } from './select-victims.ts';

const room = 10;
const nowMs = 1_000_000;

it('leaves as many pods as fit, in order of budget and importance, on random nodes', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const sizes = new Map<Pod, number>();
    const podOf = (name: string, priority: number, startMs: number, labels: Record<string, string>): Pod => {
      const made = testPod(name, { priority });
      const pod = { ...made, metadata: { ...made.metadata, labels }, status: { startTime: new Date(startMs).toISOString() } };
      sizes.set(pod, 1 + below(4));
      return pod;
    };
    const there = Array.from({ length: 1 + below(7) }, (_, index) => podOf(`there-${index}`, below(4), index * 1_000, { app: `a${below(3)}` }));
    const pod = podOf('p', 3, nowMs, {});
    const budgets = ['a0', 'a1'].map(
      (app): PodDisruptionBudget => ({
        metadata: { name: app, namespace: 'default' },
        spec: { selector: { matchLabels: { app } } },
        status: { disruptionsAllowed: below(3) },
      }),
    );
    const sizeOf = (pods: readonly Pod[]): number => pods.reduce((sum, other) => sum + sizes.get(other)!, 0);
    const fits = (pods: readonly Pod[]): boolean => sizeOf(pods) + sizes.get(pod)! <= room;

    // The plugins' view must follow what is imagined, pod by pod.
    const imagined = new Set(there);
    const handle = {
      filterWithNominatedPods(_state: unknown, _pod: Pod, node: NodeInfo): Status {
        assert.deepEqual(new Set(node.pods), imagined, `seed ${seed}`);
        return fits(node.pods) ? success : unschedulable('full');
      },
      addPod: (_state: unknown, _pod: Pod, other: Pod) => void imagined.add(other),
      removePod: (_state: unknown, _pod: Pod, other: Pod) => void imagined.delete(other),
    };
    const lower = there.filter(({ spec }) => spec!.priority! < 3);
    const kept = there.filter((other) => !lower.includes(other));
    if (fits(there)) continue;
    const found = selectVictims({ handle, budgets, nowMs, rules: lowerPriority(pod) }, new SchedulingState(), pod, nodeWith(testNode('n'), ...there));
    if (lower.length === 0 || !fits(kept)) {
      assert.ok('code' in found && found.code !== 'success', `seed ${seed}`);
      continue;
    }

    const left = new Map(budgets.map(({ metadata, status }) => [metadata.name!, status!.disruptionsAllowed!]));
    const ordered = lower.toSorted((one, two) => two.spec!.priority! - one.spec!.priority! || there.indexOf(one) - there.indexOf(two));
    const isViolating = new Map(
      ordered.map((other) => {
        const app = other.metadata.labels!['app']!;
        if (!left.has(app)) return [other, false];
        left.set(app, left.get(app)! - 1);
        return [other, left.get(app)! < 0];
      }),
    );
    for (const turn of [true, false]) for (const other of ordered) if (isViolating.get(other) === turn && fits([...kept, other])) kept.push(other);
    const victims = ordered.filter((other) => !kept.includes(other));
    assert.ok(!('code' in found), `seed ${seed}`);
    assert.deepEqual(
      found.victims.map(({ metadata }) => metadata.name),
      victims.map(({ metadata }) => metadata.name),
      `seed ${seed}`,
    );
    assert.equal(found.budgetViolations, victims.filter((other) => isViolating.get(other)).length, `seed ${seed}`);
    assert.deepEqual(imagined, new Set(kept), `seed ${seed}`);
  }
});
