import type { Seen, SeenPod } from './trace.ts';

/**
 * What both say that can be compared: where upstream did not look at scores (it reuses a ranking for pods that are alike), ours are left out; the node only has to be one
 * of the best. The order of conditions is nobody's promise.
 */
export function comparable(actual: Seen, expected: Seen): [Seen, Seen] {
  const pods: Record<string, SeenPod> = {};
  for (const [name, pod] of Object.entries(actual.pods)) {
    const other = expected.pods[name];
    const { scores, ...rest } = pod;
    pods[name] = sorted({ ...rest, ...(scores && other?.scores ? { scores } : {}) });
  }
  const expectedPods = Object.fromEntries(Object.entries(expected.pods).map(([name, pod]) => [name, sorted(pod)]));
  return [
    { ...actual, pods },
    { ...expected, pods: expectedPods },
  ];
}

const sorted = (pod: SeenPod): SeenPod =>
  pod.conditions ? { ...pod, conditions: pod.conditions.toSorted((left, right) => String(left['type']).localeCompare(String(right['type']))) } : pod;
