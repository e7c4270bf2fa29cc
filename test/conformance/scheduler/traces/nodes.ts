import type { Trace } from '../trace.ts';
import { node, pod } from './objects.ts';

const gpu = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };

/** What nodes say of themselves: taints, labels, names, cordons. */
export const nodes: readonly Trace[] = [
  {
    name: 'no-nodes',
    steps: [
      { create: [pod('lonely')] },
      { look: 'without nodes' },
      { create: [node('first')] },
      { look: 'with one', quietMs: 2_000 },
    ],
  },
  {
    name: 'taints',
    steps: [
      { create: [node('a', { taints: [gpu] }), node('b', { taints: [{ key: 'old', effect: 'NoExecute' }] }), node('c', { spec: { unschedulable: true } })] },
      { create: [pod('plain'), pod('tolerant', { tolerations: [{ key: 'gpu', operator: 'Exists' }] })] },
      { look: 'tainted' },
      { patch: { kind: 'Node', name: 'b' }, body: { spec: { taints: [] } } },
      { look: 'one taint less', quietMs: 2_000 },
    ],
  },
];
