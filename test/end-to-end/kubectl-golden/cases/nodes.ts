import type { GoldenCase } from '../golden-case.ts';

const noCase = 'in 1.33 it says "cannot delete" twice';

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
];
