import assert from 'node:assert/strict';
import { it } from 'node:test';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { testPod } from '../../../extension-points/scheduling/testing.ts';
import prioritySort from './priority-sort.ts';

schedulingConformance('PrioritySort', prioritySort);

it('puts higher priorities first, then who waited longer', () => {
  const queued = [
    ['late', 0, 30],
    ['early', 0, 10],
    ['important', 5, 40],
    ['minor', -5, 1],
  ] as const;
  const sorted = queued.map(([name, priority, queuedAtMs]) => ({ pod: testPod(name, { priority }), queuedAtMs, attempts: 0 })).sort(prioritySort().queueSort);
  assert.deepEqual(
    sorted.map(({ pod }) => pod.metadata.name),
    ['important', 'early', 'late', 'minor'],
  );
});
