import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { fieldErrorText } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { validateWrite } from '../../../extension-points/resources/run.ts';
import { deploymentDefinition } from '../apps/deployments.ts';
import { cronJobDefinition } from '../batch/cron-jobs.ts';
import { nodeDefinition } from './nodes.ts';
import { podDefinition } from './pods.ts';

type Fields = Record<string, unknown>;
type Lists = { limits?: Record<string, string>; requests?: Record<string, string>; claims?: unknown };

const container = { name: 'web', image: 'nginx' };
const gpu = 'nvidia.com/gpu';
const context = (subresource = '', operation: 'CREATE' | 'UPDATE' = 'CREATE'): WriteContext => ({
  operation,
  user: { name: 'tester', groups: [] },
  nowMs: 0,
  dryRun: false,
  version: 'v1',
  subresource,
  key: { namespace: 'default', name: 'web' },
});

function written(definition: ResourceDefinition, fields: Fields, subresource = '', old?: UntypedObject): string[] {
  const object = defaulted(definition, fields);
  return validateWrite(definition, object, old, context(subresource, old ? 'UPDATE' : 'CREATE')).map(fieldErrorText);
}

function defaulted(definition: ResourceDefinition, fields: Fields): UntypedObject {
  const object = structuredClone({ metadata: { name: 'web', namespace: 'default', uid: 'u', resourceVersion: '1' }, ...fields }) as unknown as UntypedObject;
  definition.applyDefaults?.(object, 'v1');
  return object;
}

const podSpec = (resources: Lists, spec: Fields = {}): Fields => ({ spec: { containers: [{ ...container, resources }], ...spec } });
const podErrors = (resources: Lists, spec: Fields = {}): string[] => written(podDefinition(), podSpec(resources, spec));

describe('the resources of a container', () => {
  const at = 'spec.containers[0].resources';
  const cases: { name: string; resources: Lists; errors: string[]; spec?: Fields }[] = [
    { name: 'may be devices in limits alone', resources: { limits: { [gpu]: '1' } }, errors: [] },
    { name: 'may be devices in equal requests and limits', resources: { limits: { [gpu]: '2' }, requests: { [gpu]: '2' } }, errors: [] },
    { name: 'may be zero devices', resources: { limits: { [gpu]: '0' } }, errors: [] },
    { name: 'may be several page sizes', resources: { limits: { cpu: '1', 'hugepages-2Mi': '100Mi', 'hugepages-1Gi': '2Gi' } }, errors: [] },
    { name: 'may be no huge pages', resources: { limits: { memory: '1Gi', 'hugepages-2Mi': '0' } }, errors: [] },
    { name: 'may request cpu where huge pages are limited', resources: { limits: { 'hugepages-2Mi': '2Mi' }, requests: { cpu: '1' } }, errors: [] },
    {
      name: 'are not negative',
      resources: { limits: { cpu: '-1' }, requests: { cpu: '-1' } },
      errors: [
        `${at}.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0`,
        `${at}.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0`,
      ],
    },
    {
      name: 'are whole devices',
      resources: { limits: { [gpu]: '500m' } },
      errors: [`${at}.limits[${gpu}]: Invalid value: "500m": must be an integer`, `${at}.requests[${gpu}]: Invalid value: "500m": must be an integer`],
    },
    {
      name: 'are neither negative nor broken devices',
      resources: { limits: { [gpu]: '-500m' } },
      errors: ['limits', 'requests'].flatMap((list) => [
        `${at}.${list}[${gpu}]: Invalid value: "-500m": must be greater than or equal to 0`,
        `${at}.${list}[${gpu}]: Invalid value: "-500m": must be an integer`,
      ]),
    },
    {
      name: 'request as many devices as they limit',
      resources: { limits: { [gpu]: '2' }, requests: { [gpu]: '1' } },
      errors: [`${at}.requests: Invalid value: "1": must be equal to ${gpu} limit of 2`],
    },
    {
      name: 'request as many huge pages as they limit',
      resources: { limits: { cpu: '1', 'hugepages-2Mi': '4Mi' }, requests: { 'hugepages-2Mi': '2Mi' } },
      errors: [`${at}.requests: Invalid value: "2Mi": must be equal to hugepages-2Mi limit of 4Mi`],
    },
    {
      name: 'request no more cpu than they limit',
      resources: { limits: { cpu: '1' }, requests: { cpu: '2' } },
      errors: [`${at}.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`],
    },
    {
      name: 'limit the devices they request',
      resources: { requests: { [gpu]: '1' } },
      errors: [`${at}.limits: Required value: Limit must be set for non overcommitable resources`],
    },
    {
      name: 'limit the huge pages they request',
      resources: { requests: { cpu: '1', 'hugepages-2Mi': '2Mi' } },
      errors: [`${at}.limits: Required value: Limit must be set for non overcommitable resources`],
    },
    {
      name: 'are not huge pages alone',
      resources: { limits: { 'hugepages-2Mi': '4Mi' } },
      errors: [`${at}: Forbidden: HugePages require cpu or memory`],
    },
    {
      name: 'are whole huge pages',
      resources: { limits: { memory: '1Gi', 'hugepages-2Mi': '3Mi' } },
      errors: ['limits', 'requests'].map((list) => `${at}.${list}[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`),
    },
    {
      name: 'are of a page size that is an amount',
      resources: { limits: { memory: '1Gi', 'hugepages-big': '2Mi' } },
      errors: ['limits', 'requests'].map((list) => `${at}.${list}[hugepages-big]: Invalid value: "2Mi": 2Mi is not positive integer multiple of hugepages-big`),
    },
    {
      name: 'are of a page size of whole bytes',
      resources: { limits: { memory: '1Gi', 'hugepages-500m': '2Mi' } },
      errors: ['limits', 'requests'].map(
        (list) => `${at}.${list}[hugepages-500m]: Invalid value: "2Mi": 2Mi is not positive integer multiple of hugepages-500m`,
      ),
    },
    {
      name: 'have standard names or a domain',
      resources: { requests: { foo: '1' } },
      errors: [
        `${at}.requests[foo]: Invalid value: "foo": must be a standard resource type or fully qualified`,
        `${at}.requests[foo]: Invalid value: "foo": must be a standard resource for containers`,
      ],
    },
    {
      name: 'are none that only quotas count',
      resources: { requests: { pods: '1' } },
      errors: [`${at}.requests[pods]: Invalid value: "pods": must be a standard resource for containers`],
    },
    {
      name: 'are none with the prefix of quotas',
      resources: { requests: { 'requests.example.com/x': '1' } },
      errors: [
        `${at}.requests[requests.example.com/x]: Invalid value: "requests.example.com/x": doesn't follow extended resource name standard`,
        `${at}.limits: Required value: Limit must be set for non overcommitable resources`,
      ],
    },
    {
      name: 'have names that quotas can prefix',
      resources: { limits: { [`${'a'.repeat(250)}.io/x`]: '1' }, requests: {} },
      errors: ['limits', 'requests'].map(
        (list) => `${at}.${list}[${'a'.repeat(250)}.io/x]: Invalid value: "${'a'.repeat(250)}.io/x": doesn't follow extended resource name standard`,
      ),
    },
    { name: 'may have native names with a domain', resources: { requests: { 'kubernetes.io/batteries': '1' } }, errors: [] },
    {
      name: 'have qualified names',
      resources: { requests: { 'a b/c': '1' } },
      errors: [
        `${at}.requests[a b/c]: Invalid value: "a b/c": prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
        `${at}.requests[a b/c]: Invalid value: "a b/c": doesn't follow extended resource name standard`,
        `${at}.limits: Required value: Limit must be set for non overcommitable resources`,
      ],
    },
    {
      name: 'use claims the pod has none of',
      resources: { claims: [{ name: 'c' }] },
      errors: [`${at}.claims[0]: Not found: "c": must be one of the names in pod.spec.resourceClaims which is empty`],
    },
    {
      name: 'use claims of the pod, in order',
      resources: { claims: [{ name: 'c' }] },
      spec: { resourceClaims: ['b', 'a'].map((name) => ({ name, resourceClaimName: name })) },
      errors: [`${at}.claims[0]: Not found: "c": must be one of the names in pod.spec.resourceClaims: a, b`],
    },
    {
      name: 'use a claim once',
      resources: { claims: [{ name: 'a', request: 'x' }, { name: 'a', request: 'x' }, { name: 'a' }, { name: 'a', request: 'Y' }] },
      spec: { resourceClaims: [{ name: 'a', resourceClaimName: 'a' }] },
      errors: [`${at}.claims[1]: Duplicate value: "a/x"`, `${at}.claims[2]: Duplicate value: "a"`, `${at}.claims[3]: Duplicate value: "a"`],
    },
  ];
  for (const { name, resources, errors, spec } of cases) it(name, () => assert.deepEqual(podErrors(resources, spec), errors));

  it('follow the same rules in init containers', () =>
    assert.deepEqual(podErrors({}, { initContainers: [{ ...container, name: 'init', resources: { limits: { 'hugepages-2Mi': '4Mi' } } }] }), [
      'spec.initContainers[0].resources: Forbidden: HugePages require cpu or memory',
    ]));

  it('follow the same rules in the overhead of a pod', () =>
    assert.deepEqual(podErrors({}, { overhead: { 'hugepages-2Mi': '1Mi' } }), [
      'spec.overhead.limits[hugepages-2Mi]: Invalid value: "1Mi": 1Mi is not positive integer multiple of hugepages-2Mi',
      'spec.overhead: Forbidden: HugePages require cpu or memory',
    ]));
});

describe('the resources of a whole pod', () => {
  const pages = { memory: '1Gi', 'hugepages-2Mi': '4Mi' };
  const cases: { name: string; resources: Lists; container?: Lists; errors: string[]; spec?: Fields }[] = [
    { name: 'may be cpu, memory and huge pages', resources: { limits: { cpu: '1', ...pages } }, errors: [] },
    {
      name: 'are no devices',
      resources: { limits: { [gpu]: '1' }, requests: { cpu: '1' } },
      errors: [`spec.resources.limits[${gpu}]: Unsupported value: "${gpu}": supported values: "cpu", "hugepages-", "memory"`],
    },
    {
      name: 'have known names',
      resources: { requests: { foo: '1' } },
      errors: ['spec.resources.requests[foo]: Invalid value: "foo": must be a standard resource type or fully qualified'],
    },
    {
      name: 'are at least what containers request',
      resources: { requests: { cpu: '1' } },
      container: { requests: { cpu: '1500m' } },
      errors: ['spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 1500m'],
    },
    {
      name: 'are at least the huge pages that containers may use',
      resources: { limits: { memory: '1Gi', 'hugepages-2Mi': '2Mi' } },
      container: { limits: pages },
      errors: [
        'spec.resources.requests[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container requests of 4Mi',
        'spec.resources.limits[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container limits of 4Mi',
        'spec.resources.containers[0][hugepages-2Mi].limits: Invalid value: "4Mi": must be less than or equal to pod limits of 2Mi',
      ],
    },
    {
      name: 'are no less than a container may use',
      resources: { limits: { cpu: '1' } },
      container: { limits: { cpu: '2' }, requests: { cpu: '1' } },
      errors: ['spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1'],
    },
    {
      name: 'limit the huge pages they request',
      resources: { requests: pages },
      errors: ['spec.resources.limits: Required value: Limit must be set for non overcommitable resources'],
    },
    {
      name: 'are not huge pages alone',
      resources: { limits: { 'hugepages-2Mi': '4Mi' } },
      errors: ['spec.resources: Forbidden: HugePages require cpu or memory'],
    },
    {
      name: 'have no claims',
      resources: { limits: { cpu: '1' }, claims: [] },
      errors: ['spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level'],
    },
    {
      name: 'are not set for Windows',
      resources: { limits: { foo: '1' }, claims: [] },
      spec: { os: { name: 'windows' } },
      errors: ['spec.resources: Forbidden: may not be set for a windows pod'],
    },
  ];
  for (const { name, resources, container: own = {}, errors, spec } of cases) it(name, () => assert.deepEqual(podErrors(own, { resources, ...spec }), errors));

  const defaults: { name: string; resources: Lists; container?: Lists; want: Lists }[] = [
    {
      name: 'huge pages from the containers, and requests of both kinds',
      resources: { limits: { memory: '2Gi' } },
      container: { limits: { ...pages, cpu: '1' } },
      want: { limits: { memory: '2Gi', 'hugepages-2Mi': '4Mi' }, requests: { cpu: '1', memory: '1Gi', 'hugepages-2Mi': '4Mi' } },
    },
    {
      name: 'nothing for huge pages that are requested',
      resources: { limits: { cpu: '1' }, requests: { 'hugepages-2Mi': '8Mi' } },
      container: { limits: pages },
      want: { limits: { cpu: '1' }, requests: { cpu: '1', memory: '1Gi', 'hugepages-2Mi': '8Mi' } },
    },
    {
      name: 'no requests where nothing is limited',
      resources: { requests: { cpu: '1' } },
      container: { requests: { memory: '1Gi' } },
      want: { requests: { cpu: '1' } },
    },
    { name: 'nothing where nothing is said', resources: {}, container: { limits: pages }, want: {} },
  ];
  for (const { name, resources, container: own = {}, want } of defaults)
    it(`take ${name}`, () => {
      const { spec } = defaulted(podDefinition(), podSpec(own, { resources })) as unknown as { spec: { resources: Lists; containers: { resources: Lists }[] } };
      assert.deepEqual(spec.resources, want);
      if (own.limits) assert.deepEqual(spec.containers[0]?.resources, { limits: own.limits, requests: own.limits }); // a pod's amounts never reach its containers
    });
});

describe('the resources of templates', () => {
  const deployment = (resources: Lists, image = 'nginx', spec: Fields = {}): Fields => ({
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ ...container, image, resources }], ...spec } },
    },
  });
  const broken = { limits: { memory: '1Gi', 'hugepages-2Mi': '3Mi' } };
  const path = 'spec.template.spec.containers[0].resources';
  const indivisible = `${path}.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`;

  it('follow the rules of pods, without their defaults', () => {
    assert.deepEqual(written(deploymentDefinition(), deployment({ limits: { [gpu]: '500m' } })), [
      `${path}.limits[${gpu}]: Invalid value: "500m": must be an integer`,
    ]);
    const asked = deployment({ requests: { memory: '1Gi' } }, 'nginx', { resources: { limits: { cpu: '1' } } });
    assert.deepEqual(written(deploymentDefinition(), asked), []);
  });

  it('may keep broken huge pages that are stored', () => {
    const old = defaulted(deploymentDefinition(), deployment(broken));
    assert.deepEqual(written(deploymentDefinition(), deployment(broken)), [indivisible]);
    assert.deepEqual(written(deploymentDefinition(), deployment(broken, 'other'), '', old), []);
    assert.deepEqual(written(deploymentDefinition(), deployment(broken), '', defaulted(deploymentDefinition(), deployment({}))), [indivisible]);
  });

  it('may keep them in cron jobs too', () => {
    const cronJob = (image: string): Fields => ({
      spec: {
        schedule: '* * * * *',
        jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ ...container, image, resources: broken }] } } } },
      },
    });
    const definition = cronJobDefinition();
    assert.deepEqual(written(definition, cronJob('nginx')), [indivisible.replace('spec.template', 'spec.jobTemplate.spec.template')]);
    assert.deepEqual(written(definition, cronJob('other'), '', defaulted(definition, cronJob('nginx'))), []);
  });
});

describe('a stored pod', () => {
  it('keeps broken huge pages through updates', () => {
    const broken = podSpec({ limits: { memory: '1Gi', 'hugepages-2Mi': '3Mi' } });
    const old = defaulted(podDefinition(), broken);
    assert.deepEqual(written(podDefinition(), broken, '', old), []);
    assert.deepEqual(written(podDefinition(), broken, 'ephemeralcontainers', old), []);
  });
});

describe('the resources of a node', () => {
  const cases: { name: string; status: Fields; errors: string[] }[] = [
    { name: 'may be of any name', status: { capacity: { 'example.com/dongle': '4', 'hugepages-3Mi': '9Mi', foo: '500m' } }, errors: [] },
    {
      name: 'are not negative, and whole devices',
      status: { capacity: { 'example.com/dongle': '500m' }, allocatable: { 'example.com/dongle': '-1', memory: '-1' } },
      errors: [
        'status.capacity.example.com/dongle: Invalid value: "500m": must be an integer',
        'status.allocatable.example.com/dongle: Invalid value: "-1": must be greater than or equal to 0',
        'status.allocatable.memory: Invalid value: "-1": must be greater than or equal to 0',
      ],
    },
  ];
  const old = defaulted(nodeDefinition(), { metadata: { name: 'web', uid: 'u', resourceVersion: '1' } });
  for (const { name, status, errors } of cases)
    it(name, () => assert.deepEqual(written(nodeDefinition(), { metadata: old.metadata, status }, 'status', old), errors));
});
