import type { GoldenCase } from '../golden-case.ts';

const made = [['create', 'configmap', 'patched', '-n', 'golden', '--from-literal=a=1', '--from-literal=b=2']] as const;
const gone = [['delete', 'configmap', 'patched', '-n', 'golden', '--ignore-not-found']] as const;
const change = (...args: string[]): GoldenCase => ({ args: ['patch', '-n', 'golden', 'cm', 'patched', ...args], before: made, after: gone });
const image = '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","image":"nginx:2"},{"name":"second","image":"b"}]}}}}';

export const patchCases: readonly GoldenCase[] = [
  ['patch'],
  ['patch', '-p', '{}'],
  ['patch', 'cm', 'texts', '-n', 'golden'],
  ['patch', 'cm', 'texts', '-n', 'golden', '-p', '{}', '--patch-file', 'x'],
  ['patch', 'cm', 'texts', '-n', 'golden', '--patch-file', 'nope'],
  ['patch', 'cm', 'texts', '-n', 'golden', '-p', '{}', '--type=foo'],
  { args: ['patch', 'cm', 'texts', '-n', 'golden', '-p', '{'], ignoresErrors: 'the YAML reader has words of its own for what is wrong' },
  ['patch', 'cm', 'texts', '-p', '{}', '--local'],
  ['patch', '-f', 'deployment.yaml', '-p', '{}', '--local', '--dry-run=server'],
  ['patch', 'cm', 'nope', '-n', 'golden', '-p', '{"data":{"a":"b"}}'],
  ['patch', 'foo', 'nope', '-p', '{}'],
  ['patch', 'cm', '-n', 'golden', '-p', '{}'],
  ['patch', 'deploy', 'web', '-n', 'golden', '-p', image, '--dry-run=client'],
  ['patch', 'deploy', 'web', '-n', 'golden', '-p', image, '--dry-run=client', '-o', 'jsonpath={.spec.template.spec.containers[*].image}'],
  ['patch', 'deploy', 'web', '-n', 'golden', '-p', image, '--dry-run=server', '-o', 'jsonpath={.spec.template.spec.containers[*].image}'],
  ['patch', 'deploy', 'web', '-n', 'golden', '-p', image, '--dry-run=server'],
  ['patch', 'deploy', 'web', '-n', 'golden', '-p', '{"spec":{"replicas":2}}'],
  ['patch', 'deploy', 'web', '-n', 'golden', '-p', 'spec:\n  replicas: 3', '--dry-run=server', '-o', 'name'],
  ['patch', 'deploy', 'web', '-n', 'golden', '-p', '{"spec":{"replicas":"x"}}'],
  ['patch', 'deploy', 'web', '-n', 'golden', '-p', '{"spec":{"replicas":-1}}'],
  ['patch', 'deploy', 'web', '-n', 'golden', '-p', '[]'],
  ['patch', 'deploy', 'web', '-n', 'golden', '--type=json', '-p', '[{"op":"replace","path":"/spec/replicas","value":3}]', '--dry-run=server'],
  ['patch', 'deploy', 'web', '-n', 'golden', '--type=json', '-p', '[{"op":"test","path":"/spec/replicas","value":9}]'],
  ['patch', 'deploy', 'web', '-n', 'golden', '--type=json', '-p', '[{"op":"remove","path":"/spec/nope"}]', '--dry-run=client'],
  ['patch', 'deploy', 'web', '-n', 'golden', '--type=merge', '-p', '{"metadata":{"labels":{"app":null}}}', '--dry-run=client', '-o', 'jsonpath={.metadata.labels}'],
  ['patch', 'deploy', 'web', '-n', 'golden', '--subresource=scale', '--type=merge', '-p', '{"spec":{"replicas":2}}'],
  ['patch', 'deploy', 'web', '-n', 'golden', '--subresource=nope', '--type=merge', '-p', '{}'],
  ['patch', '-f', 'deployment.yaml', '--local', '-p', '{"metadata":{"labels":{"a":"b"}}}', '-o', 'yaml'],
  ['patch', '-f', 'deployment.yaml', '--local', '--type=json', '-p', '[{"op":"add","path":"/metadata/labels","value":{"a":"b"}}]', '-o', 'json'],
  ['patch', '-f', 'unknown.yaml', '--local', '-p', '{"a":1}'],
  ['patch', '-f', 'unknown.yaml', '--local', '--type=merge', '-p', '{"a":1}', '-o', 'yaml'],
  change('-p', '{"data":{"a":"9"}}'),
  change('-p', '{"data":{"a":"1"}}'),
  change('-p', '{"data":{"a":null}}', '--type', 'merge', '-o', 'jsonpath={.data}'),
  change('--type', 'JSON', '-p', '[{"op":"remove","path":"/data/a"}]', '-o', 'jsonpath={.data}'),
];
