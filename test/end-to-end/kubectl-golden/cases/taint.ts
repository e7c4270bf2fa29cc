import type { GoldenCase } from '../golden-case.ts';

const before = [['taint', 'node', 'node-2', 'kept=yes:NoSchedule', 'kept=yes:NoExecute']] as const;
const after = [
  ['taint', 'node', 'node-2', 'kept-'],
  ['taint', 'node', 'node-2', 'new-'],
] as const;
const change = (...args: string[]): GoldenCase => ({ args: ['taint', ...args], before, after });

export const taintCases: readonly GoldenCase[] = [
  ['taint'],
  ['taint', 'nodes'],
  ['taint', 'nodes', 'node-1'],
  ['taint', 'nodes', 'a=b:NoSchedule'],
  ['taint', 'nodes', 'a=b:NoSchedule', 'node-1'],
  ['taint', 'pods', 'x', 'a=b:NoSchedule'],
  ['taint', 'foo', 'x', 'a=b:NoSchedule'],
  ['taint', 'nodes', 'node-1', 'a=b'],
  ['taint', 'nodes', 'node-1', 'a=b:Never'],
  ['taint', 'nodes', 'node-1', 'a=b=c:NoSchedule'],
  ['taint', 'nodes', 'node-1', 'a:b:NoSchedule'],
  ['taint', 'nodes', 'node-1', 'a=not/good:NoSchedule'],
  { args: ['taint', 'nodes', 'node-1', 'not/good/key:NoSchedule'], difference: 'the words of 1.36 for a bad key' },
  ['taint', 'nodes', 'node-1', 'a=b:NoSchedule', 'a=c:NoSchedule'],
  ['taint', 'nodes', 'node-1', 'a=b:NoSchedule', 'a:NoSchedule-'],
  ['taint', 'nodes', 'node-1', 'a=b:NoSchedule', 'a-'],
  ['taint', 'nodes', '--all', '-l', 'a=b', 'a=b:NoSchedule'],
  ['taint', 'nodes', 'nope', 'a=b:NoSchedule'],
  ['taint', 'nodes', 'node-1', 'nope-'],
  ['taint', 'nodes', 'node-1', 'nope:NoSchedule-'],
  ['taint', 'nodes', 'node-1', 'a=b:NoSchedule', '--validate=nope'],
  ['taint', 'nodes', 'node-1', 'a=b:PreferNoSchedule', '--dry-run=client'],
  ['taint', 'nodes', 'node-1', 'a=b:PreferNoSchedule', '--dry-run=client', '-o', 'jsonpath={.spec.taints}'],
  ['taint', 'nodes', 'node-1', 'a=b:PreferNoSchedule', '--dry-run=server'],
  ['taint', 'nodes', '--all', 'a=b:PreferNoSchedule', '--dry-run=server'],
  ['taint', 'node', '-l', 'kubernetes.io/hostname=node-1', 'a:PreferNoSchedule', '--dry-run=server', '-o', 'name'],
  change('node', 'node-2', 'new=x:PreferNoSchedule'),
  change('node', 'node-2', 'kept=no:NoSchedule'),
  change('node', 'node-2', 'kept=no:NoSchedule', '--overwrite', '-o', 'jsonpath={.spec.taints[0].value}'),
  change('node', 'node-2', 'kept:NoSchedule-'),
  change('node', 'node-2', 'kept-', 'new:PreferNoSchedule'),
  change('node', 'node-2', 'kept-', '-o', 'jsonpath={.spec.taints}'),
];
