import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { LimitRangeItem, ResourceQuotaSpec } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { fieldErrorText } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { limitRangeDefinition } from './limit-ranges.ts';
import { resourceQuotaDefinition } from './resource-quotas.ts';

const context = { operation: 'CREATE', version: 'v1', subresource: '', nowMs: 0, dryRun: false, key: { name: 'x' } } as unknown as WriteContext;
const object = (fields: object): UntypedObject => ({ metadata: { name: 'x', namespace: 'a' }, ...fields });
const refusals = (definition: ResourceDefinition, fields: object): string[] => (definition.validate?.(object(fields), context) ?? []).map(fieldErrorText);

const quota = resourceQuotaDefinition();
const limitRange = limitRangeDefinition();

describe('a quota', () => {
  const existence =
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
  const cases: { name: string; spec: object; want: string[] }[] = [
    {
      name: 'may count every standard resource, devices, huge pages and objects',
      spec: {
        hard: {
          ...{ cpu: '100m', 'limits.memory': '1Gi', 'requests.ephemeral-storage': '1', pods: '0', 'services.nodeports': '1', 'requests.storage': '1Gi' },
          ...{ 'hugepages-2Mi': '4Mi', 'requests.hugepages-1Gi': '1Gi', 'requests.example.com/gpu': '1500m', 'count/widgets.example.com': '3' },
          ...{ 'gold.storageclass.storage.k8s.io/requests.storage': '1Ti', 'gpu.deviceclass.resource.k8s.io/devices': '4' },
        },
      },
      want: [],
    },
    {
      name: 'knows its names',
      spec: { hard: { gpus: '1', 'limits.hugepages-2Mi': '1', 'not a name': '1' } },
      want: [
        'spec.hard[gpus]: Invalid value: "gpus": must be a standard resource type or fully qualified',
        'spec.hard[gpus]: Invalid value: "gpus": must be a standard resource for quota',
        'spec.hard[limits.hugepages-2Mi]: Invalid value: "limits.hugepages-2Mi": must be a standard resource type or fully qualified',
        'spec.hard[limits.hugepages-2Mi]: Invalid value: "limits.hugepages-2Mi": must be a standard resource for quota',
        `spec.hard[not a name]: Invalid value: "not a name": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
        'spec.hard[not a name]: Invalid value: "not a name": must be a standard resource for quota',
      ],
    },
    {
      name: 'does not count storage by its bare name',
      spec: { hard: { storage: '1Gi' } },
      want: ['spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota'],
    },
    {
      name: 'counts objects in whole numbers, and nothing below zero',
      spec: { hard: { pods: '1500m', cpu: '-1', 'example.com/gpu': '1500m' } },
      want: [
        'spec.hard[pods]: Invalid value: "1500m": must be an integer',
        'spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0',
        'spec.hard[example.com/gpu]: Invalid value: "1500m": must be an integer',
      ],
    },
    {
      name: 'has scopes that there are',
      spec: { scopes: ['Sometimes'] },
      want: ['spec.scopes: Invalid value: ["Sometimes"]: unsupported scope'],
    },
    {
      name: 'counts what its scopes hold',
      spec: { hard: { cpu: '1', pods: '1', services: '1', 'count/services': '1', 'requests.example.com/gpu': '1' }, scopes: ['BestEffort'] },
      want: Array<string>(2).fill('spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'),
    },
    {
      name: 'counts claims by the class of their attributes',
      spec: { hard: { 'requests.storage': '1Gi', persistentvolumeclaims: '2', pods: '1' }, scopes: ['VolumeAttributesClass'] },
      want: ['spec.scopes: Invalid value: ["VolumeAttributesClass"]: unsupported scope applied to resource'],
    },
    {
      name: 'has no scopes that exclude each other',
      spec: { scopes: ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating'] },
      want: Array<string>(2).fill('spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Terminating","NotTerminating"]: conflicting scopes'),
    },
    {
      name: 'selects by operators that fit the scope',
      spec: {
        scopeSelector: {
          matchExpressions: [
            { scopeName: 'Terminating', operator: 'In', values: ['a'] },
            { scopeName: 'PriorityClass', operator: 'In' },
            { scopeName: 'PriorityClass', operator: 'Exists', values: ['a'] },
            { scopeName: 'Other', operator: 'Like' },
          ],
        },
      },
      want: [
        `spec.scopeSelector.matchExpressions.operator: Invalid value: "In": ${existence}`,
        "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        `spec.scopeSelector.matchExpressions.values: Invalid value: ["a"]: must be no value when \`operator\` is 'Exist' or 'DoesNotExist' for scope selector`,
        'spec.scopeSelector.matchExpressions.scopeName: Invalid value: "Other": unsupported scope',
        'spec.scopeSelector.matchExpressions.operator: Invalid value: "Like": not a valid selector operator',
      ],
    },
    {
      name: 'selects what counts against its names',
      spec: {
        hard: { services: '1' },
        scopeSelector: {
          matchExpressions: [
            { scopeName: 'Terminating', operator: 'Exists' },
            { scopeName: 'NotTerminating', operator: 'Exists' },
          ],
        },
      },
      want: [
        ...Array<string>(2).fill(
          'spec.scopeSelector.matchExpressions: Invalid value: {"MatchExpressions":[{"ScopeName":"Terminating","Operator":"Exists","Values":null},{"ScopeName":"NotTerminating","Operator":"Exists","Values":null}]}: unsupported scope applied to resource',
        ),
        'spec.scopeSelector.matchExpressions: Invalid value: null: conflicting scopes',
      ],
    },
  ];
  for (const { name, spec, want } of cases) it(name, () => assert.deepEqual(refusals(quota, { spec }), want));

  it('keeps its scopes, in any order', () => {
    const changed = (scopes: string[], old: string[]): string[] =>
      (quota.validateUpdate?.(object({ spec: { scopes } }), object({ spec: { scopes: old } }), context) ?? []).map(fieldErrorText);
    assert.deepEqual(changed(['Terminating', 'BestEffort'], ['BestEffort', 'Terminating']), []);
    assert.deepEqual(changed(['Terminating'], []), ['spec.scopes: Invalid value: ["Terminating"]: field is immutable']);
  });

  it('warns of requests that are allowed more than limits', () => {
    const hard: ResourceQuotaSpec['hard'] = { cpu: '2', 'limits.cpu': '1', 'requests.memory': '1Gi', 'limits.memory': '1Gi' };
    assert.deepEqual(quota.warnings?.(object({ spec: { hard } }), undefined), ['ResourceQuota cpu (2) should be less than limits.cpu (1)']);
    assert.deepEqual(quota.warnings?.(object({ spec: { hard } }), object({})), []);
  });

  it('shows what is used beside what is allowed, limits apart', () => {
    const status = { hard: { pods: '5', 'limits.cpu': '2', cpu: '1' }, used: { pods: '2', 'limits.cpu': '500m' } };
    const cells = (quota.versions[0]?.columns ?? []).slice(1, 3).map(({ cell }) => cell(object({ status }), 0));
    assert.deepEqual(cells, ['cpu: 0/1, pods: 2/5', 'limits.cpu: 500m/2']);
  });
});

describe('a limit range', () => {
  const cases: { name: string; limits: object[]; want: string[] }[] = [
    { name: 'may be empty', limits: [], want: [] },
    {
      name: 'limits containers, pods, claims and kinds of others',
      limits: [
        {
          type: 'Container',
          min: { cpu: '100m' },
          max: { cpu: '1' },
          default: { cpu: '500m' },
          defaultRequest: { cpu: '200m' },
          maxLimitRequestRatio: { cpu: '5' },
        },
        { type: 'Pod', max: { 'hugepages-2Mi': '4Mi', 'example.com/gpu': '2' } },
        { type: 'PersistentVolumeClaim', max: { storage: '1Gi' } },
        { type: 'example.com/image', max: { storage: '1Gi' } },
      ],
      want: [],
    },
    {
      name: 'has a type that there is',
      limits: [{ type: 'Job' }],
      want: ['spec.limits[0].type: Invalid value: "Job": must be a standard limit type or fully qualified'],
    },
    { name: 'limits each type once', limits: [{ type: 'Pod' }, { type: 'Pod' }], want: ['spec.limits[1].type: Duplicate value: "Pod"'] },
    {
      name: 'limits what containers can ask for',
      limits: [{ type: 'Container', max: { storage: '1' }, min: { 'requests.cpu': '1' } }],
      want: [
        'spec.limits[0].max[storage]: Invalid value: "storage": must be a standard resource for containers',
        'spec.limits[0].min[requests.cpu]: Invalid value: "requests.cpu": must be a standard resource for containers',
      ],
    },
    {
      name: 'gives pods no defaults',
      limits: [{ type: 'Pod', default: { nonsense: '1' }, defaultRequest: { cpu: '1' } }],
      want: [
        "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
        "spec.limits[0].defaultRequest: Forbidden: may not be specified when `type` is 'Pod'",
      ],
    },
    {
      name: 'says how large a claim may be',
      limits: [{ type: 'PersistentVolumeClaim', default: { storage: '1' } }],
      want: ['spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided'],
    },
    {
      name: 'keeps its amounts in order',
      limits: [{ type: 'Container', min: { cpu: '3' }, max: { cpu: '2' }, default: { cpu: '2500m' }, defaultRequest: { cpu: '2600m' } }],
      want: [
        'spec.limits[0].min[cpu]: Invalid value: "3": min value 3 is greater than max value 2',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2600m": min value 3 is greater than default request value 2600m',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2600m": default request value 2600m is greater than max value 2',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2600m": default request value 2600m is greater than default limit value 2500m',
        'spec.limits[0].default[cpu]: Invalid value: "3": min value 3 is greater than default value 2500m',
        'spec.limits[0].default[cpu]: Invalid value: "2": default value 2500m is greater than max value 2',
      ],
    },
    {
      name: 'has ratios of one at least, and within its bounds',
      limits: [{ type: 'Pod', min: { cpu: '1', memory: '1Gi' }, max: { cpu: '2', memory: '3Gi' }, maxLimitRequestRatio: { cpu: '500m', memory: '3500m' } }],
      want: [
        'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
        'spec.limits[0].maxLimitRequestRatio[memory]: Invalid value: "3500m": ratio 3500m is greater than max/min = 3.000000',
      ],
    },
    {
      name: 'requests devices and huge pages as it limits them',
      limits: [
        { type: 'Container', default: { 'example.com/gpu': '2', 'hugepages-2Mi': '4Mi' }, defaultRequest: { 'example.com/gpu': '1', 'hugepages-2Mi': '2Mi' } },
      ],
      want: [
        'spec.limits[0].defaultRequest[example.com/gpu]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in example.com/gpu',
        'spec.limits[0].defaultRequest[hugepages-2Mi]: Invalid value: "2Mi": default value 4Mi must equal to defaultRequest value 2Mi in hugepages-2Mi',
      ],
    },
  ];
  for (const { name, limits, want } of cases) it(name, () => assert.deepEqual(refusals(limitRange, { spec: { limits } }), want));

  it('fills defaults of containers from its bounds', () => {
    const defaulted = (item: LimitRangeItem): unknown => {
      const draft = object({ spec: { limits: [item] } });
      limitRange.applyDefaults?.(draft, 'v1');
      return (draft['spec'] as { limits: unknown[] }).limits[0];
    };
    assert.deepEqual(defaulted({ type: 'Container', min: { cpu: '100m', memory: '1Gi' }, max: { cpu: '2000m' }, default: { storage: '1' } }), {
      type: 'Container',
      min: { cpu: '100m', memory: '1Gi' },
      max: { cpu: '2' },
      default: { cpu: '2', storage: '1' },
      defaultRequest: { cpu: '2', memory: '1Gi', storage: '1' },
    });
    assert.deepEqual(defaulted({ type: 'Container' }), { type: 'Container' });
    assert.deepEqual(defaulted({ type: 'Pod', max: { cpu: '2' } }), { type: 'Pod', max: { cpu: '2' } });
  });
});

interface UpstreamCase {
  readonly quota: object;
  readonly quotaErrors: readonly string[];
  readonly limits: readonly object[];
  readonly limitErrors: readonly string[];
}

/** Random quotas and limit ranges, and what Kubernetes 1.36 has against them, sorted. */
const upstream = JSON.parse(readFileSync(new URL('./quotas-and-limits-upstream-cases.json', import.meta.url), 'utf8')) as readonly UpstreamCase[];

describe('quotas and limit ranges as upstream judges them', () => {
  for (const [index, { quota: spec, quotaErrors, limits, limitErrors }] of upstream.entries())
    it(`number ${index + 1}`, () => {
      assert.deepEqual(refusals(quota, { spec }).sort(), quotaErrors);
      const draft = object({ spec: { limits } });
      limitRange.applyDefaults?.(draft, 'v1');
      assert.deepEqual((limitRange.validate?.(draft, context) ?? []).map(fieldErrorText).sort(), limitErrors);
    });
});
