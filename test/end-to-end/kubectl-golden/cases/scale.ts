import type { GoldenCase } from '../golden-case.ts';

const after = [['scale', 'deployment', 'web', '-n', 'golden', '--replicas=2']] as const;
const change = (...args: string[]): GoldenCase => ({ args: ['scale', '-n', 'golden', ...args], before: after, after });

const newSize = 'as in 1.36 the new size is told';

export const scaleCases: readonly GoldenCase[] = [
  ['scale'],
  ['scale', 'deploy', 'web', '-n', 'golden'],
  ['scale', '--replicas=1'],
  ['scale', '--replicas=-1', 'deploy', 'web', '-n', 'golden'],
  ['scale', '--replicas=x', 'deploy', 'web'],
  ['scale', '--replicas=1', '--current-replicas=-2', 'deploy', 'web', '-n', 'golden'],
  ['scale', '--replicas=1', 'deploy', '-n', 'golden'],
  { args: ['scale', '--replicas=1', 'deploy', 'nope', '-n', 'golden'], difference: 'the words of 1.36' },
  ['scale', '--replicas=1', 'foo', 'nope'],
  ['scale', '--replicas=1', 'cm', 'texts', '-n', 'golden'],
  ['scale', '--replicas=1', 'deploy', '--all', '-n', 'empty'],
  ['scale', '--replicas=1', 'deploy', '--all', '-l', 'a=b'],
  ['scale', '--replicas=3', 'deploy', 'web', '-n', 'golden', '--dry-run=client'],
  { args: ['scale', '--replicas=3', 'deploy', 'web', '-n', 'golden', '--dry-run=client', '-o', 'jsonpath={.spec.replicas}'], difference: newSize },
  ['scale', '--replicas=3', 'deploy', 'web', '-n', 'golden', '--dry-run=server'],
  { args: ['scale', '--replicas=3', 'deploy/web', '-n', 'golden', '--dry-run=server', '-o', 'jsonpath={.spec.replicas}'], difference: newSize },
  ['scale', '--replicas=3', '--current-replicas=7', 'deploy/web', '-n', 'golden'],
  ['scale', '--replicas=3', '--resource-version=7', 'deploy/web', '-n', 'golden', '--dry-run=client'],
  ['scale', '--replicas=3', '-f', 'deployment.yaml', '-n', 'golden', '--dry-run=server', '-o', 'name'],
  ['scale', '--replicas=3', '--timeout=x', 'deploy/web'],
  change('--replicas=3', 'deploy/web'),
  change('--replicas=3', '--current-replicas=2', 'deployment/web', '-o', 'name'),
  change('--replicas=1', '--timeout=60s', 'deploy', '-l', 'app=web'),
  change('--replicas=1', 'deploy/web', '--record'),
];
