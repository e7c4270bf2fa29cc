import type { DetailedCase, GoldenCase } from '../golden-case.ts';

const ages = {
  normalize: (text: string): string => text.replace(/\d+[smh](?:\d+s)?/g, 'AGE').replace(/ {2,}/g, '  '),
} satisfies Partial<DetailedCase>;

export const eventsCases: readonly GoldenCase[] = [
  ['events', '-n', 'described', '--for', 'configmap/told'],
  ['events', '-n', 'described', '--for', 'cm/told', '--types', 'warning'],
  ['events', '-n', 'described', '--for', 'cm/told', '--types', 'Normal,Warning', '--no-headers'],
  ['events', '-A', '--for', 'cm/told'],
  ['events', '-n', 'described', '--for', 'cm/told', '-o', 'json'],
  ['events', '-n', 'described', '--for', 'cm/told', '-o', 'yaml'],
  ['events', '-n', 'described', '--for', 'cm/told', '-o', 'go-template={{range .items}}{{.reason}} {{end}}'],
  { args: ['events', '-n', 'golden', '--for', 'deployment/web'], ...ages },
  {
    args: ['events', '-n', 'described', '--for', 'cm/told', '-o', 'name'],
    difference: 'names are printed: kubectl fails to, and does not tell',
    differsInCode: true,
  },
  ['events', '-n', 'golden', '--for', 'deployments.apps/nope'],
  ['events', '-n', 'empty'],
  ['events', '-n', 'empty', '--types=Warning'],
  ['events', '--for', 'foo'],
  ['events', '--for', '/foo'],
  ['events', '--for', 'foo/bar'],
  ['events', '--for', 'foo.bar/x'],
  ['events', '--for', 'a/b/c'],
  ['events', '--types=x'],
  ['events', '-o', 'foo'],
  ['events', '--foo'],
  ['events', '-n', 'golden', '--as=nobody'],
];
