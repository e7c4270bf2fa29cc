import type { GoldenCase } from '../golden-case.ts';
import { withoutIdentity } from './apply.ts';

/** Directories and times in the headings differ. */
const tidy = (text: string): string =>
  withoutIdentity(text)
    .replace(/(LIVE|MERGED)-[0-9A-Za-z]+/g, '$1')
    .replace(/\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.*/g, '');
const texts = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fresh}\ndata: {a: b}\n';
const web = (replicas: number): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {app: web}}\nspec:\n  replicas: ${replicas}\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web, tier: front}}\n    spec:\n      containers:\n      - {name: nginx, image: nginx, ports: [{containerPort: 80}]}\n`;

export const diffCases: readonly GoldenCase[] = [
  ['diff'],
  ['diff', '--nope'],
  ['diff', '-f', 'deployment.yaml', '--concurrency=x'],
  { args: ['-n', 'golden', 'diff', '-f', '-', '--prune', '-l', 'app=web', '--prune-allowlist=core/v1/Service'], stdin: web(3), normalize: tidy },
  ['diff', 'x', '-f', 'deployment.yaml'],
  ['diff', '-f', 'nope.yaml'],
  ['diff', '-f', 'unknown.yaml'],
  ['diff', '-f', 'deployment.yaml', '--force-conflicts'],
  { args: ['-n', 'golden', 'diff', '-f', '-'], stdin: web(2), normalize: tidy },
  { args: ['-n', 'golden', 'diff', '-f', '-'], stdin: web(3), normalize: tidy },
  { args: ['-n', 'golden', 'diff', '-f', '-', '--server-side'], stdin: web(3), normalize: tidy },
  { args: ['-n', 'golden', 'diff', '-f', '-', '--server-side', '--force-conflicts'], stdin: web(3), normalize: tidy },
  { args: ['-n', 'golden', 'diff', '-f', '-'], stdin: texts, normalize: tidy },
  { args: ['-n', 'golden', 'diff', '-f', '-'], stdin: `${texts}---\n${web(2)}`, normalize: tidy },
  { args: ['-n', 'golden', 'diff', '-f', '-', '-l', 'app=web'], stdin: `${texts}---\n${web(3)}`, normalize: tidy },
  {
    args: ['-n', 'golden', 'diff', '-f', '-'],
    stdin: 'apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {word: other}\n',
    normalize: tidy,
  },
  {
    args: ['-n', 'golden', 'diff', '-f', '-', '--show-secrets'],
    stdin: 'apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {word: other}\n',
    difference: 'the flag came with 1.35',
    differsInCode: true,
  },
  { args: ['-n', 'golden', 'diff', '-f', '-'], stdin: web(3), normalize: tidy, environment: { KUBECTL_EXTERNAL_DIFF: 'diff -N -r --brief;' } },
  { args: ['-n', 'golden', 'diff', '-f', '-'], stdin: web(3), normalize: tidy, environment: { KUBECTL_EXTERNAL_DIFF: 'no-such-program' } },
  { args: ['-n', 'golden', 'diff', '-f', '-'], stdin: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Bad_}\n', normalize: tidy },
];
