import type { DetailedCase, GoldenCase } from '../golden-case.ts';

const map = (name: string, data: string, more = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${more}}\ndata: ${data}\n`;
const one = map('applied', '{a: "1", b: "2"}');
const changed = map('applied', '{a: "3"}');
const deployment = (image: string, more = ''): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: applied, labels: {app: applied}}\nspec:\n  replicas: 0\n  selector: {matchLabels: {app: applied}}\n  template:\n    metadata: {labels: {app: applied}}\n    spec:\n      containers:\n      - {name: main, image: ${image}, ports: [{containerPort: 80}]}\n${more}`;
const clear = [['-n', 'empty', 'delete', 'configmap/applied', 'configmap/second', 'deployment/applied', '--ignore-not-found']] as const;
const [applyOne] = [['-n', 'empty', 'create', 'configmap', 'applied', '--from-literal=a=1', '--from-literal=b=2', '--save-config']] as const;
/** What the server gives each object anew. */
export const withoutIdentity = (text: string): string =>
  text
    .replace(/(resourceVersion"?: )"\d+"/g, '$1"0"')
    .replace(/(uid"?: "?)[0-9a-f-]{36}/g, '$1X')
    .replace(/"?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"?/g, '"TIME"');

const apply = (args: readonly string[], stdin: string, more: Partial<DetailedCase> = {}): DetailedCase => ({
  args: ['-n', 'empty', 'apply', ...args],
  stdin,
  after: clear,
  normalize: withoutIdentity,
  ...more,
});
const onExisting = { before: [...clear, applyOne] };
const plain = { before: [...clear, ['-n', 'empty', 'create', 'configmap', 'applied', '--from-literal=a=1']] };

const inEmpty = ['-n', 'empty'] as const;
const setId = 'applyset-x0Z7G7bB_FUu7TFsuC2negPfxmdgJyFF2Ze-6mLYxzE-v1';
const clearSet = [...clear, [...inEmpty, 'delete', 'configmap/old', 'secret/set1', '--ignore-not-found']];
/** A set with one member, as another run has left them. */
const set = ({ kinds = 'ConfigMap', id = setId, tool = 'kubectl/v1.36.0' } = {}) => [
  ...clearSet,
  [...inEmpty, 'create', 'secret', 'generic', 'set1'],
  [...inEmpty, 'annotate', 'secret/set1', `applyset.kubernetes.io/tooling=${tool}`, `applyset.kubernetes.io/contains-group-kinds=${kinds}`],
  [...inEmpty, 'label', 'secret/set1', `applyset.kubernetes.io/id=${id}`],
  [...inEmpty, 'create', 'configmap', 'old'],
  [...inEmpty, 'label', 'configmap/old', `applyset.kubernetes.io/part-of=${setId}`],
];
const applySet = (args: readonly string[], more: Partial<DetailedCase> = {}): DetailedCase =>
  apply(['-f', '-', '--prune', '--applyset=set1', ...args], one, {
    before: clearSet,
    after: clearSet,
    environment: { KUBECTL_APPLYSET: 'true' },
    ...more,
  });
const retries = 'kubectl logs that it takes fields over, in two lines';
const changedByHand = [...onExisting.before, [...inEmpty, 'patch', 'configmap/applied', '-p', '{"data":{"a":"9","z":"z"}}']];
/** What is read of files that are no plain objects. */
const oddFiles = [
  'windows.yaml',
  'anchors.yaml',
  'bomb.yaml',
  'number-label.yaml',
  'list-metadata.yaml',
  'two.json',
  'cut-off.json',
  'trailing.json',
  'typed-list.yaml',
];

const setCases: readonly GoldenCase[] = [
  ['apply', '-f', 'deployment.yaml', '--prune', '--applyset=x'],
  applySet([]),
  applySet(['--dry-run=server', '-o', 'name']),
  applySet(['--server-side'], { before: set(), ignoresErrors: retries }),
  applySet([], { before: set(), ignoresErrors: retries }),
  applySet(['--dry-run=client'], { before: set() }),
  applySet([], { before: set({ id: 'nope' }) }),
  applySet([], { before: set({ tool: 'helm/v3' }) }),
  applySet([], { before: set({ kinds: 'Foo.example.com' }) }),
  applySet(['--all']),
  applySet(['-l', 'a=b']),
  apply(['-f', '-', '--prune', '--applyset=pods/set1'], one, { environment: { KUBECTL_APPLYSET: 'true' } }),
  apply(['-f', '-', '--prune', '--applyset=foo/set1'], one, { environment: { KUBECTL_APPLYSET: 'true' } }),
];

export const applyCases: readonly GoldenCase[] = [
  ...setCases,
  ...oddFiles.map((file): GoldenCase => ({ args: [...inEmpty, 'apply', '-f', file], after: clear, normalize: withoutIdentity })),
  { args: [...inEmpty, 'create', '-f', 'kindless-first.yaml', '--validate=false'], after: clear },
  { args: [...inEmpty, 'create', '-f', 'folder/*.txt', '-f', 'f*/a.yaml'] },
  apply(['-f', '-', '--server-side'], changed, { before: changedByHand }),
  apply(['-f', '-', '--server-side', '--force-conflicts', '-o', 'yaml', '--show-managed-fields'], changed, { before: changedByHand }),
  apply(['-f', '-', '--server-side', '--field-manager=other', '--force-conflicts', '-o', 'yaml', '--show-managed-fields'], changed, { before: changedByHand }),
  apply(['-f', '-', '--server-side', '--dry-run=server'], changed, onExisting),
  apply(['-f', '-', '--server-side', '--subresource=nope'], deployment('nginx'), {}),
  apply(['-f', '-', '--force', '--grace-period=0'], changed, onExisting),
  apply(['-f', '-', '--overwrite=false'], changed, {
    before: changedByHand,
    difference: 'kubectl warns twice, for two ways to the same refusal',
  }),
  apply(['-f', '-', '--openapi-patch=false'], changed, onExisting),
  ['apply'],
  ['apply', 'x'],
  ['apply', '-f', 'nope.yaml'],
  { args: ['apply', '-f', 'broken.yaml'], difference: 'the YAML library words its errors itself' },
  ['apply', '-f', 'kindless.yaml'],
  ['apply', '-f', 'kindless.yaml', '--validate=false'],
  ['apply', '-f', 'unknown.yaml'],
  ['apply', '-f', 'folder/sub/empty'],
  ['apply', '-f', 'a.yaml', '-k', 'b'],
  ['apply', '-f', 'deployment.yaml', '--validate=maybe'],
  ['apply', '-f', 'deployment.yaml', '--dry-run=maybe'],
  ['apply', '-f', 'deployment.yaml', '--force-conflicts'],
  ['apply', '-f', 'deployment.yaml', '--server-side', '--dry-run=client'],
  ['apply', '-f', 'deployment.yaml', '--server-side', '--force'],
  ['apply', '-f', 'deployment.yaml', '--dry-run=server', '--force'],
  ['apply', '-f', 'deployment.yaml', '--all', '-l', 'a=b'],
  ['apply', '-f', 'deployment.yaml', '--prune'],
  ['apply', '-f', 'deployment.yaml', '--prune', '--all', '--force'],
  ['apply', '-f', 'deployment.yaml', '--prune', '--all', '--server-side'],
  ['apply', '-f', 'deployment.yaml', '--prune', '--all', '--prune-allowlist=core/v1'],
  ['apply', '-f', 'deployment.yaml', '--subresource=status'],
  ['apply', '-f', 'deployment.yaml', '--cascade=maybe'],
  apply(['-f', '-'], one),
  apply(['-f', '-', '-o', 'name'], one),
  apply(['-f', '-', '-o', 'yaml'], one),
  apply(['-f', '-', '-o', 'json'], one),
  apply(['-f', '-', '-o', 'jsonpath={.data.a}'], one),
  apply(['-f', '-', '--template={{.data.a}}'], one),
  apply(['-f', '-', '--dry-run=client'], one),
  apply(['-f', '-', '--dry-run=client', '-o', 'yaml'], one),
  apply(['-f', '-', '--dry-run=server'], one),
  apply(['-f', '-', '--dry-run=server', '-o', 'json'], one),
  apply(['-f', '-'], one, onExisting),
  apply(['-f', '-'], changed, onExisting),
  apply(['-f', '-', '-o', 'yaml'], changed, onExisting),
  apply(['-f', '-', '--dry-run=client', '-o', 'yaml'], changed, { ...onExisting, difference: 'since 1.36 the object is shown as it would become' }),
  apply(['-f', '-', '--dry-run=server', '-o', 'yaml'], changed, onExisting),
  apply(['-f', '-'], changed, plain),
  apply(['-f', '-'], `${one}---\n${map('second', '{x: "y"}')}`),
  apply(['-f', '-', '-o', 'yaml'], `${one}---\n${map('second', '{x: "y"}')}`),
  apply(['-f', '-', '-o', 'name'], `${one}---\n${map('second', '{x: "y"}')}`, onExisting),
  apply(['-f', '-', '-l', 'app=no'], one),
  apply(['-f', '-'], map('applied', '{a: "1"}', ', namespace: golden')),
  apply(['-f', '-'], `apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: applied-}\n`),
  apply(['-f', '-'], map('applied', '{a: 1}')),
  apply(['-f', '-'], map('Applied_', '{a: "1"}')),
  apply(['-f', '-'], `${one}nope: 1\n`),
  apply(['-f', '-', '--validate=false'], `${one}nope: 1\n`),
  apply(['-f', '-', '--validate=warn'], `${one}nope: 1\n`),
  apply(['-f', '-'], `${one}---\n${map('Applied_', '{a: "1"}')}---\n${map('second', '{x: "y"}')}`),
  apply(['-f', '-'], deployment('nginx')),
  apply(['-f', '-'], deployment('nginx:2'), { before: [...clear], args: ['-n', 'empty', 'apply', '-f', '-'] }),
  apply(['-f', '-', '--server-side'], one),
  apply(['-f', '-', '--server-side', '-o', 'yaml', '--show-managed-fields'], one),
  apply(['-f', '-', '--server-side', '--dry-run=server'], one),
  apply(['-f', '-', '--server-side'], changed, onExisting),
  apply(['-f', '-', '--server-side', '--force-conflicts', '-o', 'yaml', '--show-managed-fields'], changed, onExisting),
  apply(['-f', '-', '--server-side', '--field-manager=other'], changed, onExisting),
  apply(['-f', '-', '--record', '-o', 'yaml'], one),
  apply(['-f', '-', '--prune', '-l', 'app=applied', '--prune-allowlist=core/v1/ConfigMap'], map('second', '{x: "y"}', ', labels: {app: applied}'), {
    before: [...clear, applyOne, ['-n', 'empty', 'label', 'configmap/applied', 'app=applied']],
  }),
  apply(
    ['-f', '-', '--prune', '-l', 'app=applied', '--prune-allowlist=core/v1/ConfigMap', '--dry-run=client'],
    map('second', '{x: "y"}', ', labels: {app: applied}'),
    {
      before: [...clear, applyOne, ['-n', 'empty', 'label', 'configmap/applied', 'app=applied']],
    },
  ),
  ['apply', 'view-last-applied', 'cm/texts', '-n', 'golden'],
  ['apply', 'view-last-applied', 'cm/texts', '-n', 'golden', '-o', 'json'],
  ['apply', 'view-last-applied', 'deploy', 'web', '-n', 'golden', '-o', 'json'],
  {
    args: ['apply', 'view-last-applied', 'deploy', '--all', '-n', 'golden'],
    difference: '--all works: kubectl takes the types alone for a selector, and refuses both',
    differsInCode: true,
  },
  ['apply', 'view-last-applied', 'deploy', 'web', '-n', 'golden', '-o', 'wide'],
  ['apply', 'view-last-applied', 'deploy', 'nope', '-n', 'golden'],
  ['apply', 'view-last-applied', '-f', 'deployment.yaml', '-n', 'golden'],
  ['apply', 'view-last-applied'],
  ['apply', 'view-last-applied', 'deploy', '-n', 'golden'],
  { args: ['-n', 'empty', 'apply', 'set-last-applied', '-f', '-'], stdin: one, before: onExisting.before, after: clear },
  { args: ['-n', 'empty', 'apply', 'set-last-applied', '-f', '-'], stdin: changed, before: onExisting.before, after: clear },
  { args: ['-n', 'empty', 'apply', 'set-last-applied', '-f', '-'], stdin: changed, before: plain.before, after: clear },
  { args: ['-n', 'empty', 'apply', 'set-last-applied', '-f', '-', '--create-annotation'], stdin: changed, before: plain.before, after: clear },
  {
    args: ['-n', 'empty', 'apply', 'set-last-applied', '-f', '-', '--create-annotation', '-o', 'yaml'],
    stdin: changed,
    before: plain.before,
    after: clear,
    normalize: withoutIdentity,
  },
  { args: ['-n', 'empty', 'apply', 'set-last-applied', '-f', '-'], stdin: changed, before: clear },
];
