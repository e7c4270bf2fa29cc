import type { GoldenCase } from '../golden-case.ts';

const made = [
  ['create', 'configmap', 'noted', '-n', 'golden'],
  ['annotate', 'configmap', 'noted', '-n', 'golden', 'one=1', 'two=2'],
] as const;
const gone = [['delete', 'configmap', 'noted', '-n', 'golden', '--ignore-not-found']] as const;
const change = (...args: string[]): GoldenCase => ({ args: ['annotate', '-n', 'golden', ...args], before: made, after: gone });

/** kubectl lists annotations in no order. */
const inOrder = (text: string): string => text.split('\n').sort().join('\n');

export const annotateCases: readonly GoldenCase[] = [
  ['annotate'],
  ['annotate', 'cm', 'texts', '-n', 'golden'],
  ['annotate', 'cm', 'nope', 'a=b', '-n', 'golden'],
  ['annotate', 'cm', 'a=b', 'texts'],
  ['annotate', 'cm', 'texts', 'a=b', 'a-', '-n', 'golden'],
  ['annotate', 'cm', '--all', '-l', 'a=b', 'c=d'],
  ['annotate', 'cm', 'texts', '--local', 'a=b'],
  ['annotate', '--local', 'a=b'],
  ['annotate', '--local', '-f', 'deployment.yaml', 'a=b c', '-o', 'yaml'],
  ['annotate', '--local', '-f', 'several.yaml', 'a=b'],
  { args: ['annotate', 'cm', 'texts', '--list', '-o', 'yaml', '-n', 'golden'], normalize: inOrder },
  ['annotate', 'cm', 'texts', 'a10=y', '-n', 'golden', '--dry-run=client'],
  ['annotate', 'cm', 'texts', 'a10=x', 'b=1=2', '-n', 'golden', '--dry-run=client', '-o', 'jsonpath={.metadata.annotations.b}'],
  ['annotate', 'cm', 'texts', 'a10=y', '--overwrite', '-n', 'golden', '--dry-run=server'],
  change('cm', 'noted', 'three=3'),
  change('cm', 'noted', 'one-'),
  change('cm', 'noted', 'one=1'),
  change('cm', 'noted', 'one=changed'),
  change('cm', 'noted', 'one=changed', '--overwrite', '-o', 'jsonpath={.metadata.annotations}'),
  change('cm', 'noted', 'nope-', '-o', 'name'),
  change('cm', 'noted', 'bad/key/x=1'),
  change('cm', 'noted', 'x=1', '--resource-version=1'),
  change('cm', 'noted', 'x=1', '--record', '-o', "jsonpath={.metadata.annotations['kubernetes\\.io/change-cause']}"),
];
