import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { fieldErrorText } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { builtInResources } from '../index.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');
const context = (operation: 'CREATE' | 'UPDATE'): WriteContext => ({
  operation,
  user: { name: 'ann', groups: ['dev'] },
  nowMs,
  dryRun: false,
  version: 'v1',
  subresource: '',
  key: { namespace: 'default', name: 'x' },
});
const definitions = new Map(builtInResources().map((definition) => [`${definition.group}/${definition.resource}`, definition]));

function kind(name: string): ResourceDefinition {
  const definition = definitions.get(name);
  assert.ok(definition, name);
  return definition;
}
function made(name: string, object: Record<string, unknown>): UntypedObject {
  const draft: UntypedObject = structuredClone({ metadata: { name: 'x', namespace: 'default', uid: 'u' }, ...object });
  const definition = kind(name);
  definition.applyDefaults?.(draft, definition.versions[0]?.name ?? '');
  definition.prepareForCreate?.(draft, context('CREATE'));
  return draft;
}
const errorsOf = (name: string, object: UntypedObject): string[] => (kind(name).validate?.(object, context('CREATE')) ?? []).map(fieldErrorText);
const changeErrors = (name: string, object: UntypedObject, old: UntypedObject): string[] =>
  (kind(name).validateUpdate?.(object, old, context('UPDATE')) ?? []).map(fieldErrorText);
const row = (name: string, object: Record<string, unknown>): unknown[] =>
  (kind(name).versions[0]?.columns ?? []).filter((column) => column.priority === 0).map((column) => column.cell({ metadata: {}, ...object }, nowMs));

const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
const workload = (spec: Record<string, unknown> = {}): Record<string, unknown> => ({ spec: { selector: { matchLabels: labels }, template, ...spec } });
const jobSpec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'work', image: 'busybox' }] } } };
const born = { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z' };

const refusals: readonly [name: string, resource: string, object: Record<string, unknown>, error: string][] = [
  ['a deployment without selector', 'apps/deployments', workload({ selector: undefined }), 'spec.selector: Required value'],
  [
    'a selector that misses the template',
    'apps/deployments',
    workload({ selector: { matchLabels: { app: 'other' } } }),
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ],
  [
    'a strategy that does nothing',
    'apps/deployments',
    workload({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
  ],
  [
    'a replica set whose pods end',
    'apps/replicasets',
    workload({ template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } }),
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ],
  [
    'a job whose pods restart always',
    'batch/jobs',
    { spec: { template: { spec: { containers: [{ name: 'a', image: 'b' }] } } } },
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ],
  [
    'a schedule of one field',
    'batch/cronjobs',
    { spec: { schedule: 'daily', jobTemplate: { spec: jobSpec } } },
    'spec.schedule: Invalid value: "daily": expected exactly 5 fields, found 1: [daily]',
  ],
  [
    'minute 61',
    'batch/cronjobs',
    { spec: { schedule: '61 * * * *', jobTemplate: { spec: jobSpec } } },
    'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
  ],
  [
    'an unknown time zone',
    'batch/cronjobs',
    { spec: { schedule: '@daily', timeZone: 'Mars/Olympus', jobTemplate: { spec: jobSpec } } },
    'spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus',
  ],
  [
    'keys with blanks',
    '/configmaps',
    { data: { 'a b': 'c' } },
    "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
  ],
  ['too much data', '/configmaps', { data: { big: 'x'.repeat(1_048_577) } }, '[]: Too long: may not be more than 1048576 bytes'],
  ['half a certificate', '/secrets', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }, 'data[tls.key]: Required value'],
  [
    'roles without verbs',
    'rbac.authorization.k8s.io/roles',
    { rules: [{ apiGroups: [''], resources: ['pods'] }] },
    'rules[0].verbs: Required value: verbs must contain at least one value',
  ],
  [
    'reserved priority classes',
    'scheduling.k8s.io/priorityclasses',
    { metadata: { name: 'system-mine' }, value: 1 },
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only",
  ],
  [
    'events in a foreign namespace',
    '/events',
    { involvedObject: { namespace: 'other' } },
    'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
  ],
  [
    'misnamed definitions',
    'apiextensions.k8s.io/customresourcedefinitions',
    { spec: { group: 'example.com', names: { plural: 'ships', kind: 'Ship' } } },
    'metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group',
  ],
  [
    'claims without modes',
    '/persistentvolumeclaims',
    { spec: { resources: { requests: { storage: '1Gi' } } } },
    'spec.accessModes: Required value: at least 1 access mode is required',
  ],
  [
    'budgets of two kinds',
    'policy/poddisruptionbudgets',
    { spec: { minAvailable: 1, maxUnavailable: 1 } },
    'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
  ],
];

describe('rules of built-in kinds', () => {
  for (const [name, resource, object, error] of refusals) {
    it(`refuse ${name}`, () => {
      const errors = errorsOf(resource, made(resource, object));
      assert.ok(errors.includes(error), `${error}\nis not among\n${errors.join('\n')}`);
    });
  }
});

describe('changes of built-in kinds', () => {
  it('keep the selector of a deployment', () => {
    const old = made('apps/deployments', workload());
    assert.match(
      changeErrors('apps/deployments', made('apps/deployments', workload({ selector: { matchLabels: { app: 'b' } } })), old)[0] ?? '',
      /^spec\.selector: Invalid value: .*: field is immutable$/,
    );
  });
  it('keep immutable data', () => {
    const old = made('/configmaps', { immutable: true, data: { a: '1' } });
    assert.deepEqual(changeErrors('/configmaps', made('/configmaps', { immutable: true, data: { a: '2' } }), old), [
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
  });
  it('keep the role of a binding', () => {
    const binding = (name: string): UntypedObject => made('rbac.authorization.k8s.io/rolebindings', { roleRef: { kind: 'Role', name } });
    assert.match(
      changeErrors('rbac.authorization.k8s.io/rolebindings', binding('b'), binding('a'))[0] ?? '',
      /^roleRef: Invalid value: .*: cannot change roleRef$/,
    );
  });
  it('allow only some of a stateful set', () => {
    const old = made('apps/statefulsets', workload({ serviceName: 'a' }));
    assert.deepEqual(changeErrors('apps/statefulsets', made('apps/statefulsets', workload({ serviceName: 'a', replicas: 3 })), old), []);
    assert.match(
      changeErrors('apps/statefulsets', made('apps/statefulsets', workload({ serviceName: 'b' })), old)[0] ?? '',
      /^spec: Forbidden: updates to statefulset spec for fields other than/,
    );
  });
});

describe('what the server fills in', () => {
  it('folds text into the data of a secret', () => assert.deepEqual(made('/secrets', { stringData: { a: 'b' } })['data'], { a: 'Yg==' }));
  it('marks the pods of a job', () => {
    const spec = made('batch/jobs', { spec: jobSpec })['spec'] as { selector: unknown; template: { metadata: { labels: unknown } } };
    assert.deepEqual(spec.selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } });
    assert.deepEqual(spec.template.metadata.labels, {
      'batch.kubernetes.io/controller-uid': 'u',
      'batch.kubernetes.io/job-name': 'x',
      'controller-uid': 'u',
      'job-name': 'x',
    });
  });
  it('holds a namespace until it is emptied', () => {
    const namespace = made('/namespaces', { metadata: { name: 'x' } });
    assert.deepEqual(
      [namespace['spec'], namespace['status'], namespace.metadata.labels],
      [{ finalizers: ['kubernetes'] }, { phase: 'Active' }, { 'kubernetes.io/metadata.name': 'x' }],
    );
    assert.equal(kind('/namespaces').mayRemove?.(namespace), false);
  });
  it('writes down who asks for a certificate', () => {
    const request = made('certificates.k8s.io/certificatesigningrequests', {
      spec: { username: 'root', groups: ['system:masters'], signerName: 'example.com/a' },
    });
    assert.deepEqual(request['spec'], { signerName: 'example.com/a', usages: ['digital signature', 'key encipherment'], username: 'ann', groups: ['dev'] });
  });
});

describe('columns of built-in kinds', () => {
  it('show a deployment', () =>
    assert.deepEqual(
      row('apps/deployments', { metadata: born, spec: { replicas: 3 }, status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2 } }),
      ['x', '2/3', 3, 2, '60m'],
    ));
  it('show a node', () =>
    assert.deepEqual(
      row('/nodes', {
        metadata: { ...born, labels: { 'node-role.kubernetes.io/control-plane': '' } },
        spec: { unschedulable: true },
        status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1.36.0' } },
      }),
      ['x', 'Ready,SchedulingDisabled', 'control-plane', '60m', 'v1.36.0'],
    ));
  it('show a service', () =>
    assert.deepEqual(
      row('/services', { metadata: born, spec: { type: 'LoadBalancer', clusterIP: '10.96.0.9', ports: [{ port: 80, nodePort: 30_080, protocol: 'TCP' }] } }),
      ['x', 'LoadBalancer', '10.96.0.9', '<pending>', '80:30080/TCP', '60m'],
    ));
  it('show a job', () =>
    assert.deepEqual(row('batch/jobs', { metadata: born, spec: { completions: 3 }, status: { succeeded: 1, startTime: '2026-01-01T00:59:00Z' } }), [
      'x',
      'Running',
      '1/3',
      '60s',
      '60m',
    ]));
  it('show an event', () =>
    assert.deepEqual(
      row('/events', {
        involvedObject: { kind: 'Pod', name: 'web' },
        type: 'Normal',
        reason: 'Started',
        message: 'ok\n',
        lastTimestamp: '2026-01-01T00:58:00Z',
      }),
      ['2m', 'Normal', 'Started', 'pod/web', 'ok'],
    ));
  it('show a claim', () =>
    assert.deepEqual(
      row('/persistentvolumeclaims', {
        metadata: born,
        spec: { volumeName: 'v' },
        status: { phase: 'Bound', capacity: { storage: '1024Mi' }, accessModes: ['ReadWriteOnce'] },
      }),
      ['x', 'Bound', 'v', '1Gi', 'RWO', '', '<unset>', '60m'],
    ));
});

describe('conversions', () => {
  const core = {
    apiVersion: 'v1',
    metadata: {},
    involvedObject: { kind: 'Pod' },
    message: 'hi',
    source: { component: 'a' },
    count: 2,
    reportingComponent: 'b',
    reason: 'R',
  };
  it('give an event its other names and back', async () => {
    const other = await kind('events.k8s.io/events').convert?.(structuredClone(core), 'v1');
    assert.deepEqual(other, {
      apiVersion: 'events.k8s.io/v1',
      metadata: {},
      regarding: { kind: 'Pod' },
      note: 'hi',
      deprecatedSource: { component: 'a' },
      deprecatedCount: 2,
      reportingController: 'b',
      reason: 'R',
    });
    assert.ok(other);
    assert.deepEqual(await kind('/events').convert?.(other, 'v1'), core);
  });

  it('keep all of an autoscaler in version 1', async () => {
    const memory = { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } };
    const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } };
    const stored = {
      apiVersion: 'autoscaling/v2',
      metadata: {},
      spec: { maxReplicas: 3, metrics: [cpu, memory], behavior: { scaleDown: { selectPolicy: 'Max' } } },
    };
    const convert = kind('autoscaling/horizontalpodautoscalers').convert;
    const old = await convert?.(structuredClone(stored), 'v1');
    assert.deepEqual(old?.['spec'], { maxReplicas: 3, targetCPUUtilizationPercentage: 50 });
    assert.ok(old);
    assert.deepEqual(await convert?.(old, 'v2'), stored);
  });
});
