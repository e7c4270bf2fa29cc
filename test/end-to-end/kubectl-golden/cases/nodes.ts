import type { GoldenCase } from '../golden-case.ts';

const noCase = 'in 1.33 it says "cannot delete" twice';

/** What is drained: a daemon's pods on all nodes, and a pod with data on one. */
export const drainedManifest = `
apiVersion: v1
kind: Namespace
metadata: {name: drained}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: drained}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: scratch, namespace: drained, labels: {app: scratch}}
spec:
  nodeName: node-2
  containers: [{name: a, image: a}]
  volumes: [{name: data, emptyDir: {}}]
`;

const lone = ['drain', 'node-3', '--pod-selector=app=lone', '--force'] as const;
const place = '{"spec":{"nodeName":"node-3","terminationGracePeriodSeconds":0}}';
const withLone = {
  before: [['run', 'lone', '--image=a', '-n', 'drained', '--labels=app=lone', `--overrides=${place}`]],
  after: [
    ['uncordon', 'node-3'],
    ['delete', 'pod', 'lone', '-n', 'drained', '--ignore-not-found', '--now'],
  ],
} as const;
const budget = ['poddisruptionbudget', 'lone', '-n', 'drained'] as const;

export const nodeCases: readonly GoldenCase[] = [
  ['cordon'],
  ['cordon', 'node-1', '-l', 'a=b'],
  ['cordon', 'nope'],
  ['cordon', 'pods/x'],
  ['cordon', 'node-1', '--dry-run=client'],
  ['cordon', 'node-1', 'node-2', '--dry-run=server'],
  ['cordon', '-l', 'kubernetes.io/hostname=node-1', '--dry-run=client'],
  ['cordon', 'node/node-1', '--dry-run=maybe'],
  { args: ['cordon', 'node-3'], after: [['uncordon', 'node-3']] },
  { args: ['cordon', 'node-3'], before: [['cordon', 'node-3']], after: [['uncordon', 'node-3']] },
  { args: ['uncordon', 'node-3'], before: [['cordon', 'node-3']] },
  ['uncordon', 'node-3'],
  ['uncordon'],
  ['drain'],
  ['drain', 'node-1', '-l', 'a=b'],
  ['drain', 'nope'],
  ['drain', '-l', 'a=b'],
  ['drain', 'node-1', '--pod-selector=a b'],
  ['drain', 'node-3', '--pod-selector=app=none', '--dry-run=client'],
  { args: ['drain', 'node-3', '--pod-selector=app=none'], after: [['uncordon', 'node-3']] },
  ['drain', 'node-1', '--dry-run=client', '--pod-selector=app=web'],
  { args: ['drain', 'node-1', '--dry-run=client'], difference: noCase },
  ['drain', 'node-1', '--grace-period=x'],
  ['drain', 'node-1', '--timeout=x'],
  ['drain', 'node-1', '--skip-wait-for-delete-timeout=x'],
  { args: ['drain', 'node-2', '--dry-run=client', '--pod-selector=app=agent', '--force'], difference: noCase },
  ['drain', 'node-2', '--dry-run=client', '--pod-selector=app=agent', '--ignore-daemonsets'],
  { args: ['drain', 'node-2', '--dry-run=client', '--pod-selector=app=scratch', '--force'], difference: noCase },
  { args: ['drain', 'node-2', '--dry-run=client', '--pod-selector=app=scratch', '--delete-emptydir-data'], difference: noCase },
  ['drain', 'node-2', '--dry-run=client', '--pod-selector=app=scratch', '--delete-emptydir-data', '--force'],
  ['drain', 'node-2', 'node-3', '--dry-run=client', '--pod-selector=app in (agent,scratch)', '--ignore-daemonsets', '--delete-emptydir-data', '--force'],
  ['drain', '-l', 'kubernetes.io/hostname in (node-2,node-3)', '--dry-run=server', '--pod-selector=app=agent', '--ignore-daemonsets'],
  { args: [...lone, '--dry-run=server'], ...withLone },
  { args: lone, ...withLone },
  { args: [...lone, '--disable-eviction', '--grace-period=0'], ...withLone },
  {
    // Refused, tried again after five seconds, and given up.
    args: [...lone, '--timeout=1s'],
    before: [
      ...withLone.before,
      ['create', ...budget, '--selector=app=lone', '--min-available=1'],
      ['wait', '--for=condition=Ready', 'pod/lone', '-n', 'drained', '--timeout=120s'],
      ['wait', '--for=jsonpath={.status.currentHealthy}=1', ...budget, '--timeout=120s'],
    ],
    after: [...withLone.after, ['delete', ...budget]],
  },
];
