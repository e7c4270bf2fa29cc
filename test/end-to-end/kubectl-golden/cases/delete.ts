import type { DetailedCase, GoldenCase } from '../golden-case.ts';

const make = (name: string) => ['-n', 'empty', 'create', 'configmap', name, '--from-literal=a=b'] as const;
const clear = ['-n', 'empty', 'delete', 'configmap/gone', 'configmap/gone2', '--ignore-not-found'] as const;
const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: gone}\n';
/** Since 1.34 it is told from where an object was deleted, and that a question is answered by no. */
const withoutPlace = (text: string): string => text.replace(/ from \S+ namespace/g, '').replace('(y/n)', '(y/N)');

const remove = (args: readonly string[], more: Partial<DetailedCase> = {}): DetailedCase => ({
  args: ['-n', 'empty', 'delete', ...args],
  before: [clear, make('gone'), make('gone2')],
  after: [clear],
  normalize: withoutPlace,
  ...more,
});

export const deleteCases: readonly GoldenCase[] = [
  ['delete'],
  ['delete', 'configmap'],
  ['delete', 'foo', 'bar'],
  ['delete', 'pods', 'nope', '-n', 'empty'],
  ['delete', 'pods/nope', 'cm/nope', '-n', 'empty'],
  ['delete', 'pods', 'nope', '-n', 'empty', '--ignore-not-found'],
  ['delete', 'pods', '--all', '-n', 'empty'],
  ['delete', 'pods', '-l', 'a=b', '-n', 'empty'],
  ['delete', 'pods', '--all', '-l', 'a=b'],
  ['delete', 'pods', '--all', '--field-selector', 'a=b'],
  ['delete', 'pods', 'x', '--now', '--grace-period=3'],
  ['delete', 'pods', 'x', '--force', '--grace-period=3'],
  ['delete', 'pods', 'x', '-o', 'yaml'],
  ['delete', 'pods', 'x', '--cascade=maybe'],
  ['delete', 'pods', 'x', '--dry-run=maybe'],
  ['delete', 'pods', 'x', '-f', 'deployment.yaml'],
  ['delete', '-f', 'nope.yaml'],
  ['delete', '--raw', 'x'],
  ['delete', '--raw', '/x', '-i'],
  ['delete', '--raw', '/api/v1/namespaces/empty/configmaps/nope'],
  ['delete', '-f', 'unknown.yaml'],
  ['delete', 'ns/nope', '-n', 'empty'],
  remove(['-f', '-'], { stdin: `${yaml}---\na: [\n`, difference: 'the YAML library words its errors itself' }),
  remove(['-f', '-', '-i'], { stdin: yaml }),
  remove([], { args: ['delete', '--raw', '/api/v1/namespaces/empty/configmaps/gone'], normalize: (text) => text.replace(/"uid":"[^"]*"/, '') }),
  remove(['cm', '--field-selector', 'nope=x']),
  remove(['cm', 'gone']),
  remove(['cm/gone', 'cm/gone2']),
  remove(['cm', 'gone', 'gone2', '-o', 'name']),
  remove(['cm', 'gone', 'nope', 'gone2']),
  remove(['cm', 'gone', '--dry-run=client']),
  remove(['cm', 'gone', '--dry-run=server']),
  remove(['cm', 'gone', '--dry-run=server', '-o', 'name']),
  remove(['cm', 'gone', '--force']),
  remove(['cm', 'gone', '--now']),
  remove(['cm', 'gone', '--wait=false']),
  remove(['cm', 'gone', '--cascade=orphan']),
  remove(['cm', 'gone', '--cascade=foreground']),
  remove(['cm', 'gone', '--cascade=true']),
  remove(['cm', 'gone', '--cascade']),
  remove(['cm', 'gone', '--grace-period=0']),
  remove(['cm', '--field-selector', 'metadata.name=gone']),
  remove(['cm', '--field-selector', 'metadata.name=gone', '-o', 'name']),
  remove([], { args: ['delete', 'cm', '-A', '--field-selector', 'metadata.name=gone,metadata.namespace=empty'] }),
  remove(['-f', '-'], { stdin: yaml }),
  remove(['-f', '-', '--ignore-not-found'], { stdin: `${yaml}---\n${yaml}` }),
  remove(['-f', '-'], { stdin: yaml, before: [clear] }),
  remove(['-f', '-', '--ignore-not-found'], { stdin: yaml, before: [clear] }),
  remove(['cm', 'gone', '-i'], { stdin: 'y\n' }),
  remove(['cm', 'gone', 'gone2', '-i'], { stdin: 'n\n' }),
  remove(['cm', '-l', 'a=b', '-i'], { stdin: 'y\n' }),
  remove(['cm', 'gone', '--timeout=200ms'], {
    before: [clear, make('gone'), ['-n', 'empty', 'patch', 'cm', 'gone', '-p', '{"metadata":{"finalizers":["example.com/hold"]}}']],
    after: [['-n', 'empty', 'patch', 'cm', 'gone', '-p', '{"metadata":{"finalizers":null}}'], clear],
  }),
];
