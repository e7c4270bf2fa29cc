import type { Trace } from '../trace.ts';
import { node, pod, priorityClass } from './objects.ts';

const classes = [
  priorityClass('high', 1_000),
  priorityClass('middle', 100),
  priorityClass('low', 10),
  priorityClass('patient', 2_000, { preemptionPolicy: 'Never' }),
];
const of = (priorityClassName: string, cpu: string, more: object = {}) => ({ priorityClassName, requests: { cpu }, ...more });
const budget = (name: string, matchLabels: Record<string, string>, disruptionsAllowed: number) =>
  ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { selector: { matchLabels }, minAvailable: 1 },
    status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, observedGeneration: 1 },
  }) as never;

/** Who has to go for whom. */
export const preemption: readonly Trace[] = [
  {
    name: 'one-victim',
    steps: [
      { create: [...classes, node('a'), pod('victim', of('low', '3', { on: 'a' })), pod('bystander', of('low', '1', { on: 'a' }))] },
      { create: [pod('preemptor', of('high', '3'))] },
      { look: 'victim leaves', quietMs: 1_500 },
      { remove: { kind: 'Pod', name: 'victim' } },
      { look: 'preemptor is placed', quietMs: 2_500 },
    ],
  },
  {
    name: 'no-grace',
    steps: [
      { create: [...classes, node('a'), pod('victim', of('low', '3', { on: 'a', terminationGracePeriodSeconds: 0 }))] },
      { create: [pod('preemptor', of('high', '3'))] },
      { look: 'at once', quietMs: 2_500 },
    ],
  },
  {
    name: 'never',
    steps: [{ create: [...classes, node('a'), pod('there', of('low', '3', { on: 'a' })), pod('patient', of('patient', '3'))] }, { look: 'waits' }],
  },
  {
    name: 'no-lower-priority',
    steps: [{ create: [...classes, node('a'), pod('there', of('high', '3', { on: 'a' })), pod('equal', of('high', '3'))] }, { look: 'waits' }],
  },
  {
    name: 'too-large-for-any',
    steps: [
      {
        create: [
          ...classes,
          node('a'),
          node('b', { taints: [{ key: 'x', effect: 'NoSchedule' }] }),
          pod('there', of('low', '3', { on: 'a' })),
          pod('large', of('high', '5')),
        ],
      },
      { look: 'waits' },
    ],
  },
  {
    name: 'fewest-and-lowest',
    steps: [
      {
        create: [
          ...classes,
          ...[node('a'), node('b'), node('c')],
          ...[
            pod('a-1', of('low', '2', { on: 'a', startTime: '2026-01-01T00:00:00Z' })),
            pod('a-2', of('low', '2', { on: 'a', startTime: '2026-01-02T00:00:00Z' })),
          ],
          pod('b-1', of('middle', '4', { on: 'b' })),
          pod('c-1', of('low', '4', { on: 'c' })),
        ],
      },
      { create: [pod('preemptor', of('high', '4'))] },
      { look: 'c is chosen', quietMs: 1_500 },
    ],
  },
  {
    name: 'reprieve',
    steps: [
      {
        create: [
          ...classes,
          node('a'),
          pod('small-low', of('low', '1', { on: 'a' })),
          pod('small-middle', of('middle', '1', { on: 'a' })),
          pod('large-low', of('low', '2', { on: 'a' })),
        ],
      },
      { create: [pod('preemptor', of('high', '2'))] },
      { look: 'who goes', quietMs: 1_500 },
    ],
  },
  {
    name: 'budgets',
    steps: [
      {
        create: [
          ...classes,
          ...[node('a'), node('b')],
          budget('guard', { app: 'guarded' }, 0),
          pod('guarded', of('low', '4', { on: 'a', labels: { app: 'guarded' } })),
          pod('loose', of('middle', '4', { on: 'b' })),
        ],
      },
      { create: [pod('preemptor', of('high', '4'))] },
      { look: 'the budget is kept', quietMs: 1_500 },
      { create: [pod('second', of('high', '4'))] },
      { look: 'it is not when nothing else is left', quietMs: 1_500 },
    ],
  },
  {
    name: 'two-preemptors',
    steps: [
      { create: [...classes, node('a'), node('b'), pod('a-1', of('low', '4', { on: 'a' })), pod('b-1', of('middle', '4', { on: 'b' }))] },
      { create: [pod('first', of('high', '4'))] },
      { look: 'the lower goes', quietMs: 1_500 },
      { create: [pod('second', of('high', '4'))] },
      { look: 'and then the other', quietMs: 1_500 },
      { remove: { kind: 'Pod', name: 'a-1' } },
      { look: 'one is placed', quietMs: 2_500 },
    ],
  },
  {
    name: 'nominated-room',
    steps: [
      { create: [...classes, node('a'), pod('victim', of('low', '3', { on: 'a' }))] },
      { create: [pod('preemptor', of('high', '4'))] },
      { look: 'nominated', quietMs: 1_500 },
      { create: [pod('opportunist', of('middle', '1'))] },
      { look: 'the room is kept', quietMs: 1_500 },
      { remove: { kind: 'Pod', name: 'preemptor' } },
      { look: 'the room is free', quietMs: 3_000 },
    ],
  },
  {
    name: 'higher-takes-the-nomination',
    steps: [
      { create: [...classes, node('a'), pod('victim', of('low', '4', { on: 'a' }))] },
      { create: [pod('middling', of('middle', '4'))] },
      { look: 'nominated', quietMs: 1_500 },
      { create: [pod('higher', of('high', '4'))] },
      { look: 'taken over', quietMs: 1_500 },
      { remove: { kind: 'Pod', name: 'victim' } },
      { look: 'placed', quietMs: 3_000 },
    ],
  },
  {
    name: 'affinity-to-victim',
    steps: [
      {
        create: [...classes, node('a'), pod('friend', of('low', '3', { on: 'a', labels: { app: 'friend' } }))],
      },
      {
        create: [
          pod(
            'preemptor',
            of('high', '3', {
              affinity: {
                podAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: [
                    { labelSelector: { matchLabels: { app: 'friend' } }, topologyKey: 'kubernetes.io/hostname' },
                  ],
                },
              },
            }),
          ),
        ],
      },
      { look: 'it cannot go', quietMs: 1_500 },
    ],
  },
  {
    name: 'victim-of-anti-affinity',
    steps: [
      { create: [...classes, node('a'), pod('foe', of('low', '1', { on: 'a', labels: { app: 'foe' } })), pod('neutral', of('low', '1', { on: 'a' }))] },
      {
        create: [
          pod(
            'preemptor',
            of('high', '1', {
              affinity: {
                podAntiAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app: 'foe' } }, topologyKey: 'kubernetes.io/hostname' }],
                },
              },
            }),
          ),
        ],
      },
      { look: 'only the foe goes', quietMs: 1_500 },
    ],
  },
  {
    name: 'spread-victim',
    steps: [
      {
        create: [
          ...classes,
          ...[node('a', { zone: 'x' }), node('b', { zone: 'y', resources: { cpu: '1' } })],
          ...[
            pod('w-1', of('low', '1', { on: 'a', labels: { app: 'w' }, startTime: '2026-01-01T00:00:00Z' })),
            pod('w-2', of('low', '1', { on: 'a', labels: { app: 'w' }, startTime: '2026-01-02T00:00:00Z' })),
          ],
          pod('full', of('high', '1', { on: 'b' })),
        ],
      },
      {
        create: [
          pod(
            'preemptor',
            of('high', '1', {
              labels: { app: 'w' },
              topologySpreadConstraints: [
                { maxSkew: 2, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'w' } } },
              ],
            }),
          ),
        ],
      },
      { look: 'one of them goes', quietMs: 1_500 },
    ],
  },
  {
    name: 'port-victim',
    steps: [
      {
        create: [
          ...classes,
          node('a'),
          pod('holder', { on: 'a', priorityClassName: 'low', containers: [{ name: 'm', image: 'app', ports: [{ containerPort: 80, hostPort: 80 }] }] }),
          pod('other', of('low', '1', { on: 'a' })),
        ],
      },
      { create: [pod('preemptor', { priorityClassName: 'high', containers: [{ name: 'm', image: 'app', ports: [{ containerPort: 80, hostPort: 80 }] }] })] },
      { look: 'the holder goes', quietMs: 1_500 },
    ],
  },
];
