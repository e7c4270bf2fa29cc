import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deepFreeze, type UntypedObject } from '../../../api/object.ts';
import { fieldErrorText } from '../../../api/status.ts';
import type { WriteContext } from '../../../extension-points/resources/contract.ts';
import { podDefinition } from './pods.ts';

const definition = podDefinition();
const nowMs = Date.parse('2026-01-01T01:00:00Z');
const context = (operation: 'CREATE' | 'UPDATE'): WriteContext => ({
  operation,
  user: { name: 'tester', groups: [] },
  nowMs,
  dryRun: false,
  version: 'v1',
  subresource: '',
  key: { namespace: 'default', name: 'web' },
});

type Fields = Record<string, unknown>;
const container = { name: 'web', image: 'nginx' };

function pod(spec: Fields = {}, rest: Fields = {}): UntypedObject {
  const draft = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default' }, spec: { containers: [container], ...spec }, ...rest };
  const copy: UntypedObject = structuredClone(draft);
  definition.applyDefaults?.(copy, 'v1');
  return copy;
}

const errorsOf = (object: UntypedObject): string[] => (definition.validate?.(object, context('CREATE')) ?? []).map(fieldErrorText);
const withContainer = (fields: Fields): UntypedObject => pod({ containers: [{ ...container, ...fields }] });
const gpu = 'nvidia.com/gpu';

const refusals: readonly { name: string; object: UntypedObject; error: string }[] = [
  { name: 'no containers', object: pod({ containers: [] }), error: 'spec.containers: Required value' },
  { name: 'two containers of one name', object: pod({ containers: [container, container] }), error: 'spec.containers[1].name: Duplicate value: "web"' },
  { name: 'a container without image', object: pod({ containers: [{ name: 'web' }] }), error: 'spec.containers[0].image: Required value' },
  {
    name: 'blanks around an image',
    object: withContainer({ image: ' nginx' }),
    error: 'spec.containers[0].image: Invalid value: " nginx": must not have leading or trailing whitespace',
  },
  {
    name: 'an unknown restart policy',
    object: pod({ restartPolicy: 'Sometimes' }),
    error: 'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
  },
  {
    name: 'a port that is too high',
    object: withContainer({ ports: [{ containerPort: 70_000 }] }),
    error: 'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
  },
  {
    name: 'one host port twice',
    object: withContainer({
      ports: [
        { containerPort: 80, hostPort: 80 },
        { containerPort: 81, hostPort: 80 },
      ],
    }),
    error: 'spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"',
  },
  {
    name: 'a mount of no volume',
    object: withContainer({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
    error: 'spec.containers[0].volumeMounts[0].name: Not found: "data"',
  },
  {
    name: 'a volume with two sources',
    object: pod({ volumes: [{ name: 'data', emptyDir: {}, hostPath: { path: '/x' } }] }),
    error: 'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
  },
  {
    name: 'a probe that does nothing',
    object: withContainer({ readinessProbe: {} }),
    error: 'spec.containers[0].readinessProbe: Required value: must specify a handler type',
  },
  {
    name: 'a liveness probe that must succeed twice',
    object: withContainer({ livenessProbe: { exec: { command: ['true'] }, successThreshold: 2 } }),
    error: 'spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
  },
  {
    name: 'a negative amount',
    object: withContainer({ resources: { limits: { cpu: '-1' } } }),
    error: 'spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
  },
  {
    name: 'half a device',
    object: withContainer({ resources: { limits: { [gpu]: '500m' } } }),
    error: `spec.containers[0].resources.limits[${gpu}]: Invalid value: "500m": must be an integer`,
  },
  {
    name: 'requests that differ from limits of devices',
    object: withContainer({ resources: { limits: { [gpu]: '2' }, requests: { [gpu]: '1' } } }),
    error: `spec.containers[0].resources.requests: Invalid value: "1": must be equal to ${gpu} limit of 2`,
  },
  {
    name: 'a request for a device without limit',
    object: withContainer({ resources: { requests: { [gpu]: '1' } } }),
    error: 'spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources',
  },
  {
    name: 'more requested than allowed',
    object: withContainer({ resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }),
    error: 'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
  },
  {
    name: 'huge pages alone',
    object: withContainer({ resources: { limits: { 'hugepages-2Mi': '4Mi' } } }),
    error: 'spec.containers[0].resources: Forbidden: HugePages require cpu or memory',
  },
  {
    name: 'part of a huge page',
    object: withContainer({ resources: { limits: { 'hugepages-2Mi': '3Mi', cpu: '1' } } }),
    error: 'spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
  },
  {
    name: 'an unknown resource',
    object: withContainer({ resources: { limits: { foo: '1' } } }),
    error: 'spec.containers[0].resources.limits[foo]: Invalid value: "foo": must be a standard resource for containers',
  },
  {
    name: 'a claim nobody declared',
    object: withContainer({ resources: { claims: [{ name: 'c' }] } }),
    error: 'spec.containers[0].resources.claims[0]: Not found: "c": must be one of the names in pod.spec.resourceClaims which is empty',
  },
  {
    name: 'other resources of the whole pod',
    object: pod({ resources: { limits: { [gpu]: '1' } } }),
    error: `spec.resources.limits[${gpu}]: Unsupported value: "${gpu}": supported values: "cpu", "hugepages-", "memory"`,
  },
  {
    name: 'a toleration without key',
    object: pod({ tolerations: [{ operator: 'Equal' }] }),
    error: 'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
  },
  {
    name: 'probes of an init container',
    object: pod({ initContainers: [{ name: 'first', image: 'x', livenessProbe: { exec: { command: ['true'] } } }] }),
    error: 'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
  },
  {
    name: 'debugging containers at creation',
    object: pod({ ephemeralContainers: [{ name: 'debug', image: 'x' }] }),
    error: 'spec.ephemeralContainers: Forbidden: cannot be set on create',
  },
];

describe('validation of pods', () => {
  it('accepts a plain pod', () => assert.deepEqual(errorsOf(pod()), []));
  it('accepts devices in limits alone', () => assert.deepEqual(errorsOf(withContainer({ resources: { limits: { [gpu]: '1' } } })), []));
  for (const { name, object, error } of refusals)
    it(`refuses ${name}`, () => assert.ok(errorsOf(object).includes(error), `${error}\nis not among\n${errorsOf(object).join('\n')}`));
});

describe('updates of pods', () => {
  const old = pod();
  const updateErrors = (object: UntypedObject): string[] => (definition.validateUpdate?.(object, deepFreeze(old), context('UPDATE')) ?? []).map(fieldErrorText);
  it('may change an image', () => assert.deepEqual(updateErrors(withContainer({ image: 'nginx:latest' })), []));
  it('may add a toleration', () => assert.deepEqual(updateErrors(pod({ tolerations: [{ key: 'a', operator: 'Exists' }] })), []));
  it('may not change the node', () =>
    assert.match(
      updateErrors(pod({ nodeName: 'other' }))[0] ?? '',
      /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,`spec\.initContainers\[\*\]\.image`,/,
    ));
  it('may not add containers', () =>
    assert.deepEqual(updateErrors(pod({ containers: [container, { name: 'b', image: 'b' }] })), [
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ]));
});

describe('defaults of pods', () => {
  const images: readonly [image: string, policy: string][] = [
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1', 'IfNotPresent'],
    ['host:5000/nginx', 'Always'],
    ['nginx@sha256:0', 'IfNotPresent'],
  ];
  for (const [image, policy] of images) {
    it(`pulls ${image} ${policy}`, () =>
      assert.equal((withContainer({ image })['spec'] as { containers: { imagePullPolicy: string }[] }).containers[0]?.imagePullPolicy, policy));
  }
  it('fills in the rest', () => {
    const { containers: _containers, ...spec } = pod()['spec'] as Fields;
    assert.deepEqual(spec, {
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      terminationGracePeriodSeconds: 30,
      securityContext: {},
      enableServiceLinks: true,
    });
  });
  it('leave a spec that is settled alone: it may be the stored one, which is frozen', () => {
    const resources = { limits: { cpu: '1', memory: '1Gi' } };
    const settled = deepFreeze(pod({ serviceAccountName: 'a', resources, containers: [{ ...container, resources }] }));
    assert.doesNotThrow(() => definition.applyDefaults?.(settled, 'v1'));
  });
  it('requests what is limited', () =>
    assert.deepEqual((withContainer({ resources: { limits: { cpu: '1' } } })['spec'] as { containers: { resources: unknown }[] }).containers[0]?.resources, {
      limits: { cpu: '1' },
      requests: { cpu: '1' },
    }));
});

describe('new pods', () => {
  const statusOf = (object: UntypedObject): unknown => (definition.prepareForCreate?.(object, context('CREATE')), object['status']);
  const full = { resources: { limits: { cpu: '1', memory: '1Gi' } } };
  it('are pending and of best effort', () =>
    assert.deepEqual(statusOf(pod({}, { status: { phase: 'Running' } })), { phase: 'Pending', qosClass: 'BestEffort' }));
  it('are guaranteed what they are limited to', () => assert.deepEqual(statusOf(withContainer(full)), { phase: 'Pending', qosClass: 'Guaranteed' }));
  it('are burstable in between', () =>
    assert.deepEqual(statusOf(withContainer({ resources: { requests: { cpu: '1' } } })), { phase: 'Pending', qosClass: 'Burstable' }));
});

describe('deletion of pods', () => {
  const grace = (object: UntypedObject, requested?: number): number | undefined => definition.deletionGracePeriodSeconds?.(object, requested);
  it('is immediate before scheduling', () => assert.equal(grace(pod()), 0));
  it('takes what the pod asks for', () => assert.equal(grace(pod({ nodeName: 'a' })), 30));
  it('takes what the client asks for', () => assert.equal(grace(pod({ nodeName: 'a' }), 5), 5));
  it('is immediate once the pod is over', () => assert.equal(grace(pod({ nodeName: 'a' }, { status: { phase: 'Failed' } })), 0));
});

const ready = { name: 'web', ready: true, restartCount: 0, state: { running: {} } };
const initSpec = { initContainers: [{ name: 'first', image: 'x' }] };
const rows: readonly { name: string; object: UntypedObject; cells: readonly string[] }[] = [
  { name: 'a running pod', object: pod({}, { status: { phase: 'Running', containerStatuses: [ready] } }), cells: ['1/1', 'Running', '0'] },
  {
    name: 'a crash loop',
    object: pod(
      {},
      {
        status: {
          phase: 'Running',
          containerStatuses: [
            {
              name: 'web',
              restartCount: 2,
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: { terminated: { finishedAt: '2026-01-01T00:55:00Z' } },
            },
          ],
        },
      },
    ),
    cells: ['0/1', 'CrashLoopBackOff', '2 (5m ago)'],
  },
  {
    name: 'an exit code',
    object: pod({}, { status: { phase: 'Failed', containerStatuses: [{ name: 'web', restartCount: 0, state: { terminated: { exitCode: 3 } } }] } }),
    cells: ['0/1', 'ExitCode:3', '0'],
  },
  {
    name: 'initialisation',
    object: pod(initSpec, { status: { phase: 'Pending', initContainerStatuses: [{ name: 'first', restartCount: 0, state: { running: {} } }] } }),
    cells: ['0/1', 'Init:0/1', '0'],
  },
  {
    name: 'a failed init container',
    object: pod(initSpec, {
      status: { phase: 'Pending', initContainerStatuses: [{ name: 'first', restartCount: 1, state: { terminated: { exitCode: 1, reason: 'Error' } } }] },
    }),
    cells: ['0/1', 'Init:Error', '1'],
  },
  {
    name: 'a finished container beside a running one',
    object: pod(
      { containers: [container, { name: 'b', image: 'b' }] },
      {
        status: {
          phase: 'Running',
          containerStatuses: [
            { name: 'a', restartCount: 0, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
            { ...ready, name: 'b' },
          ],
        },
      },
    ),
    cells: ['1/2', 'NotReady', '0'],
  },
  {
    name: 'a pod being deleted',
    object: pod(
      {},
      { metadata: { name: 'web', namespace: 'default', deletionTimestamp: '2026-01-01T00:00:00Z' }, status: { phase: 'Running', containerStatuses: [ready] } },
    ),
    cells: ['1/1', 'Terminating', '0'],
  },
  {
    name: 'a gated pod',
    object: pod({}, { status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] } }),
    cells: ['0/1', 'SchedulingGated', '0'],
  },
  {
    name: 'a sidecar',
    object: pod(
      { initContainers: [{ name: 'side', image: 'x', restartPolicy: 'Always' }] },
      { status: { phase: 'Running', initContainerStatuses: [{ ...ready, name: 'side', started: true }], containerStatuses: [ready] } },
    ),
    cells: ['2/2', 'Running', '0'],
  },
];

describe('columns of pods', () => {
  for (const { name, object, cells } of rows) {
    it(`show ${name}`, () =>
      assert.deepEqual(
        (definition.versions[0]?.columns ?? []).slice(1, 4).map((column) => column.cell(object, nowMs)),
        cells,
      ));
  }
});
