import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods, resourceclaims, resourceclaimtemplates } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim, ResourceClaimTemplate } from '../../../api/generated/resource-v1.ts';
import { deepFreeze, type KubernetesObject, type UntypedObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { claimFinalizer, podClaimAnnotation } from '../../../extension-points/scheduling/devices/claims-of-pod.ts';
import { podUsing, podWithTemplate, testClaim, testRequest } from '../../../extension-points/scheduling/devices/testing.ts';
import { resourceClaimController } from './resource-claim.ts';

const template: ResourceClaimTemplate = deepFreeze({
  metadata: { name: 't', namespace: 'default', uid: 'uid-t' },
  spec: { metadata: { labels: { app: 'web' }, annotations: { note: 'x' } }, spec: { devices: { requests: [testRequest()] } } },
});
const allocation = { devices: { results: [{ request: 'r', driver: 'd', pool: 'p', device: 'd0' }] } };
const consumer = (name: string) => ({ resource: 'pods', name, uid: `uid-${name}` });
const owned = (name: string, parts: Parameters<typeof testClaim>[1] = {}): ResourceClaim =>
  testClaim(name, {
    ...parts,
    metadata: {
      annotations: { [podClaimAnnotation]: 'device' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'uid-p', controller: true }],
      ...parts.metadata,
    },
  });
const key = (name: string) => ({ namespace: 'default', name });
const put = <T extends KubernetesObject>(world: ControllerWorld, type: ResourceType<T>, ...objects: readonly T[]): void => {
  for (const object of objects) world.client.store.put(type, object as unknown as UntypedObject);
};
const started = async (
  world: ControllerWorld,
  objects: { claims?: readonly ResourceClaim[]; pods?: readonly Pod[]; templates?: readonly ResourceClaimTemplate[] },
) => {
  put(world, resourceclaims, ...(objects.claims ?? []));
  put(world, pods, ...(objects.pods ?? []));
  put(world, resourceclaimtemplates, ...(objects.templates ?? []));
  await world.start(resourceClaimController());
  await settle(50);
};

controllerConformance('resource-claim-controller', () => ({
  controller: resourceClaimController(),
  async arrange(client) {
    await client.create(resourceclaimtemplates, { metadata: { name: 't', namespace: 'default' }, spec: template.spec });
    await client.create<Pod>(pods, { metadata: { name: 'p', namespace: 'default' }, spec: podWithTemplate('p').spec });
  },
  isDone: ({ store }) => ((store.get(pods, key('p')) as unknown as Pod | undefined)?.status?.resourceClaimStatuses?.length ?? 0) > 0,
}));

describe('a claim from a template', () => {
  it("is made as the pod's own and noted in its status", async () => {
    await using world = new ControllerWorld();
    await started(world, { pods: [podWithTemplate('p')], templates: [template] });
    const [claim, ...others] = world.list(resourceclaims);
    assert.deepEqual(others, []);
    const { name, labels, annotations, ownerReferences } = claim!.metadata;
    assert.match(name!, /^p-device-/);
    assert.deepEqual([labels, annotations], [{ app: 'web' }, { note: 'x', [podClaimAnnotation]: 'device' }]);
    assert.deepEqual(ownerReferences, [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'uid-p', controller: true }]);
    assert.deepEqual(claim!.spec, template.spec.spec);
    assert.deepEqual(world.find(pods, key('p'))?.status?.resourceClaimStatuses, [{ name: 'device', resourceClaimName: name }]);
  });

  it('is made once, also when the pod could not be told', async () => {
    let refusals = 2;
    await using world = new ControllerWorld({
      intercept: ({ verb }) => {
        if (verb === 'apply' && refusals-- > 0) throw new Error('refused');
      },
    });
    await started(world, { pods: [podWithTemplate('p')], templates: [template] });
    await world.until(() => world.find(pods, key('p'))?.status?.resourceClaimStatuses !== undefined, 'the status');
    assert.equal(world.list(resourceclaims).length, 1);
  });

  it('is made though a claim of another namespace names the pod as its owner', async () => {
    await using world = new ControllerWorld();
    const foreign = owned('theirs');
    await started(world, {
      claims: [{ ...foreign, metadata: { ...foreign.metadata, namespace: 'elsewhere' } }],
      pods: [podWithTemplate('p')],
      templates: [template],
    });
    assert.match(world.find(pods, key('p'))?.status?.resourceClaimStatuses?.[0]?.resourceClaimName ?? '', /^p-device-/);
  });

  it('waits for its template, and says so', async () => {
    await using world = new ControllerWorld();
    await started(world, { pods: [podWithTemplate('p')] });
    assert.equal(
      world.events()[0],
      'FailedResourceClaimCreation: PodResourceClaim device: resource claim template "t": resourceclaimtemplate.resource.k8s.io "t" not found',
    );
    put(world, resourceclaimtemplates, template);
    await world.until(() => world.list(resourceclaims).length === 1, 'the claim');
  });

  it('is made again when somebody deletes it', async () => {
    await using world = new ControllerWorld();
    await started(world, { pods: [podWithTemplate('p', { resourceClaimStatuses: [{ name: 'device', resourceClaimName: 'gone' }] })], templates: [template] });
    assert.equal(world.list(resourceclaims).length, 1);
    assert.notEqual(world.find(pods, key('p'))?.status?.resourceClaimStatuses?.[0]?.resourceClaimName, 'gone');
  });

  it('is not made for a pod that is deleted', async () => {
    await using world = new ControllerWorld();
    const pod = podWithTemplate('p');
    await started(world, { pods: [{ ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }], templates: [template] });
    assert.deepEqual(world.list(resourceclaims), []);
  });

  it('has a name that keeps something of both', async () => {
    await using world = new ControllerWorld();
    const pod = podWithTemplate('p'.repeat(80));
    await started(world, { pods: [pod], templates: [template] });
    assert.match(world.list(resourceclaims)[0]!.metadata.name!, /^p{51}-dev/);
  });
});

describe('a pod with a node that the scheduler did not choose', () => {
  it('is noted in the allocated claims that it uses', async () => {
    await using world = new ControllerWorld();
    const pod = podUsing('p', 'c', 'waiting');
    await started(world, {
      pods: [{ ...pod, spec: { ...pod.spec!, nodeName: 'n' } }],
      claims: [testClaim('c', { status: { allocation } }), testClaim('waiting')],
    });
    assert.deepEqual(world.find(resourceclaims, key('c'))?.status?.reservedFor, [consumer('p')]);
    assert.equal(world.find(resourceclaims, key('waiting'))?.status?.reservedFor, undefined);
  });
});

describe('a claim', () => {
  const reserved = (...names: string[]) =>
    testClaim('c', { metadata: { finalizers: [claimFinalizer] }, status: { allocation, reservedFor: names.map(consumer) } });
  const withPhase = (name: string, phase: 'Running' | 'Succeeded' | 'Failed'): Pod => ({ ...podUsing(name, 'c'), status: { phase } });
  const cases: { name: string; claim: ResourceClaim; pods?: Pod[]; want: { consumers: string[]; isAllocated: boolean; isProtected: boolean } | undefined }[] = [
    { name: 'keeps pods that run', claim: reserved('p'), pods: [withPhase('p', 'Running')], want: { consumers: ['p'], isAllocated: true, isProtected: true } },
    {
      name: 'loses pods that are done',
      claim: reserved('p', 'q'),
      pods: [withPhase('p', 'Running'), withPhase('q', 'Failed')],
      want: { consumers: ['p'], isAllocated: true, isProtected: true },
    },
    {
      name: 'loses its devices with the last pod',
      claim: reserved('p'),
      pods: [withPhase('p', 'Succeeded')],
      want: { consumers: [], isAllocated: false, isProtected: false },
    },
    { name: 'loses pods that are not there', claim: reserved('p'), want: { consumers: [], isAllocated: false, isProtected: false } },
    {
      name: 'loses pods whose name another one has now',
      claim: reserved('p'),
      pods: [{ ...podUsing('p', 'c'), metadata: { name: 'p', namespace: 'default', uid: 'new' } }],
      want: { consumers: [], isAllocated: false, isProtected: false },
    },
    {
      name: 'keeps consumers of other kinds',
      claim: testClaim('c', {
        metadata: { finalizers: [claimFinalizer] },
        status: { allocation, reservedFor: [{ apiGroup: 'x.io', resource: 'jobs', name: 'j', uid: 'u' }] },
      }),
      want: { consumers: ['j'], isAllocated: true, isProtected: true },
    },
    {
      name: 'keeps devices that somebody else than the scheduler gave it',
      claim: testClaim('c', { status: { allocation, reservedFor: [consumer('p')] } }),
      want: { consumers: [], isAllocated: true, isProtected: false },
    },
    { name: 'keeps devices while nobody ever used it', claim: reserved(), want: { consumers: [], isAllocated: true, isProtected: true } },
    {
      name: 'goes when it is deleted and nobody uses it',
      claim: testClaim('c', { metadata: { finalizers: [claimFinalizer], deletionTimestamp: '2026-01-01T00:00:00Z' }, status: { allocation } }),
      want: undefined,
    },
    {
      name: 'stays when it is deleted while a pod uses it',
      claim: testClaim('c', {
        metadata: { finalizers: [claimFinalizer], deletionTimestamp: '2026-01-01T00:00:00Z' },
        status: { allocation, reservedFor: [consumer('p')] },
      }),
      pods: [withPhase('p', 'Running')],
      want: { consumers: ['p'], isAllocated: true, isProtected: true },
    },
    { name: 'that was made for a pod goes when that is done', claim: owned('c'), pods: [withPhase('p', 'Succeeded')], want: undefined },
    {
      name: 'that was made for a pod stays while that runs',
      claim: owned('c'),
      pods: [withPhase('p', 'Running')],
      want: { consumers: [], isAllocated: false, isProtected: false },
    },
  ];
  for (const { name, claim, pods: given, want } of cases)
    it(name, async () => {
      await using world = new ControllerWorld();
      await started(world, { claims: [claim], ...(given ? { pods: given } : {}) });
      await settle(50);
      const left = world.find(resourceclaims, key('c'));
      assert.deepEqual(
        left && {
          consumers: (left.status?.reservedFor ?? []).map((entry) => entry.name),
          isAllocated: left.status?.allocation !== undefined,
          isProtected: left.metadata.finalizers?.includes(claimFinalizer) ?? false,
        },
        want,
      );
    });

  it('for extended resources goes with the pod that is done', async () => {
    await using world = new ControllerWorld();
    const pod: Pod = { ...podUsing('p'), status: { phase: 'Running', extendedResourceClaimStatus: { resourceClaimName: 'c', requestMappings: [] } } };
    await started(world, {
      claims: [owned('c', { metadata: { finalizers: [claimFinalizer] }, status: { allocation, reservedFor: [consumer('p')] } })],
      pods: [pod],
    });
    assert.ok(world.find(resourceclaims, key('c'))?.status?.allocation);
    put(world, pods, { ...pod, status: { ...pod.status!, phase: 'Succeeded' } });
    await world.until(() => world.find(resourceclaims, key('c')) === undefined, 'the end of the claim');
  });

  it('is free when its pod is deleted', async () => {
    await using world = new ControllerWorld();
    await started(world, { claims: [reserved('p')], pods: [withPhase('p', 'Running')] });
    world.client.store.remove(pods, key('p'));
    await world.until(() => world.find(resourceclaims, key('c'))?.status?.allocation === undefined, 'deallocation');
  });
});
