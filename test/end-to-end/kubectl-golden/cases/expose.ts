import type { DetailedCase, GoldenCase } from '../golden-case.ts';
import { withoutNullTimes } from '../normalize.ts';

const plan = (...args: string[]): DetailedCase => ({
  args: ['expose', '-n', 'golden', ...args, '--dry-run=client', '-o', 'yaml'],
  normalize: withoutNullTimes,
});
const made = [['delete', 'service', 'shown', '-n', 'golden', '--ignore-not-found']] as const;
const several = {
  before: [
    [
      'run',
      'ported',
      '-n',
      'golden',
      '--image=a',
      '--port=80',
      '--overrides={"spec":{"containers":[{"name":"p","image":"a","ports":[{"containerPort":53,"protocol":"UDP"},{"containerPort":53},{"containerPort":80}]}]}}',
    ],
  ],
  after: [['delete', 'pod', 'ported', '-n', 'golden', '--now']],
} as const;

export const exposeCases: readonly GoldenCase[] = [
  ['expose'],
  ['expose', 'deploy'],
  ['expose', 'deploy', 'nope', '-n', 'golden'],
  ['expose', 'foo', 'nope'],
  ['expose', 'cm', 'texts', '-n', 'golden'],
  ['expose', 'deploy', 'web', '-n', 'golden'],
  ['expose', 'deploy', 'web', '-n', 'golden', '--port=x', '--name=x'],
  ['expose', 'deploy', 'web', '-n', 'golden', '--name=x', '--session-affinity=x'],
  ['expose', 'deploy', 'web', '-n', 'golden', '--name=x', '--selector=a'],
  ['expose', 'deploy', 'web', '-n', 'golden', '--name=x', '--labels==b'],
  ['expose', 'deploy', 'web', '-n', 'golden', '--name=x', '--override-type=foo', '--overrides={}'],
  ['expose', 'deploy', 'web', '-n', 'golden', '--name=x', '--dry-run=client'],
  ['expose', 'deploy', 'web', '-n', 'golden', '--name=x', '--dry-run=server'],
  plan('deploy', 'web', '--name=x'),
  plan('deploy', 'web', '--port=80,443', '--target-port=http', '--type=LoadBalancer', '--load-balancer-ip=1.2.3.4'),
  plan('svc', 'web', '--name=second', '--protocol=UDP', '--labels=a=b,c=d', '--external-ip=9.9.9.9', '--session-affinity=ClientIP'),
  plan('deploy/web', '--cluster-ip=None', '--selector=x=y', '--overrides={"spec":{"type":"NodePort"}}'),
  plan('-f', 'deployment.yaml'),
  { ...plan('pod', 'ported'), ...several },
  { args: ['expose', 'deploy', 'web', '-n', 'golden', '--name=shown', '-o', 'jsonpath={.spec.ports}{.spec.selector}'], after: made },
  { args: ['expose', 'deploy', 'web', '-n', 'golden', '--name=shown', '--save-config'], after: made },
];
