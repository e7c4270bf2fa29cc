import type { DetailedCase, GoldenCase } from '../golden-case.ts';
import { withoutNullTimes } from '../normalize.ts';

const gone = [['delete', 'hpa', '--all', '-n', 'golden']] as const;
const newFlags = 'the flags --cpu and --memory are of 1.34 and later';
const plan = (...args: string[]): DetailedCase => ({
  args: ['autoscale', '-n', 'golden', ...args],
  normalize: withoutNullTimes,
  difference: newFlags,
  differsInCode: true,
});

export const autoscaleCases: readonly GoldenCase[] = [
  ['autoscale'],
  ['autoscale', 'deploy', 'web'],
  ['autoscale', '--max=3'],
  ['autoscale', 'deploy', 'web', '--max=0', '-n', 'golden'],
  ['autoscale', 'deploy', 'web', '--max=2', '--min=3', '-n', 'golden'],
  ['autoscale', 'deploy', 'web', '--max=x'],
  ['autoscale', 'deploy', 'nope', '--max=3', '-n', 'golden'],
  ['autoscale', 'foo', 'nope', '--max=3'],
  ['autoscale', 'deploy', '--max=3', '-n', 'golden'],
  { args: ['autoscale', 'cm', 'texts', '--max=3', '-n', 'golden'], difference: 'the words of 1.36' },
  ['autoscale', 'deploy', 'web', '--max=3', '-n', 'golden', '--dry-run=client'],
  ['autoscale', 'deploy', 'web', '--max=3', '-n', 'golden', '--dry-run=server'],
  ['autoscale', 'deploy', 'web', '--max=3', '-n', 'golden', '--dry-run=server', '-o', 'jsonpath={.spec.maxReplicas} {.spec.scaleTargetRef.kind}'],
  { args: ['autoscale', 'deploy', 'web', '--max=3', '-n', 'golden', '-o', 'name'], after: gone },
  { args: ['autoscale', 'deploy', 'web', '--max=3', '--min=2', '--name=other', '-n', 'golden'], after: gone },
  plan('deploy', 'web', '--max=3', '--cpu=70%', '--dry-run=client', '-o', 'yaml'),
  plan('deploy', 'web', '--max=3', '--cpu=lots', '--dry-run=client'),
];
