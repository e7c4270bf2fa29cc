import type { Trace } from '../trace.ts';
import { node, pod } from './objects.ts';

const gpu = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
const required = (...terms: object[]) => ({ nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } }) as object;
const preferred = (...terms: [number, object][]) =>
  ({ nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: terms.map(([weight, preference]) => ({ weight, preference })) } }) as object;
const expression = (key: string, operator: string, ...values: string[]) => ({ key, operator, ...(values.length > 0 ? { values } : {}) });
const expressions = (...matchExpressions: object[]) => ({ matchExpressions });
const named = (...values: string[]) => ({ matchFields: [expression('metadata.name', 'In', ...values)] });

/** What nodes say of themselves: taints, labels, names, cordons; and gates, which no node is asked about. */
export const nodes: readonly Trace[] = [
  {
    name: 'no-nodes',
    steps: [
      { create: [pod('lonely', { tolerations: [{ operator: 'Exists' }] })] },
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
  {
    name: 'preferred-taints',
    steps: [
      {
        create: [
          node('a', { taints: [{ key: 'one', effect: 'PreferNoSchedule' }] }),
          node('b', {
            taints: [
              { key: 'one', effect: 'PreferNoSchedule' },
              { key: 'two', effect: 'PreferNoSchedule' },
            ],
          }),
          node('c', { taints: [{ key: 'two', value: 'x', effect: 'PreferNoSchedule' }] }),
        ],
      },
      { create: [pod('to-a', { tolerations: [{ key: 'one', operator: 'Exists', effect: 'PreferNoSchedule' }] })] },
      { look: 'one tolerated' },
      { create: [pod('to-c', { tolerations: [{ key: 'two', operator: 'Equal', value: 'x' }] })] },
      { look: 'a value tolerated' },
      { create: [pod('other', { tolerations: [{ key: 'two', operator: 'Exists', effect: 'NoExecute' }] })] },
      { look: 'another effect tolerated' },
    ],
  },
  {
    name: 'tolerations',
    steps: [
      {
        create: [
          node('a', { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] }),
          node('b', { taints: [{ key: 'k', value: 'w', effect: 'NoExecute' }] }),
          node('c', { spec: { unschedulable: true } }),
        ],
      },
      {
        create: [
          pod('everything', { tolerations: [{ operator: 'Exists' }], nodeSelector: { 'kubernetes.io/hostname': 'c' } }),
          pod('equal', { tolerations: [{ key: 'k', value: 'v' }] }),
          pod('other-effect', { tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }] }),
          pod('cordon', { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' }] }),
          pod('wrong', { tolerations: [{ key: 'k', value: 'x' }] }),
        ],
      },
      { look: 'tolerated' },
      { patch: { kind: 'Pod', name: 'wrong' }, body: [{ op: 'add', path: '/spec/tolerations/-', value: { key: 'k', value: 'v', effect: 'NoSchedule' } }] },
      { look: 'one more', quietMs: 2_000 },
    ],
  },
  {
    name: 'names-and-selectors',
    steps: [
      { create: [node('a', { labels: { disk: 'ssd' } }), node('b', { labels: { disk: 'hdd', size: '7' } })] },
      {
        create: [
          pod('selects', { nodeSelector: { disk: 'ssd' } }),
          pod('selects-nothing', { nodeSelector: { disk: 'tape' } }),
          pod('by-name', { affinity: required(named('b')) }),
          pod('by-unknown-name', { affinity: required(named('z')) }),
          pod('by-two-names', { affinity: required({ ...named('a'), ...expressions(expression('disk', 'In', 'ssd')) }, named('z')) }),
          pod('contradiction', { affinity: required({ matchFields: [expression('metadata.name', 'In', 'a'), expression('metadata.name', 'In', 'b')] }) }),
          pod('larger', { affinity: required(expressions(expression('size', 'Gt', '6'))) }),
          pod('smaller', { affinity: required(expressions(expression('size', 'Lt', '7'))) }),
          pod('not-in', { affinity: required(expressions(expression('disk', 'NotIn', 'ssd'), expression('size', 'Exists'))) }),
          pod('absent', { affinity: required(expressions(expression('size', 'DoesNotExist'))) }),
          pod('both', { nodeSelector: { disk: 'ssd' }, affinity: required(expressions(expression('size', 'Exists'))) }),
          pod('not-named', { affinity: required({ matchFields: [expression('metadata.name', 'NotIn', 'a')] }) }),
        ],
      },
      { look: 'selected' },
      { patch: { kind: 'Node', name: 'a' }, body: { metadata: { labels: { disk: 'tape' } } } },
      { look: 'relabelled', quietMs: 2_000 },
    ],
  },
  {
    name: 'preferred-nodes',
    steps: [
      { create: [node('a', { labels: { disk: 'ssd', rack: '1' } }), node('b', { labels: { disk: 'hdd', rack: '2' } }), node('c', { labels: { rack: '1' } })] },
      {
        create: [pod('prefers', { affinity: preferred([10, expressions(expression('disk', 'In', 'hdd'))], [5, expressions(expression('rack', 'In', '1'))]) })],
      },
      { look: 'one' },
      { create: [pod('adds', { affinity: preferred([10, expressions(expression('disk', 'Exists'))], [1, expressions(expression('rack', 'In', '1'))]) })] },
      { look: 'two' },
      { create: [pod('by-field', { affinity: preferred([1, named('c')]) })] },
      { look: 'three' },
      { create: [pod('nothing', { affinity: preferred([100, expressions(expression('x', 'Exists'))]) })] },
      { look: 'four' },
    ],
  },
  {
    name: 'gates',
    steps: [
      { create: [node('a'), pod('gated', { schedulingGates: [{ name: 'example.com/one' }, { name: 'example.com/two' }] })] },
      { look: 'two gates' },
      { patch: { kind: 'Pod', name: 'gated' }, body: [{ op: 'remove', path: '/spec/schedulingGates/0' }] },
      { look: 'one gate' },
      { patch: { kind: 'Pod', name: 'gated' }, body: [{ op: 'remove', path: '/spec/schedulingGates/0' }] },
      { look: 'none' },
    ],
  },
  {
    name: 'gates-and-selector',
    steps: [
      { create: [node('a'), pod('gated', { schedulingGates: [{ name: 'example.com/one' }] })] },
      { patch: { kind: 'Pod', name: 'gated' }, body: { spec: { nodeSelector: { disk: 'ssd' } } } },
      { look: 'narrowed' },
      { patch: { kind: 'Pod', name: 'gated' }, body: [{ op: 'remove', path: '/spec/schedulingGates/0' }] },
      { look: 'none' },
    ],
  },
  {
    name: 'cordons',
    steps: [
      { create: [node('a', { spec: { unschedulable: true } }), pod('waits')] },
      { look: 'cordoned' },
      { patch: { kind: 'Node', name: 'a' }, body: { spec: { unschedulable: false } } },
      { look: 'uncordoned', quietMs: 2_000 },
    ],
  },
  {
    name: 'other-schedulers',
    steps: [
      { create: [node('a'), pod('foreign', { schedulerName: 'somebody-else' }), pod('placed', { on: 'a' }), pod('on-nothing', { on: 'nowhere' })] },
      { look: 'left alone' },
    ],
  },
];
