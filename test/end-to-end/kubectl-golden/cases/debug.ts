import type { DetailedCase, GoldenCase } from '../golden-case.ts';

/** The pod that is debugged. Containers that were added to it stay; the last one is looked at. */
export const debuggedManifest = `
apiVersion: v1
kind: Pod
metadata: {name: patient, namespace: golden, labels: {ward: one}, annotations: {note: none}}
spec:
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 0
  nodeSelector: {kubernetes.io/hostname: node-2}
  volumes: [{name: data, emptyDir: {}}]
  initContainers: [{name: setup, image: 'setup:1'}]
  containers:
  - name: app
    image: 'app:1'
    command: [serve]
    args: [-v]
    env: [{name: A, value: '1'}]
    volumeMounts: [{name: data, mountPath: /data}]
    readinessProbe: {exec: {command: ['true']}}
    livenessProbe: {exec: {command: ['true']}}
    startupProbe: {exec: {command: ['true']}}
    securityContext: {capabilities: {add: [KILL]}}
  - {name: side, image: 'side:1'}
`;

const golden = ['-n', 'golden'];
/** The stock kubectl's default is an older profile. */
const general = '--profile=general';
/** What each profile makes of everything is held against upstream's own outcomes beside the code. */
const profiles = ['restricted', 'sysadmin'];
const oldWords = 'the note on what is recorded is newer, and so is the note on the legacy profile';

const withoutNames = (text: string): string =>
  text.replace(/(debugger-(?:node-\d-)?)[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '$1xxxxx').replace(/ephemeralContainers\[\d+\]/g, 'ephemeralContainers[n]');

const withContainer = (...args: string[]): DetailedCase => ({
  args: ['debug', 'patient', ...golden, ...args],
  shows: [['get', 'pod', 'patient', ...golden, '-o', 'jsonpath={.spec.ephemeralContainers[-1:]}']],
  normalize: withoutNames,
});

const withCopy = (...args: string[]): DetailedCase => ({
  args: ['debug', 'patient', '--copy-to=copy', ...golden, ...args],
  shows: [['get', 'pod', 'copy', ...golden, '-o', 'jsonpath={.metadata.labels} {.metadata.annotations} {.spec}']],
  after: [['delete', 'pod', 'copy', '--ignore-not-found', '--force', '--grace-period=0', ...golden]],
  normalize: (text) => withoutNames(text).replace(/"nodeName":"node-\d",/, ''),
});

/** In a namespace where nothing else is. */
const onNode = (...args: string[]): DetailedCase => ({
  args: ['debug', 'node/node-1', '-n', 'empty', ...args],
  shows: [['get', 'pods', '-n', 'empty', '-o', 'jsonpath={.items[*].spec}']],
  after: [['delete', 'pods', '--all', '-n', 'empty', '--force', '--grace-period=0']],
  normalize: (text) => withoutNames(text).replace(/kube-api-access-\w{5}/g, 'kube-api-access-xxxxx'),
});

const refusals = [
  'debug',
  'debug patient',
  'debug --image=a',
  'debug patient --attach',
  'debug patient --image=UPPER',
  'debug patient --image=a --image-pull-policy=Sometimes',
  'debug patient --image=a --profile=none',
  'debug patient --image=a --env=a="b,c=d',
  'debug patient --image=a --target=app -t',
  'debug patient --image=a --set-image=a=b',
  'debug patient --copy-to=copy',
  'debug patient --copy-to=copy --image=a --target=app',
  'debug patient --copy-to=copy --set-image=app',
  'debug patient --image=a --custom=nowhere',
  'debug patient --image=a --custom=folder',
  'debug patient --image=a --custom=columns',
  'debug nobody --image=a',
  'debug node/nobody --image=a',
  'debug deployment/web --image=a',
  'debug a/b/c --image=a',
  'debug -f folder/a.yaml --image=a',
  'debug -f folder/a.yaml patient --image=a',
].map((line): readonly string[] => ['debug', ...golden, ...(line.includes('--profile') ? [] : [general]), ...line.split(' ').slice(1)]);

export const debugCases: readonly GoldenCase[] = [
  ...refusals,
  withContainer('--image=busybox', general, '--target=nobody'),
  withContainer('--image=busybox', general, '-c', 'app'),
  withContainer('--image=busybox', general, '-q', '--target=app', '--env=A=1', '--image-pull-policy=Never', '--', 'sleep', '1'),
  withContainer('--image=busybox', general, '--attach=false', '-i', '-t', '--arguments-only', '--', 'x', '-y'),
  { ...withContainer('--image=busybox', '--profile=legacy'), ignoresErrors: oldWords },
  ...profiles.map((profile) => withContainer('--image=busybox', `--profile=${profile}`)),
  {
    ...withContainer('--image=busybox', '--env=A=1', '--profile=netadmin', '--custom=/dev/stdin'),
    stdin:
      'env: [{name: B, value: "2"}, {name: A, value: "3"}]\nsecurityContext: {runAsUser: 0}\nvolumeMounts: [{name: data, mountPath: /data}]\nstdin: false\n',
  },
  { ...withContainer('--image=busybox', general, '--attach', '--', 'date'), ignoresErrors: oldWords },
  ...profiles.map((profile) => withCopy('--image=busybox', `--profile=${profile}`)),
  withCopy('--set-image=*=all,side=other', general),
  withCopy('--container=app', general, '--same-node', '--share-processes=false', '--', 'sh', '-c', 'x'),
  withCopy(
    '--image=busybox:1',
    general,
    ...['labels', 'annotations', 'liveness', 'readiness', 'startup'].map((part) => `--keep-${part}`),
    '--keep-init-containers=false',
  ),
  withCopy('--container=nobody', general, '--', 'x'),
  { ...withCopy('--image=busybox', '-c', 'setup', '--custom=/dev/stdin', general), stdin: '{"args":["x"]}' },
  { args: ['debug', 'patient', '--copy-to=patient', '--image=a', general, ...golden], normalize: withoutNames },
  ...profiles.map((profile) => onNode('--image=busybox', `--profile=${profile}`)),
  onNode('--image=busybox', general, '-q', '-c', 'looking', '--env=A=1', '--', 'sleep', '1'),
];
