import type { Trace } from '../trace.ts';
import { node, pod, priorityClass } from './objects.ts';

const loaded = [node('a'), node('b', { resources: { 'example.com/gpu': '1' } }), pod('there', { on: 'a', requests: { cpu: '2', memory: '4Gi' } })];

/** Schedulers that are not upstream's default one. */
export const profiles: readonly Trace[] = [
  {
    name: 'two-profiles',
    configuration: {
      profiles: [
        { schedulerName: 'default-scheduler' },
        {
          schedulerName: 'packer',
          plugins: {
            score: { disabled: [{ name: '*' }], enabled: [{ name: 'NodeResourcesFit', weight: 4 }] },
            filter: { disabled: [{ name: 'TaintToleration' }] },
          },
          pluginConfig: [{ name: 'NodeResourcesFit', args: { scoringStrategy: { type: 'MostAllocated', resources: [{ name: 'cpu', weight: 1 }] } } }],
        },
      ],
    },
    steps: [
      { create: [...loaded, node('c', { taints: [{ key: 'x', effect: 'NoSchedule' }], resources: { cpu: '1', memory: '1Gi' } })] },
      {
        create: [
          pod('spreads', { requests: { cpu: '100m' } }),
          pod('packs', { requests: { cpu: '1' }, schedulerName: 'packer' }),
          pod('too-large', { requests: { cpu: '9' }, schedulerName: 'packer' }),
          pod('for-nobody', { schedulerName: 'nobody' }),
        ],
      },
      { look: 'both' },
    ],
  },
  {
    name: 'added-affinity',
    configuration: {
      profiles: [
        {
          pluginConfig: [
            {
              name: 'NodeAffinity',
              args: {
                addedAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: {
                    nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: ['b'] }] }],
                  },
                },
              },
            },
          ],
        },
      ],
    },
    steps: [{ create: loaded }, { create: [pod('kept-from-b'), pod('wants-b', { nodeSelector: { 'kubernetes.io/hostname': 'b' } })] }, { look: 'kept away' }],
  },
  {
    name: 'without-preemption',
    configuration: { profiles: [{ plugins: { postFilter: { disabled: [{ name: '*' }] } } }] },
    steps: [
      { create: [priorityClass('high', 1_000), node('a'), pod('low', { on: 'a', requests: { cpu: '4' } })] },
      { create: [pod('preemptor', { priorityClassName: 'high', requests: { cpu: '4' } })] },
      { look: 'nobody goes', quietMs: 1_000 },
    ],
  },
  {
    name: 'filtering-extender',
    configuration: { extenders: [{ urlPrefix: 'EXTENDER', filterVerb: 'filter', prioritizeVerb: 'prioritize', weight: 3, nodeCacheCapable: true }] },
    extender: {
      filter: { NodeNames: ['a', 'c'], FailedNodes: { b: 'the extender does not like it' } },
      prioritize: [
        { Host: 'a', Score: 1 },
        { Host: 'c', Score: 7 },
      ],
    },
    steps: [{ create: [node('a'), node('b'), node('c')] }, { create: [pod('extended', { requests: { cpu: '100m' } })] }, { look: 'scored' }],
  },
  {
    name: 'refusing-extender',
    configuration: { extenders: [{ urlPrefix: 'EXTENDER', filterVerb: 'filter', nodeCacheCapable: true }] },
    extender: { filter: { NodeNames: [], FailedNodes: { a: 'no' }, FailedAndUnresolvableNodes: { b: 'never' } } },
    steps: [{ create: [node('a'), node('b')] }, { create: [pod('refused')] }, { look: 'refused' }],
  },
  {
    name: 'failing-extender',
    configuration: { extenders: [{ urlPrefix: 'EXTENDER', filterVerb: 'filter', nodeCacheCapable: true }] },
    extender: { filter: { Error: 'out of order' } },
    steps: [{ create: [node('a'), node('b')] }, { create: [pod('refused')] }, { look: 'refused', quietMs: 300 }],
  },
  {
    name: 'ignorable-extender',
    configuration: { extenders: [{ urlPrefix: 'EXTENDER', filterVerb: 'filter', nodeCacheCapable: true, ignorable: true }] },
    extender: { filter: { Error: 'out of order' } },
    steps: [{ create: [node('a')] }, { create: [pod('placed')] }, { look: 'placed' }],
  },
  {
    name: 'managed-resources',
    configuration: {
      extenders: [
        { urlPrefix: 'EXTENDER', filterVerb: 'filter', nodeCacheCapable: true, managedResources: [{ name: 'example.com/magic', ignoredByScheduler: true }] },
      ],
    },
    extender: { filter: { NodeNames: ['b'], FailedNodes: { a: 'no magic' } } },
    steps: [
      { create: [node('a'), node('b')] },
      { create: [pod('magic', { requests: { 'example.com/magic': '1' } }), pod('selects-a', { nodeSelector: { 'kubernetes.io/hostname': 'a' } })] },
      { look: 'managed' },
    ],
  },
];
