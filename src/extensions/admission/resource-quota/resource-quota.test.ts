import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodSpec, ResourceList, ResourceQuota, ResourceQuotaSpec, ResourceRequirements } from '../../../api/generated/core-v1.ts';
import { configmaps, events, namespaces, persistentvolumeclaims, pods, resourcequotas, services } from '../../../api/generated/resource-types.ts';
import { modified } from '../../../api/status.ts';
import { settle } from '../../../client/testing/settle.ts';
import { admissionConformance } from '../../../extension-points/admission/conformance.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../../extension-points/admission/contract.ts';
import { admissionRequest } from '../../../extension-points/admission/testing/admission-requests.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { LimitedResource } from './limited-resources.ts';
import { createResourceQuota } from './resource-quota.ts';

const signal = new AbortController().signal;
const quota = (name: string, hard: ResourceList, used: ResourceList | undefined, spec: Partial<ResourceQuotaSpec> = {}): ResourceQuota => ({
  metadata: { name, namespace: 'a', resourceVersion: '1' },
  spec: { hard, ...spec },
  status: { hard, ...(used ? { used } : {}) },
});
const pod = (requests: ResourceRequirements['requests'] = {}, limits: ResourceRequirements['limits'] = {}, spec: Partial<PodSpec> = {}) => ({
  metadata: { name: 'web', namespace: 'a', resourceVersion: '5' },
  spec: { containers: [{ name: 'c', image: 'i', resources: { requests, limits } }], ...spec },
});
const zeros = (hard: ResourceList): ResourceList => Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));

interface World {
  readonly plugin: AdmissionPlugin;
  readonly clock: ManualClock;
  /** Names of the quotas that were written, in order. */
  readonly writes: string[];
  ask(request: AdmissionRequest): Promise<string>;
  used(name: string): ResourceList | undefined;
}

/** `before` may change the world before a write, or refuse it. */
function world(quotas: readonly ResourceQuota[], { limited, before }: { limited?: LimitedResource[]; before?: (lookup: MemoryLookup) => void } = {}): World {
  const lookup = new MemoryLookup().put(resourcequotas, ...quotas);
  const clock = new ManualClock();
  const writes: string[] = [];
  const plugin = createResourceQuota({
    lookup,
    clock,
    ...(limited ? { limitedResources: limited } : {}),
    async updateStatus(wanted) {
      const key = { namespace: 'a', name: wanted.metadata.name ?? '' };
      before?.(lookup);
      await settle(1);
      const current = lookup.get(resourcequotas, key);
      if (current?.metadata.resourceVersion !== wanted.metadata.resourceVersion) throw modified(resourcequotas, key.name);
      writes.push(key.name);
      const written = { ...wanted, metadata: { ...wanted.metadata, resourceVersion: String(Number(wanted.metadata.resourceVersion) + 1) } };
      lookup.put(resourcequotas, written);
      return written;
    },
  });
  return {
    plugin,
    clock,
    writes,
    used: (name) => lookup.get(resourcequotas, { namespace: 'a', name })?.status?.used,
    async ask(request) {
      if (!plugin.handles!(request)) return 'not handled';
      const outcome = await plugin.validate!(request, signal);
      return outcome.kind === 'deny' ? outcome.error.message : 'allowed';
    },
  };
}
const create = (object: ReturnType<typeof pod>, more: Partial<AdmissionRequest> = {}): AdmissionRequest =>
  admissionRequest(pods, { object, ...(more as object) });
const failed = (why: string): string => `pods "web" is forbidden: ${why}`;

describe('a pod in a namespace with quotas', () => {
  const cases: { name: string; quotas: ResourceQuota[]; request: AdmissionRequest; want: string; used?: Record<string, ResourceList> }[] = [
    {
      name: 'is charged to every quota that counts it',
      quotas: [quota('q', { cpu: '3', pods: '5' }, { cpu: '1', pods: '3' }), quota('r', { 'limits.memory': '4Gi' }, { 'limits.memory': '1Gi' })],
      request: create(pod({ cpu: '100m' }, { memory: '2Gi' })),
      want: 'allowed',
      used: { q: { cpu: '1100m', pods: '4' }, r: { 'limits.memory': '3Gi' } },
    },
    {
      name: 'is refused when one would be exceeded, and charged to none',
      quotas: [quota('q', { pods: '5' }, { pods: '3' }), quota('r', { cpu: '1', memory: '1Gi', pods: '9' }, { cpu: '950m', memory: '1Gi', pods: '1' })],
      request: create(pod({ cpu: '100m', memory: '1Mi' })),
      want: failed('exceeded quota: r, requested: cpu=100m,memory=1Mi, used: cpu=950m,memory=1Gi, limited: cpu=1,memory=1Gi'),
      used: { q: { pods: '3' }, r: { cpu: '950m', memory: '1Gi', pods: '1' } },
    },
    {
      name: 'is refused by huge pages under both names, and by devices',
      quotas: [
        quota(
          'q',
          { 'hugepages-2Mi': '100Mi', 'requests.hugepages-2Mi': '50Mi', 'requests.example.com/gpu': '2' },
          { 'hugepages-2Mi': '0', 'requests.hugepages-2Mi': '0', 'requests.example.com/gpu': '1' },
        ),
      ],
      request: create(pod({ 'hugepages-2Mi': '60Mi', 'example.com/gpu': '2' })),
      want: failed(
        'exceeded quota: q, requested: requests.example.com/gpu=2,requests.hugepages-2Mi=60Mi, used: requests.example.com/gpu=1,requests.hugepages-2Mi=0, limited: requests.example.com/gpu=2,requests.hugepages-2Mi=50Mi',
      ),
    },
    {
      name: 'must say what is counted',
      quotas: [quota('q', { 'requests.cpu': '1', 'limits.memory': '1Gi' }, { 'requests.cpu': '0', 'limits.memory': '0' })],
      request: create(pod()),
      want: failed('failed quota: q: must specify limits.memory for: c; requests.cpu for: c'),
    },
    {
      name: 'waits until is known what is used',
      quotas: [quota('q', { pods: '1', cpu: '1' }, undefined)],
      request: create(pod({ cpu: '1' })),
      want: failed('status unknown for quota: q, resources: cpu,pods'),
    },
    {
      name: 'is held against what is enforced, not what is wanted',
      quotas: [{ ...quota('q', { pods: '1' }, { pods: '1' }), spec: { hard: { pods: '9' } } }],
      request: create(pod()),
      want: failed('exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'),
    },
    {
      name: 'does not use what another resource uses up',
      quotas: [quota('q', { services: '0', 'count/secrets': '0' }, zeros({ services: '', 'count/secrets': '' }))],
      request: create(pod()),
      want: 'allowed',
      used: { q: { services: '0', 'count/secrets': '0' } },
    },
    {
      name: 'is not counted by quotas of other scopes',
      quotas: [
        quota('q', { pods: '0' }, { pods: '0' }, { scopes: ['BestEffort'] }),
        quota('r', { pods: '1' }, { pods: '0' }, { scopes: ['NotBestEffort', 'NotTerminating'] }),
      ],
      request: create(pod({ cpu: '1' })),
      want: 'allowed',
      used: { q: { pods: '0' }, r: { pods: '1' } },
    },
    {
      name: 'is charged for nothing on a dry run, but judged',
      quotas: [quota('q', { pods: '1' }, { pods: '0' })],
      request: create(pod(), { dryRun: true }),
      want: 'allowed',
      used: { q: { pods: '0' } },
    },
    {
      name: 'may not have amounts below zero',
      quotas: [quota('q', { pods: '1' }, { pods: '0' })],
      request: create(pod({ cpu: '-1' })),
      want: failed('quota usage is negative for resource(s): cpu,requests.cpu'),
    },
    {
      name: 'is charged the difference when it is resized',
      quotas: [quota('q', { cpu: '3', memory: '3Gi', pods: '1' }, { cpu: '2', memory: '2Gi', pods: '1' })],
      request: create(pod({ cpu: '3', memory: '1Gi' }), { oldObject: pod({ cpu: '2', memory: '2Gi' }), operation: 'UPDATE', subresource: 'resize' } as object),
      want: 'allowed',
      used: { q: { cpu: '3', memory: '2Gi', pods: '1' } },
    },
    {
      name: 'is refused the difference that is too much',
      quotas: [quota('q', { cpu: '3' }, { cpu: '2' })],
      request: create(pod({ cpu: '4' }), { oldObject: pod({ cpu: '2' }), operation: 'UPDATE', subresource: 'resize' } as object),
      want: failed('exceeded quota: q, requested: cpu=2, used: cpu=2, limited: cpu=3'),
    },
    {
      name: 'is charged whole to a quota whose scope it comes into',
      quotas: [quota('q', { pods: '2' }, { pods: '1' }, { scopes: ['Terminating'] }), quota('r', { pods: '1' }, { pods: '1' }, { scopes: ['NotTerminating'] })],
      request: create(pod({}, {}, { activeDeadlineSeconds: 9 }), { oldObject: pod(), operation: 'UPDATE' } as object),
      want: 'allowed',
      used: { q: { pods: '2' }, r: { pods: '1' } },
    },
  ];
  for (const { name, quotas, request, want, used } of cases)
    it(name, async () => {
      const at = world(quotas);
      assert.equal(await at.ask(request), want);
      for (const [quotaName, amounts] of Object.entries(used ?? {})) assert.deepEqual(at.used(quotaName), amounts);
    });
});

describe('other objects in a namespace with quotas', () => {
  it('are counted by their number, but for events', async () => {
    const at = world([quota('q', { 'count/widgets.example.com': '1', configmaps: '0' }, { 'count/widgets.example.com': '0', configmaps: '0' })]);
    const widgets = { group: 'example.com', version: 'v1', resource: 'widgets', kind: 'Widget', namespaced: true };
    const object = { metadata: { name: 'w', namespace: 'a' } };
    assert.equal(await at.ask(admissionRequest(widgets, { object })), 'allowed');
    assert.equal(
      await at.ask(admissionRequest(widgets, { object })),
      'widgets.example.com "w" is forbidden: exceeded quota: q, requested: count/widgets.example.com=1, used: count/widgets.example.com=1, limited: count/widgets.example.com=1',
    );
    assert.equal(
      await at.ask(admissionRequest(configmaps, { object })),
      'configmaps "w" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=0, limited: configmaps=0',
    );
    assert.equal(await at.ask(admissionRequest(events, { object })), 'not handled');
    assert.equal(await at.ask(admissionRequest(namespaces, { object: { metadata: { name: 'a' } } })), 'not handled');
    assert.equal(await at.ask(admissionRequest(configmaps, { object, namespace: 'b' })), 'not handled');
    assert.equal(await at.ask(admissionRequest(configmaps, { oldObject: object })), 'not handled');
  });

  it('are services whose type changes', async () => {
    const at = world([quota('q', { services: '1', 'services.nodeports': '1' }, { services: '1', 'services.nodeports': '0' })]);
    const service = (type: string, ports: number) => ({
      metadata: { name: 's', namespace: 'a', resourceVersion: '3' },
      spec: { type, ports: Array.from({ length: ports }, (_, port) => ({ port })) },
    });
    const change = (type: string, ports: number) => admissionRequest(services, { object: service(type, ports), oldObject: service('ClusterIP', 1) });
    assert.equal(
      await at.ask(change('NodePort', 2)),
      'services "s" is forbidden: exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1',
    );
    assert.equal(await at.ask(change('NodePort', 1)), 'allowed');
    assert.deepEqual(at.used('q'), { services: '1', 'services.nodeports': '1' });
  });

  it('are volumes that have grown already: those are charged beyond the limit', async () => {
    const at = world([quota('q', { 'requests.storage': '1Gi' }, { 'requests.storage': '1Gi' })]);
    const claim = (allocated?: string) => ({
      metadata: { name: 'c', namespace: 'a', resourceVersion: '3' },
      spec: { resources: { requests: { storage: '1Gi' } } },
      status: allocated ? { allocatedResources: { storage: allocated } } : {},
    });
    assert.equal(await at.ask(admissionRequest(persistentvolumeclaims, { object: claim('2Gi'), oldObject: claim(), subresource: 'status' })), 'allowed');
    assert.deepEqual(at.used('q'), { 'requests.storage': '2Gi' });
  });
});

describe('charges', () => {
  it('that come together are one write, and no more are let in than fit', async () => {
    const at = world([quota('q', { pods: '10' }, { pods: '4' })]);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => at.ask(create(pod()))));
    assert.equal(outcomes.filter((outcome) => outcome === 'allowed').length, 6);
    assert.deepEqual(at.used('q'), { pods: '10' });
    assert.ok(at.writes.length <= 2, String(at.writes.length));
  });

  it('are made again when somebody else wrote the quota first', async () => {
    let others = 2;
    const before = (lookup: MemoryLookup): void => {
      if (others-- <= 0) return;
      const current = lookup.get(resourcequotas, { namespace: 'a', name: 'q' })!;
      const used = { pods: String(Number(current.status!.used!['pods']) + 1) };
      lookup.put(resourcequotas, {
        ...current,
        metadata: { ...current.metadata, resourceVersion: `${current.metadata.resourceVersion}0` },
        status: { ...current.status, used },
      });
    };
    const at = world([quota('q', { pods: '3' }, { pods: '0' }), quota('r', { pods: '9' }, { pods: '0' })], { before });
    assert.equal(await at.ask(create(pod())), 'allowed');
    assert.deepEqual(at.used('q'), { pods: '3' });
    assert.deepEqual(at.used('r'), { pods: '1' });
  });

  it('are refused when they no longer fit then', async () => {
    const before = (lookup: MemoryLookup): void => {
      lookup.put(resourcequotas, { ...quota('q', { pods: '1' }, { pods: '1' }), metadata: { name: 'q', namespace: 'a', resourceVersion: '7' } });
    };
    const at = world([quota('q', { pods: '1' }, { pods: '0' })], { before });
    assert.equal(await at.ask(create(pod())), failed('exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'));
  });

  it('pass when the quota goes meanwhile', async () => {
    const at = world([quota('q', { pods: '1' }, { pods: '0' })], { before: (lookup) => lookup.remove(resourcequotas, { namespace: 'a', name: 'q' }) });
    assert.equal(await at.ask(create(pod())), 'allowed');
  });

  it('are given up after some tries, with what the last one said', async () => {
    let version = 100;
    const before = (lookup: MemoryLookup): void =>
      void lookup.put(resourcequotas, {
        ...quota('q', { pods: '9' }, { pods: '1' }),
        metadata: { name: 'q', namespace: 'a', resourceVersion: String(version++) },
      });
    const at = world([quota('q', { pods: '9' }, { pods: '0' })], { before });
    assert.match(await at.ask(create(pod())), /Operation cannot be fulfilled on resourcequotas "q": the object has been modified/);
    assert.equal(version, 104);
  });

  it('are refused when they take too long, and do not hold others up after that', async () => {
    const lookup = new MemoryLookup().put(resourcequotas, quota('q', { pods: '9' }, { pods: '0' }));
    const clock = new ManualClock();
    const hung = Promise.withResolvers<void>();
    const plugin = createResourceQuota({ lookup, clock, updateStatus: async (wanted) => (await hung.promise, wanted) });
    const outcomes = Promise.all([create(pod()), create(pod())].map(async (request) => plugin.validate!(request, signal)));
    await settle();
    await clock.advance(10_000);
    assert.deepEqual(
      (await outcomes).map((outcome) => outcome.kind === 'deny' && [outcome.error.code, outcome.error.message]),
      Array<unknown>(2).fill([500, 'Internal error occurred: resource quota evaluation timed out']),
    );
    hung.resolve();
    await settle();
    assert.equal((await plugin.validate!(create(pod()), signal)).kind, 'allow');
  });
});

describe('what may be used only under a quota', () => {
  const limited: LimitedResource[] = [
    { resource: 'pods', matchContains: ['requests.cpu'] },
    { resource: 'pods', matchScopes: [{ scopeName: 'PriorityClass', operator: 'In', values: ['urgent'] }] },
  ];
  it('is refused without one', async () => {
    const at = world([], { limited });
    assert.equal(await at.ask(create(pod({ cpu: '1' }))), failed('insufficient quota to consume: requests.cpu'));
    assert.equal(await at.ask(create(pod({ memory: '1' }))), 'allowed');
    assert.equal(await at.ask(create(pod({}, {}, { priorityClassName: 'urgent' }))), 'insufficient quota to match these scopes: [{PriorityClass In [urgent]}]');
  });

  it('is charged to the one that covers it', async () => {
    const scope = { scopeName: 'PriorityClass', operator: 'In', values: ['urgent'] } as const;
    const hard = { 'requests.cpu': '3', pods: '2' };
    const at = world([quota('q', hard, zeros(hard), { scopeSelector: { matchExpressions: [{ ...scope, values: [...scope.values] }] } })], { limited });
    assert.equal(await at.ask(create(pod({ cpu: '1' }, {}, { priorityClassName: 'urgent' }))), 'allowed');
    assert.deepEqual(at.used('q'), { pods: '1', 'requests.cpu': '1' });
    assert.equal(await at.ask(create(pod({ cpu: '1' }))), failed('insufficient quota to consume: requests.cpu'));
  });
});

admissionConformance({
  name: 'resource-quota',
  create: () => world([quota('q', { pods: '1' }, { pods: '0' }), quota('r', { cpu: '1' }, { cpu: '1' })]).plugin,
  samples: [create(pod({ cpu: '1' })), create(pod())],
});
