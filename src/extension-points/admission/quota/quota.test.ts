import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Container, Pod, PodSpec, PodStatus, ResourceList, ResourceQuota, ResourceRequirements } from '../../../api/generated/core-v1.ts';
import {
  configmaps,
  deployments,
  deviceclasses,
  events,
  persistentvolumeclaims,
  pods,
  replicasets,
  resourceclaims,
  secrets,
  services,
} from '../../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { admissionRequest } from '../testing/admission-requests.ts';
import { MemoryLookup } from '../testing/memory-lookup.ts';
import { listOfAmounts } from './amounts.ts';
import { QuotaEvaluators } from './evaluators.ts';
import { isInScopes, type ScopeRequirement, scopesOf } from './quota-scopes.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const lookup = new MemoryLookup();
const evaluators = new QuotaEvaluators({ lookup, now: () => nowMs });
const evaluatorOf = (type: ResourceType) => evaluators.of(type)!;
const used = (type: ResourceType, object: object): unknown => listOfAmounts(evaluatorOf(type).usage(object as KubernetesObject));

const asking = (name: string, resources: ResourceRequirements, more: Partial<Container> = {}): Container => ({ name, image: 'i', resources, ...more });
const pod = (spec: Partial<PodSpec>, status: Partial<PodStatus> = {}, metadata: object = {}): Pod => ({
  metadata: { name: 'p', namespace: 'a', ...metadata },
  spec: { containers: [], ...spec },
  status: status as PodStatus,
});

describe('what a pod uses', () => {
  const one = { 'count/pods': '1', pods: '1' };
  const both = (name: string, amount: string) => ({ [name]: amount, [`requests.${name}`]: amount });
  const running = pod({ containers: [asking('a', { requests: { cpu: '1' } })] }, { phase: 'Running' });
  const cases: { name: string; pod: Pod; want: object }[] = [
    { name: 'is itself', pod: pod({ containers: [asking('a', {})] }), want: one },
    {
      name: 'is CPU',
      pod: pod({ containers: [asking('a', { requests: { cpu: '1m' }, limits: { cpu: '2m' } })] }),
      want: { ...one, ...both('cpu', '1m'), 'limits.cpu': '2m' },
    },
    {
      name: 'is memory and ephemeral storage',
      pod: pod({
        containers: [asking('a', { requests: { memory: '1Mi', 'ephemeral-storage': '32Mi' }, limits: { memory: '2Mi', 'ephemeral-storage': '64Mi' } })],
      }),
      want: { ...one, ...both('memory', '1Mi'), ...both('ephemeral-storage', '32Mi'), 'limits.memory': '2Mi', 'limits.ephemeral-storage': '64Mi' },
    },
    {
      name: 'is huge pages, under both names',
      pod: pod({ containers: [asking('a', { requests: { 'hugepages-2Mi': '100Mi' } })] }),
      want: { ...one, ...both('hugepages-2Mi', '100Mi') },
    },
    {
      name: 'is extended resources, as requests',
      pod: pod({
        containers: [asking('a', { requests: { 'example.com/gpu': '3', 'deviceclass.resource.kubernetes.io/fast': '1' }, limits: { 'example.com/gpu': '3' } })],
      }),
      want: { ...one, 'requests.example.com/gpu': '3', 'requests.deviceclass.resource.kubernetes.io/fast': '1' },
    },
    {
      name: 'is the sum of its containers, or its hungriest step of initialisation',
      pod: pod({
        containers: [asking('a', { requests: { cpu: '1', memory: '100Mi' } }), asking('b', { requests: { cpu: '2', memory: '1Gi' } })],
        initContainers: [asking('i', { requests: { cpu: '4', memory: '10Mi' } })],
      }),
      want: { ...one, ...both('cpu', '4'), ...both('memory', '1124Mi') },
    },
    {
      name: 'has overhead in it, and that in the limits that there are',
      pod: pod({ containers: [asking('a', { requests: { cpu: '1' }, limits: { cpu: '2' } })], overhead: { cpu: '250m', memory: '1Mi' } }),
      want: { ...one, ...both('cpu', '1250m'), ...both('memory', '1Mi'), 'limits.cpu': '2250m' },
    },
    {
      name: 'is what the pod as a whole asks for',
      pod: pod({ containers: [asking('a', { requests: { cpu: '1' } })], resources: { requests: { cpu: '2' }, limits: { cpu: '3', 'example.com/gpu': '1' } } }),
      want: { ...one, ...both('cpu', '2'), 'limits.cpu': '3' },
    },
    {
      name: 'is the larger of what is wanted and given, while it is resized',
      pod: pod(
        { containers: [asking('a', { requests: { cpu: '1', memory: '2Gi' }, limits: { cpu: '1' } })] },
        {
          containerStatuses: [
            {
              name: 'a',
              image: 'i',
              imageID: '',
              ready: true,
              restartCount: 0,
              allocatedResources: { cpu: '2' },
              resources: { requests: { memory: '1Gi' }, limits: { cpu: '3' } },
            },
          ],
        },
      ),
      want: { ...one, ...both('cpu', '2'), ...both('memory', '2Gi'), 'limits.cpu': '3' },
    },
    {
      name: 'is what is given when it cannot be resized',
      pod: pod(
        { containers: [asking('a', { requests: { cpu: '10' } })] },
        {
          conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }],
          containerStatuses: [{ name: 'a', image: 'i', imageID: '', ready: true, restartCount: 0, resources: { requests: { cpu: '2' } } }],
        },
      ),
      want: { ...one, ...both('cpu', '2') },
    },
    { name: 'is nothing but an object once it has ended', pod: { ...running, status: { phase: 'Succeeded' } }, want: { 'count/pods': '1' } },
    { name: 'is nothing but an object once it has failed', pod: { ...running, status: { phase: 'Failed' } }, want: { 'count/pods': '1' } },
    {
      name: 'is counted while it is being deleted',
      pod: { ...running, metadata: { name: 'p', deletionTimestamp: '2025-12-31T23:59:30Z', deletionGracePeriodSeconds: 30 } },
      want: { ...one, ...both('cpu', '1') },
    },
    {
      name: 'is nothing but an object when it should be gone since long',
      pod: { ...running, metadata: { name: 'p', deletionTimestamp: '2025-12-31T23:59:29Z', deletionGracePeriodSeconds: 30 } },
      want: { 'count/pods': '1' },
    },
  ];
  for (const { name, pod: object, want } of cases) it(name, () => assert.deepEqual(used(pods, object), want));
});

describe('the scopes of a pod', () => {
  const burstable = pod({ containers: [asking('a', { requests: { cpu: '1' } })] });
  const bestEffort = pod({ containers: [asking('a', { limits: { 'example.com/gpu': '1' } })] });
  const urgent = pod({ priorityClassName: 'urgent' });
  const near = (more: object) => pod({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', ...more }] } } });
  const asked = (scopeName: ScopeRequirement['scopeName'], operator: ScopeRequirement['operator'] = 'Exists', ...values: string[]): ScopeRequirement => ({
    scopeName,
    operator,
    values,
  });
  const cases: { name: string; pod: Pod; scope: ScopeRequirement; want: boolean }[] = [
    { name: 'ends by itself with a deadline', pod: pod({ activeDeadlineSeconds: 0 }), scope: asked('Terminating'), want: true },
    { name: 'runs on without one', pod: pod({}), scope: asked('NotTerminating'), want: true },
    { name: 'does not run on with one', pod: pod({ activeDeadlineSeconds: 10 }), scope: asked('NotTerminating'), want: false },
    { name: 'asks for nothing', pod: bestEffort, scope: asked('BestEffort'), want: true },
    { name: 'asks for something', pod: burstable, scope: asked('NotBestEffort'), want: true },
    { name: 'is what its status says', pod: { ...burstable, status: { qosClass: 'BestEffort' } }, scope: asked('BestEffort'), want: true },
    { name: 'asks as a whole', pod: pod({ containers: [asking('a', {})], resources: { requests: { memory: '1' } } }), scope: asked('BestEffort'), want: false },
    {
      name: 'asks as a whole for nothing',
      pod: pod({ containers: [asking('a', { requests: { cpu: '1' } })], resources: {} }),
      scope: asked('BestEffort'),
      want: true,
    },
    { name: 'has any class', pod: urgent, scope: asked('PriorityClass'), want: true },
    { name: 'has no class', pod: pod({}), scope: asked('PriorityClass', 'DoesNotExist'), want: true },
    { name: 'has one of these classes', pod: urgent, scope: asked('PriorityClass', 'In', 'idle', 'urgent'), want: true },
    { name: 'has none of these classes', pod: urgent, scope: asked('PriorityClass', 'In', 'idle'), want: false },
    { name: 'has another class than these', pod: urgent, scope: asked('PriorityClass', 'NotIn', 'idle'), want: true },
    { name: 'without a class has another than these', pod: pod({}), scope: asked('PriorityClass', 'NotIn', 'idle'), want: true },
    { name: 'names namespaces in its affinity', pod: near({ namespaces: ['b'] }), scope: asked('CrossNamespacePodAffinity'), want: true },
    { name: 'selects namespaces in its affinity', pod: near({ namespaceSelector: {} }), scope: asked('CrossNamespacePodAffinity'), want: true },
    { name: 'stays within its namespace', pod: near({}), scope: asked('CrossNamespacePodAffinity'), want: false },
    {
      name: 'prefers not to be near pods of others',
      pod: pod({
        affinity: {
          podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: 'z', namespaces: ['b'] } }] },
        },
      }),
      scope: asked('CrossNamespacePodAffinity'),
      want: true,
    },
    { name: 'has no volume attributes', pod: pod({}), scope: asked('VolumeAttributesClass', 'DoesNotExist'), want: false },
  ];
  for (const { name, pod: object, scope, want } of cases) it(name, () => assert.equal(evaluatorOf(pods).isInScope!(object, scope), want));

  it('must all apply, those of the selector, too', () => {
    const quota: ResourceQuota = {
      metadata: { name: 'q' },
      spec: { scopes: ['NotTerminating'], scopeSelector: { matchExpressions: [asked('PriorityClass', 'In', 'urgent')] } },
    };
    assert.deepEqual(
      [urgent, burstable].map((object) => isInScopes(evaluatorOf(pods), object, scopesOf(quota))),
      [true, false],
    );
    assert.equal(isInScopes(evaluatorOf(services), urgent, scopesOf(quota)), false);
    assert.equal(isInScopes(evaluatorOf(services), urgent, []), true);
  });
});

describe('what else is counted', () => {
  it('by name, is told apart', () => {
    const names = [
      ...['cpu', 'pods', 'count/pods', 'hugepages-1Gi', 'requests.hugepages-1Gi', 'requests.example.com/gpu', 'requests.storage'],
      ...['services', 'count/services', 'services.nodeports', 'persistentvolumeclaims', 'gold.storageclass.storage.k8s.io/requests.storage'],
      ...[
        'count/resourceclaims.resource.k8s.io',
        'fast.deviceclass.resource.k8s.io/devices',
        'secrets',
        'count/secrets',
        'count/deployments.apps',
        'example.com/gpu',
      ],
    ];
    const matching = (type: ResourceType) => evaluatorOf(type).matchingNames(names);
    assert.deepEqual(matching(pods), ['cpu', 'pods', 'count/pods', 'hugepages-1Gi', 'requests.hugepages-1Gi', 'requests.example.com/gpu']);
    assert.deepEqual(matching(services), ['services', 'count/services', 'services.nodeports']);
    assert.deepEqual(matching(persistentvolumeclaims), ['requests.storage', 'persistentvolumeclaims', 'gold.storageclass.storage.k8s.io/requests.storage']);
    assert.deepEqual(matching(resourceclaims), ['count/resourceclaims.resource.k8s.io', 'fast.deviceclass.resource.k8s.io/devices']);
    assert.deepEqual(matching(secrets), ['secrets', 'count/secrets']);
    assert.deepEqual(matching(deployments), ['count/deployments.apps']);
    assert.equal(evaluators.of(events), undefined);
  });

  it('are objects of any kind', () => {
    assert.deepEqual(used(configmaps, {}), { configmaps: '1', 'count/configmaps': '1' });
    assert.deepEqual(used(replicasets, {}), { 'count/replicasets.apps': '1' });
    assert.deepEqual(listOfAmounts(evaluators.of({ group: 'example.com', resource: 'widgets' })!.usage({ metadata: {} })), {
      'count/widgets.example.com': '1',
    });
  });

  const serviceCases: { name: string; spec: object; nodePorts: string; loadBalancers: string }[] = [
    { name: 'of its own', spec: { type: 'ClusterIP', ports: [{ port: 1 }] }, nodePorts: '0', loadBalancers: '0' },
    { name: 'on node ports', spec: { type: 'NodePort', ports: [{ port: 1 }, { port: 2 }] }, nodePorts: '2', loadBalancers: '0' },
    { name: 'behind a load balancer', spec: { type: 'LoadBalancer', ports: [{ port: 1 }] }, nodePorts: '1', loadBalancers: '1' },
    {
      name: 'behind a load balancer, on chosen node ports only',
      spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 1 }, { port: 2, nodePort: 30_000 }] },
      nodePorts: '1',
      loadBalancers: '1',
    },
  ];
  for (const { name, spec, nodePorts, loadBalancers } of serviceCases)
    it(`are services ${name}`, () => {
      assert.deepEqual(used(services, { spec }), {
        services: '1',
        'count/services': '1',
        'services.nodeports': nodePorts,
        'services.loadbalancers': loadBalancers,
      });
    });

  it('are claims of volumes, by their class, too; of what was allocated in whole bytes', () => {
    const claim = (storage: string, more: object = {}, status: object = {}) => ({
      metadata: {},
      spec: { resources: { requests: { storage } }, ...more },
      status,
    });
    assert.deepEqual(used(persistentvolumeclaims, claim('10Gi')), {
      'count/persistentvolumeclaims': '1',
      persistentvolumeclaims: '1',
      'requests.storage': '10Gi',
    });
    assert.deepEqual(used(persistentvolumeclaims, claim('1000m', { storageClassName: 'gold' }, { allocatedResources: { storage: '1500m' } })), {
      'count/persistentvolumeclaims': '1',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
      'gold.storageclass.storage.k8s.io/requests.storage': '2',
      persistentvolumeclaims: '1',
      'requests.storage': '2',
    });
    const attributes = claim('1', { volumeAttributesClassName: 'fast' }, { currentVolumeAttributesClassName: 'slow' }) as unknown as KubernetesObject;
    const isIn = (operator: ScopeRequirement['operator'], ...values: string[]) =>
      evaluatorOf(persistentvolumeclaims).isInScope!(attributes, { scopeName: 'VolumeAttributesClass', operator, values });
    assert.deepEqual([isIn('Exists'), isIn('In', 'slow'), isIn('In', 'other'), isIn('DoesNotExist')], [true, true, false, false]);
  });

  it('are claims of devices: the most of each class, and the extended resources that those stand behind', () => {
    lookup.put(deviceclasses, { metadata: { name: 'fast' }, spec: { extendedResourceName: 'example.com/gpu' } });
    const requests = [
      { name: 'a', exactly: { deviceClassName: 'fast', allocationMode: 'ExactCount', count: 2 } },
      {
        name: 'b',
        firstAvailable: [
          { name: 'x', deviceClassName: 'fast', allocationMode: 'ExactCount', count: 1 },
          { name: 'y', deviceClassName: 'slow', allocationMode: 'All' },
        ],
      },
    ];
    const claim = { metadata: { name: 'c', namespace: 'a' }, spec: { devices: { requests } } };
    const whole = {
      'count/resourceclaims.resource.k8s.io': '1',
      'fast.deviceclass.resource.k8s.io/devices': '3',
      'requests.deviceclass.resource.kubernetes.io/fast': '3',
      'requests.deviceclass.resource.kubernetes.io/slow': '32',
      'requests.example.com/gpu': '3',
      'slow.deviceclass.resource.k8s.io/devices': '32',
    };
    assert.deepEqual(used(resourceclaims, claim), whole);
    // A claim made for a pod's extended resources: the pod is counted for them already.
    lookup.put(
      pods,
      pod(
        { containers: [asking('a', { requests: { 'example.com/gpu': '2' } })] },
        { extendedResourceClaimStatus: { resourceClaimName: 'c', requestMappings: [] } },
        { uid: 'u' },
      ),
    );
    const owned = {
      ...claim,
      metadata: {
        ...claim.metadata,
        annotations: { 'resource.kubernetes.io/extended-resource-claim': 'true' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true }],
      },
    };
    assert.deepEqual(used(resourceclaims, owned), { ...whole, 'requests.example.com/gpu': '1' });
    assert.deepEqual(
      evaluatorOf(resourceclaims).matchingNames(['requests.example.com/gpu', 'requests.example.com/other', 'requests.deviceclass.resource.kubernetes.io/fast']),
      ['requests.example.com/gpu', 'requests.deviceclass.resource.kubernetes.io/fast'],
    );
  });
});

describe('which writes are counted', () => {
  const object = pod({});
  const ending = pod({ activeDeadlineSeconds: 5 });
  const claim = { metadata: { name: 'c', namespace: 'a' }, spec: { resources: { requests: { storage: '1Gi' } } } };
  const expanded = { ...claim, status: { allocatedResources: { storage: '2Gi' } } };
  const cases: { name: string; type: ResourceType; request: Parameters<typeof admissionRequest>[1]; want: boolean }[] = [
    { name: 'new pods', type: pods, request: { object }, want: true },
    { name: 'not changes of pods', type: pods, request: { object, oldObject: object }, want: false },
    { name: 'pods that get a deadline', type: pods, request: { object: ending, oldObject: object }, want: true },
    { name: 'pods that are resized', type: pods, request: { object, oldObject: object, subresource: 'resize' }, want: true },
    { name: 'not the status of pods', type: pods, request: { object, oldObject: object, subresource: 'status' }, want: false },
    { name: 'changes of services', type: services, request: { object, oldObject: object }, want: true },
    { name: 'not changes of config maps', type: configmaps, request: { object, oldObject: object }, want: false },
    { name: 'changes of claims', type: persistentvolumeclaims, request: { object: claim, oldObject: claim }, want: true },
    {
      name: 'claims whose volumes have grown',
      type: persistentvolumeclaims,
      request: { object: expanded, oldObject: claim, subresource: 'status' },
      want: true,
    },
    { name: 'no other status of claims', type: persistentvolumeclaims, request: { object: claim, oldObject: claim, subresource: 'status' }, want: false },
  ];
  for (const { name, type, request, want } of cases) it(name, () => assert.equal(evaluatorOf(type).handles(admissionRequest(type, request)), want));
});

describe('what a pod has to say where CPU or memory is counted', () => {
  const required = ['cpu', 'requests.memory', 'limits.memory', 'pods', 'requests.ephemeral-storage'];
  const cases: { name: string; pod: Pod; want: string | undefined }[] = [
    { name: 'everything', pod: pod({ containers: [asking('a', { requests: { cpu: '1', memory: '1' }, limits: { memory: '1' } })] }), want: undefined },
    {
      name: 'for every container, also those that initialise',
      pod: pod({
        containers: [asking('b', { requests: { cpu: '1' } }), asking('a', { requests: { memory: '1' } })],
        initContainers: [asking('i', { limits: { memory: '1' } })],
      }),
      want: 'must specify cpu for: a,i; limits.memory for: a,b; requests.memory for: b,i',
    },
    { name: 'nothing, when it says it as a whole', pod: pod({ containers: [asking('a', {})], resources: { limits: { cpu: '1' } } }), want: undefined },
  ];
  for (const { name, pod: object, want } of cases) it(name, () => assert.equal(evaluatorOf(pods).unspecified!(object, required), want));
});

interface UpstreamCase {
  readonly pod: Pod;
  readonly scopes: readonly ScopeRequirement[];
  readonly required: readonly string[];
  readonly usage: ResourceList;
  /** `scope operator` of those that the pod is in. */
  readonly inScopes: readonly string[];
  readonly unspecified?: string;
}

/** Random pods, and what Kubernetes 1.36 makes of them. Whatever the time is: they are to end in 2020 or in 2090. */
const upstream = JSON.parse(readFileSync(new URL('./pods-upstream-cases.json', import.meta.url), 'utf8')) as readonly UpstreamCase[];

describe('pods as upstream counts them', () => {
  for (const [index, { pod: object, scopes, required, usage, inScopes, unspecified }] of upstream.entries())
    it(`number ${index + 1}`, () => {
      const evaluator = evaluatorOf(pods);
      assert.deepEqual(used(pods, object), usage);
      assert.deepEqual(
        scopes.filter((scope) => evaluator.isInScope!(object, scope)).map(({ scopeName, operator }) => `${scopeName} ${operator}`),
        inScopes,
      );
      assert.equal(evaluator.unspecified!(object, required), unspecified);
    });
});
