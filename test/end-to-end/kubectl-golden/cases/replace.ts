import type { DetailedCase, GoldenCase } from '../golden-case.ts';
import { withoutIdentity } from './apply.ts';

const clear = [['-n', 'empty', 'delete', 'configmap/replaced', '--ignore-not-found']] as const;
const make = ['-n', 'empty', 'create', 'configmap', 'replaced', '--from-literal=a=b'] as const;
const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: replaced}\ndata: {c: d}\n';
const tidy = (text: string): string => withoutIdentity(text).replace(/ from \S+ namespace/g, '');
const replace = (args: readonly string[], more: Partial<DetailedCase> = {}): DetailedCase => ({
  args: ['-n', 'empty', 'replace', ...args],
  stdin: yaml,
  before: [...clear, make],
  after: clear,
  normalize: tidy,
  ...more,
});

export const replaceCases: readonly GoldenCase[] = [
  ['replace'],
  ['replace', '-f', 'nope.yaml'],
  ['replace', '-f', 'kindless.yaml'],
  ['replace', '-f', 'deployment.yaml', '--grace-period=3'],
  ['replace', '-f', 'deployment.yaml', '--timeout=3s'],
  ['replace', '-f', 'deployment.yaml', '--force', '--dry-run=client'],
  ['replace', '-f', 'deployment.yaml', '--raw', 'x'],
  ['replace', '-f', 'a', '-f', 'b', '--raw', '/x'],
  ['replace', '-f', 'deployment.yaml', '-o', 'nope'],
  replace(['-f', '-']),
  replace(['-f', '-', '-o', 'name']),
  replace(['-f', '-', '-o', 'yaml']),
  replace(['-f', '-', '--save-config', '-o', 'json']),
  replace(['-f', '-', '--dry-run=client']),
  replace(['-f', '-', '--dry-run=client', '-o', 'yaml']),
  replace(['-f', '-', '--dry-run=server']),
  replace(['-f', '-', '--force']),
  replace(['-f', '-', '--force', '--cascade=orphan', '-o', 'name']),
  replace(['-f', '-', '--force', '--grace-period=0', '--timeout=5s']),
  replace(['-f', '-', '--force', '--timeout=1s'], {
    before: [...clear, make, ['-n', 'empty', 'patch', 'cm', 'replaced', '-p', '{"metadata":{"finalizers":["example.com/hold"]}}']],
    after: [['-n', 'empty', 'patch', 'cm', 'replaced', '-p', '{"metadata":{"finalizers":null}}'], ...clear],
  }),
  replace(['-f', '-'], { stdin: `${yaml}---\n${yaml.replace('replaced', 'nope')}---\n${yaml}` }),
  replace(['-f', '-', '--force'], { before: clear }),
  replace(['-f', '-'], { before: clear }),
  replace(['-f', '-'], { stdin: yaml.replace('name: replaced', 'name: replaced, resourceVersion: "1"') }),
  replace(['-f', '-', '--raw', '/api/v1/namespaces/empty/configmaps/replaced']),
  replace(['-f', '-'], { stdin: `${yaml}nope: 1\n` }),
];
