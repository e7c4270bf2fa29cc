import type { DetailedCase, GoldenCase } from '../golden-case.ts';
import { withoutNullTimes, withoutServerFields } from '../normalize.ts';

const plan = (...args: string[]): DetailedCase => ({
  args: ['set', args[0]!, '-n', 'golden', ...args.slice(1), '--dry-run=client', '-o', 'jsonpath={.spec.template.spec}'],
});
const workload = `apiVersion: apps/v1
kind: Deployment
metadata: {name: local}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      initContainers: [{name: first, image: i}]
      containers:
      - {name: main, image: m, env: [{name: A, value: "1"}, {name: B, valueFrom: {secretKeyRef: {name: token, key: word}}}]}
      - {name: side, image: s}
`;
const local = (...args: string[]): DetailedCase => ({
  args: ['set', args[0]!, '--local', '-f', '-', ...args.slice(1), '-o', 'yaml'],
  stdin: workload,
  normalize: withoutNullTimes,
});
const back = [
  ['set', 'image', 'deploy/web', 'nginx=nginx', '-n', 'golden'],
  ['set', 'env', 'deploy/web', 'A-', '-n', 'golden'],
] as const;
const made = [['create', 'rolebinding', 'bound', '--role=r', '--user=one', '-n', 'golden']] as const;
const gone = [['delete', 'rolebinding', 'bound', '-n', 'golden', '--ignore-not-found']] as const;

export const setCases: readonly GoldenCase[] = [
  ['set', 'foo'],
  ['set', 'image'],
  ['set', 'image', 'deploy/web', '-n', 'golden'],
  ['set', 'image', 'nginx=a'],
  ['set', 'image', 'deploy/web', 'nope=a', '-n', 'golden'],
  ['set', 'image', 'deploy/nope', 'nginx=a', '-n', 'golden'],
  ['set', 'image', 'cm/texts', 'nginx=a', '-n', 'golden'],
  ['set', 'image', 'deploy/web', 'nginx=a', '*=b', '-n', 'golden'],
  ['set', 'image', 'deploy/web', 'nginx=a', '--local'],
  ['set', 'image', '--local', 'nginx=a'],
  ['set', 'image', '--local', '-f', 'several.yaml', 'nginx=a'],
  ['set', 'selector', '--local', '-f', 'several.yaml', 'a=b', '-o', 'name'],
  ['set', 'image', 'deploy', '--all', '-l', 'a=b', 'nginx=a', '-n', 'golden'],
  ['set', 'image', 'deploy/web', 'nginx=nginx', '-n', 'golden'],
  ['set', 'image', 'deploy/web', 'nginx=nginx:2', '-n', 'golden', '--dry-run=client'],
  ['set', 'image', 'deploy', '--all', '*=nginx:2', '-n', 'golden', '--dry-run=server'],
  plan('image', 'deploy/web', 'nginx=nginx:2'),
  local('image', '*=new'),
  local('image', 'first=new', 'side=other'),
  { args: ['set', 'image', 'deploy/web', 'nginx=nginx:2', '-n', 'golden', '-o', 'jsonpath={.spec.template.spec.containers}'], before: back, after: back },
  ['set', 'resources', 'deploy/web', '-n', 'golden'],
  ['set', 'resources', 'deploy/web', '-n', 'golden', '--limits=cpu'],
  ['set', 'resources', 'deploy/web', '-n', 'golden', '--limits=cpu=x'],
  ['set', 'resources', 'deploy/web', '-n', 'golden', '--limits=cpu=1', '-c', 'nope'],
  ['set', 'resources', 'deploy/web', '-n', 'golden', '--limits=cpu=1', '--dry-run=server'],
  plan('resources', 'deploy/web', '--limits=cpu=1000m,memory=1Gi', '--requests=cpu=100m'),
  local('resources', '--limits=cpu=1', '-c', 'm*'),
  ['set', 'sa', 'deploy/web', '-n', 'golden'],
  ['set', 'serviceaccount'],
  ['set', 'sa', 'deploy/web', 'robot', '-n', 'golden', '--dry-run=client'],
  ['set', 'sa', 'deploy/web', 'robot', '-n', 'golden', '--dry-run=server', '-o', 'name'],
  ['set', 'sa', 'cm/texts', 'robot', '-n', 'golden'],
  local('sa', 'robot'),
  ['set', 'selector', 'svc/web', '-n', 'golden'],
  ['set', 'selector'],
  ['set', 'selector', 'svc/web', 'a=b', '-n', 'golden', '--dry-run=client'],
  ['set', 'selector', 'svc/web', 'a=b', '-n', 'golden', '--dry-run=server', '-o', 'jsonpath={.spec.selector}'],
  ['set', 'selector', 'svc/web', 'a in (b,c)', '-n', 'golden'],
  ['set', 'selector', 'deploy/web', 'a=b', '-n', 'golden'],
  ['set', 'subject', 'rolebinding/nope', '-n', 'golden', '--user=a'],
  ['set', 'subject', 'deploy/web', '-n', 'golden', '--user=a'],
  { args: ['set', 'subject', 'rolebinding/bound', '-n', 'golden'], before: made, after: gone },
  { args: ['set', 'subject', 'rolebinding/bound', '-n', 'golden', '--serviceaccount=x'], before: made, after: gone },
  { args: ['set', 'subject', 'rolebinding/bound', '-n', 'golden', '--user=one'], before: made, after: gone },
  {
    args: ['set', 'subject', 'rolebinding/bound', '-n', 'golden', '--user=z', '--user=b', '--group=g', '--serviceaccount=:robot', '-o', 'jsonpath={.subjects}'],
    before: made,
    after: gone,
  },
  {
    args: ['set', 'subject', 'rolebinding/bound', '-n', 'golden', '--group=g', '--dry-run=client', '-o', 'yaml'],
    before: made,
    after: gone,
    normalize: withoutServerFields,
  },
  ['set', 'env'],
  ['set', 'env', 'deploy/web', '-n', 'golden'],
  ['set', 'env', 'A=1', 'deploy/web', '-n', 'golden'],
  ['set', 'env', 'deploy/web', 'A=1', 'A-', '-n', 'golden'],
  ['set', 'env', 'deploy/web', '1=1', '-n', 'golden'],
  ['set', 'env', 'deploy/web', '-e', 'x', '-n', 'golden'],
  ['set', 'env', 'deploy/web', '--keys=a', '-n', 'golden'],
  ['set', 'env', 'deploy/web', '--from=deploy/web', '-n', 'golden'],
  ['set', 'env', 'deploy/web', '--from=secret/nope', '-n', 'golden'],
  ['set', 'env', 'deploy/web', '--list', '-n', 'golden'],
  ['set', 'env', 'deploy/web', '--list', 'A=1', '-n', 'golden'],
  ['set', 'env', 'deploy/web', '--list', '-o', 'yaml', '-n', 'golden'],
  ['set', 'env', 'deploy/web', 'A=1', '-c', 'nope', '-n', 'golden'],
  ['set', 'env', 'deploy/web', 'A=1', '-n', 'golden', '--dry-run=client'],
  ['set', 'env', 'deploy/web', '--from=secret/token', '--list', '-n', 'golden'],
  ['set', 'env', 'deploy/web', '--from=secret/token', '--prefix=P_', '--list', '--resolve', '-n', 'golden'],
  ['set', 'env', 'deploy/web', '--from=cm/texts', '--keys=number', '-n', 'golden', '--dry-run=server'],
  plan('env', 'deploy/web', 'A=1', 'B=x=y'),
  { args: ['set', 'env', 'deploy/web', '-e', '-', '-n', 'golden', '--list'], stdin: 'A=1\n# B=2\nC=3 # four\nnothing\n' },
  local('env', 'A=2', 'B-', 'C=3'),
  local('env', 'A=2', '--overwrite=false'),
  { args: ['set', 'env', 'deploy/web', 'A=1', '-n', 'golden', '-o', 'jsonpath={.spec.template.spec.containers[0].env}'], before: back, after: back },
];
