import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSelector, PodStatus } from '../../../api/generated/core-v1.ts';
import { deviceclasses, nodes, pods, resourceclaims, resourceslices } from '../../../api/generated/resource-types.ts';
import type { AllocationResult, ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { modified } from '../../../api/status.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { claimFinalizer } from '../../../extension-points/scheduling/devices/claims-of-pod.ts';
import {
  DeviceWorld,
  podUsing,
  podWithTemplate,
  testClaim,
  testDeviceClass,
  testDriver,
  testRequest,
  testSlice,
} from '../../../extension-points/scheduling/devices/testing.ts';
import { SchedulingState } from '../../../extension-points/scheduling/scheduling-state.ts';
import { nodeWith, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import dynamicResources from './dynamic-resources.ts';
import { Attempt } from './testing/attempt.ts';

const [a, b] = [nodeWith(testNode('a')), nodeWith(testNode('b'))];
const onNode = (name: string): NodeSelector => ({ nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] }] });
const device = (name: string, pool = 'a') => ({ request: 'r', driver: testDriver, pool, device: name });
const given = (name: string, pool = 'a'): AllocationResult => ({ devices: { results: [device(name, pool)] }, nodeSelector: onNode(pool) });
const consumers = (count: number) => Array.from({ length: count }, (_, index) => ({ resource: 'pods', name: `p${index}`, uid: `u${index}` }));
const key = (name: string) => ({ namespace: 'default', name });

/** A world with nodes `a` and `b`, a class `gpu` and one device, `d0`, on each node. */
async function worldWith(claims: readonly ResourceClaim[], { world = new DeviceWorld(), args }: { world?: DeviceWorld; args?: unknown } = {}) {
  world
    .put(nodes, a.node, b.node)
    .put(deviceclasses, testDeviceClass())
    .put(resourceslices, testSlice('a', ['d0']), testSlice('b', ['d0']));
  world.put(resourceclaims, ...claims);
  const plugin = dynamicResources(args, world);
  await world.settled();
  return { world, plugin, try: (pod: ReturnType<typeof podUsing>): Attempt => new Attempt(plugin, pod) };
}
const refused = (reason: string): string => `unschedulable-and-unresolvable: ${reason}`;

const seeded = await worldWith([testClaim('free'), testClaim('on-a', { status: { allocation: given('d0') } })]);
schedulingConformance('DynamicResources', () => seeded.plugin, { pods: [podUsing('on-a', 'on-a'), podUsing('free', 'free'), podUsing('none', 'none')] });

describe('a pod with resource claims', () => {
  const all = [
    testClaim('free'),
    testClaim('anywhere', { status: { allocation: {} } }),
    testClaim('on-b', { status: { allocation: { ...given('d9', 'b') } } }),
    testClaim('full', { status: { allocation: {}, reservedFor: consumers(256) } }),
    testClaim('of-no-class', { devices: { requests: [testRequest('r', { deviceClassName: 'none' })] } }),
    testClaim('of-no-alternative', { devices: { requests: [{ name: 'r', firstAvailable: [{ name: 's', deviceClassName: 'none' }] }] } }),
    testClaim('of-two', { devices: { requests: [testRequest('r', { count: 2 })] } }),
    testClaim('broken', { devices: { requests: [testRequest('r', { selectors: [{ cel: { expression: 'device.attributes["x"].y' } }] })] } }),
  ];
  const cases: { name: string; claims: string[]; want: string[] }[] = [
    { name: 'is none of the business of this plugin without any', claims: [], want: ['skip'] },
    { name: 'goes anywhere with an allocation that is anywhere', claims: ['anywhere'], want: ['success', 'success'] },
    { name: 'goes where its devices are', claims: ['on-b'], want: [refused('resourceclaim not available on the node'), 'success'] },
    { name: 'goes where devices are to be had', claims: ['free'], want: ['success', 'success'] },
    { name: 'waits for more devices than there are', claims: ['of-two'], want: Array(2).fill(refused('cannot allocate all claims')) },
    { name: 'waits when all of its claims together are too many', claims: ['free', 'of-two'], want: Array(2).fill(refused('cannot allocate all claims')) },
    { name: 'waits for their class', claims: ['of-no-class'], want: [refused('request r: device class none does not exist')] },
    { name: 'waits for the class of an alternative', claims: ['of-no-alternative'], want: [refused('request r/s: device class none does not exist')] },
    { name: 'waits while as many use them as may', claims: ['full'], want: [refused('resourceclaim in use')] },
    { name: 'waits for a claim that is not there', claims: ['nowhere'], want: [refused('resourceclaim.resource.k8s.io "nowhere" not found')] },
    {
      name: 'fails with a selector that fails',
      claims: ['broken'],
      want: Array(2).fill('error: claim default/broken: selector #0: CEL runtime error: no such key: y'),
    },
  ];
  for (const { name, claims, want } of cases)
    it(name, async () => {
      const { world, try: attempt } = await worldWith(all);
      assert.deepEqual(attempt(podUsing('p', ...claims)).filter(a, b), want);
      await world[Symbol.asyncDispose]();
    });

  it('stays out of the queue while a claim is missing, leaving, not made yet or not its own', async () => {
    const { world, plugin } = await worldWith([
      testClaim('anywhere', { status: { allocation: {} } }),
      testClaim('leaving', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      testClaim('of-another', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'other', uid: 'another', controller: true }] } }),
    ]);
    const said = (pod: ReturnType<typeof podUsing>): string => plugin.preEnqueue!(pod).reasons.join();
    const made = (resourceClaimStatuses?: PodStatus['resourceClaimStatuses']) => said(podWithTemplate('p', resourceClaimStatuses && { resourceClaimStatuses }));
    assert.equal(said(podUsing('p', 'leaving')), 'resourceclaim "leaving" is being deleted');
    assert.equal(made(), 'pod "default/p": ResourceClaim not created yet');
    assert.equal(
      made([{ name: 'device', resourceClaimName: 'of-another' }]),
      'ResourceClaim default/of-another was not created for Pod default/p (Pod is not owner)',
    );
    assert.equal(made([{ name: 'device' }]), '');
    assert.equal(said(podUsing('p', 'anywhere')), '');
    await world[Symbol.asyncDispose]();
  });
});

it('says what it looked at, for those who ask why a pod waits', async () => {
  const picky = testRequest('r', { count: 2, selectors: [{ cel: { expression: `device.attributes["${testDriver}"].?fast.orValue(false) == true` } }] });
  const { world, plugin } = await worldWith([
    testClaim('free'),
    testClaim('taken', { status: { allocation: given('d0') } }),
    testClaim('picky', { devices: { requests: [picky] } }),
  ]);
  const detailOf = (claim: string, node = a): string | undefined => {
    const state = new SchedulingState(false);
    assert.equal(plugin.preFilter!(state, podUsing('p', claim), [node]).status.code, 'success');
    return plugin.filter!(state, podUsing('p', claim), node).detail;
  };
  assert.equal(detailOf('free'), 'request r wants 1: 1 offered, of which 1 in use');
  assert.equal(detailOf('picky', b), 'request r wants 2: 1 offered, of which 1 not selected');
  world.put(resourceslices, testSlice('b', ['d0'], { pool: { name: 'b', generation: 2, resourceSliceCount: 2 } }));
  await world.settled();
  assert.equal(detailOf('free', b), `request r wants 1: 0 offered; pool ${testDriver}/b is being updated`);
  await world[Symbol.asyncDispose]();
});

describe('an allocation', () => {
  it('is written with its reservation, the finalizer and the time before the pod is bound', async () => {
    const { world, try: attempt } = await worldWith([testClaim('c')]);
    const pod = podUsing('p', 'c');
    const one = attempt(pod);
    one.take(b);
    assert.equal(await one.bind('b'), 'success');
    const { metadata, status } = world.find(resourceclaims, key('c'))!;
    assert.deepEqual(metadata.finalizers, [claimFinalizer]);
    assert.deepEqual(status, {
      allocation: { ...given('d0', 'b'), allocationTimestamp: status?.allocation?.allocationTimestamp },
      reservedFor: [{ resource: 'pods', name: 'p', uid: 'uid-p' }],
    });
    assert.match(status?.allocation?.allocationTimestamp ?? '', /^\d{4}-\d\d-\d\dT[\d:]+Z$/);
    await world[Symbol.asyncDispose]();
  });

  it('keeps its devices from others from the moment it is decided on', async () => {
    const { world, plugin, try: attempt } = await worldWith([testClaim('c'), testClaim('d')]);
    const first = attempt(podUsing('p', 'c'));
    first.take(a);
    const other = (): string[] => attempt(podUsing('q', 'd')).filter(a, b);
    assert.deepEqual(other(), [refused('cannot allocate all claims'), 'success']);
    assert.deepEqual(attempt(podUsing('r', 'c')).filter(a, b), [refused('resource claim default/c is in the process of being allocated')]);
    // Another profile's plugin knows too.
    const second = dynamicResources(undefined, world);
    await world.settled();
    assert.deepEqual(new Attempt(second, podUsing('q', 'd')).filter(a, b), [refused('cannot allocate all claims'), 'success']);
    assert.equal(await first.bind('a'), 'success');
    assert.deepEqual(other(), [refused('cannot allocate all claims'), 'success']);
    await world.settled();
    assert.deepEqual(other(), [refused('cannot allocate all claims'), 'success']);
    plugin[Symbol.dispose]?.();
    await world[Symbol.asyncDispose]();
  });

  it('that is not carried out gives its devices back', async () => {
    const { world, try: attempt } = await worldWith([testClaim('c'), testClaim('d')]);
    const first = attempt(podUsing('p', 'c'));
    first.take(a);
    first.unreserve('a');
    first.unreserve('a');
    assert.deepEqual(attempt(podUsing('q', 'd')).filter(a), ['success']);
    await world[Symbol.asyncDispose]();
  });

  it('is tried again on the newest state of a claim that others change', async () => {
    let conflicts = 3;
    const world = new DeviceWorld({
      intercept: ({ verb }) => {
        if (verb === 'replace' && conflicts-- > 0) throw modified(resourceclaims, 'c');
      },
    });
    const { try: attempt } = await worldWith([testClaim('c')], { world });
    const one = attempt(podUsing('p', 'c'));
    one.take(a);
    let outcome: string | undefined;
    void one.bind('a').then((text) => (outcome = text));
    while (outcome === undefined) {
      await world.settled();
      await world.clock.advance(10);
    }
    assert.equal(outcome, 'success');
    assert.equal(world.find(resourceclaims, key('c'))?.status?.reservedFor?.length, 1);
    await world[Symbol.asyncDispose]();
  });

  for (const { name, change, want } of [
    {
      name: 'was allocated by somebody else meanwhile',
      change: { status: { allocation: given('d0', 'b') } },
      want: 'error: claim default/c got allocated elsewhere in the meantime',
    },
    {
      name: 'is being deleted',
      change: { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
      want: 'error: claim default/c got deleted in the meantime',
    },
  ])
    it(`is given up when the claim ${name}`, async () => {
      const { world, try: attempt } = await worldWith([testClaim('c'), testClaim('d')]);
      const one = attempt(podUsing('p', 'c'));
      one.take(a);
      world.put(resourceclaims, testClaim('c', change));
      let outcome: string | undefined;
      void one.bind('a').then((text) => (outcome = text));
      while (outcome === undefined) {
        await world.settled();
        await world.clock.advance(10);
      }
      assert.equal(outcome, want);
      one.unreserve('a');
      await world.settled();
      assert.deepEqual(attempt(podUsing('q', 'd')).filter(a), ['success']);
      await world[Symbol.asyncDispose]();
    });

  it('that was written for a pod that is not bound after all loses that pod again', async () => {
    const { world, try: attempt } = await worldWith([testClaim('c')]);
    const one = attempt(podUsing('p', 'c'));
    one.take(a);
    assert.equal(await one.bind('a'), 'success');
    one.unreserve('a');
    await world.settled();
    const { status } = world.find(resourceclaims, key('c'))!;
    assert.deepEqual([status?.reservedFor ?? [], status?.allocation?.devices?.results?.length], [[], 1]);
    await world[Symbol.asyncDispose]();
  });

  it('that exists is only reserved', async () => {
    const { world, try: attempt } = await worldWith([testClaim('c', { status: { allocation: given('d0'), reservedFor: consumers(1) } })]);
    const one = attempt(podUsing('p', 'c'));
    one.take(a);
    assert.equal(await one.bind('a'), 'success');
    assert.deepEqual(
      world.find(resourceclaims, key('c'))?.status?.reservedFor?.map(({ name }) => name),
      ['p0', 'p'],
    );
    assert.deepEqual(
      world.client.writes.map(({ verb, subresource }) => `${verb} ${subresource}`),
      ['replace status'],
    );
    await world[Symbol.asyncDispose]();
  });
});

describe('what is said when nothing fits', () => {
  it('is that no claim stands in the way of a pod without claims, so that preemption is asked next', async () => {
    const { world, try: attempt } = await worldWith([]);
    const one = attempt(testPod('p'));
    one.filter(a);
    assert.equal(await one.postFilter(), 'unschedulable: no new claims to deallocate');
    await world[Symbol.asyncDispose]();
  });

  it('is that a pod with claims still does not fit', async () => {
    const { world, try: attempt } = await worldWith([testClaim('c')]);
    const one = attempt(podUsing('p', 'c'));
    one.filter(a);
    assert.equal(await one.postFilter(), 'unschedulable: still not schedulable');
    await world[Symbol.asyncDispose]();
  });

  it('ends the search for help when another plugin refused the pod as a whole', async () => {
    const { world, try: attempt } = await worldWith([]);
    assert.equal(await attempt(testPod('p')).postFilter(), refused('not found'));
    await world[Symbol.asyncDispose]();
  });

  it('is that a claim was deallocated which kept the pod off a node and was nobody else’s', async () => {
    const { world, try: attempt } = await worldWith([testClaim('c', { status: { allocation: given('d0', 'b') } })]);
    const one = attempt(podUsing('p', 'c'));
    assert.deepEqual(one.filter(a), [refused('resourceclaim not available on the node')]);
    assert.equal(await one.postFilter('reviewPostFilter'), 'unschedulable: deallocation of ResourceClaim completed');
    assert.ok(world.find(resourceclaims, key('c'))?.status?.allocation);
    assert.equal(await one.postFilter(), 'unschedulable: deallocation of ResourceClaim completed');
    assert.deepEqual(world.find(resourceclaims, key('c'))?.status, {});
    await world[Symbol.asyncDispose]();
  });

  it('leaves claims alone that others use', async () => {
    const { world, try: attempt } = await worldWith([testClaim('c', { status: { allocation: given('d0', 'b'), reservedFor: consumers(1) } })]);
    const one = attempt(podUsing('p', 'c'));
    one.filter(a);
    assert.equal(await one.postFilter(), 'unschedulable: still not schedulable');
    await world[Symbol.asyncDispose]();
  });
});

describe('devices that must be made ready', () => {
  const conditional = { name: 'd1', bindingConditions: ['example.com/attached'], bindingFailureConditions: ['example.com/failed'] };
  const condition = (type: string) => ({ type, status: 'True' as const, reason: 'R', message: 'no "cable"', lastTransitionTime: '2026-01-01T00:00:00Z' });
  const start = async () => {
    const { world, try: attempt } = await worldWith([testClaim('c')], { args: { bindingTimeout: '60s' } });
    world.put(resourceslices, testSlice('a', [conditional]));
    await world.settled();
    const one = attempt(podUsing('p', 'c'));
    one.take(a);
    const state: { outcome?: string } = {};
    void one.bind('a').then((text) => (state.outcome = text));
    while (world.recorded.length === 0) await world.settled();
    return { world, one, state, attempt };
  };
  const report = (world: DeviceWorld, type: string): void => {
    const claim = world.find(resourceclaims, key('c'))!;
    world.put(resourceclaims, {
      ...claim,
      status: { ...claim.status, devices: [{ driver: testDriver, pool: 'a', device: 'd1', conditions: [condition(type)] }] },
    });
  };

  it('are waited for', async () => {
    const { world, state } = await start();
    assert.deepEqual(world.recorded, ['BindingConditionsPending: waiting for binding conditions for device on node a']);
    await world.settled();
    assert.equal(state.outcome, undefined);
    report(world, 'example.com/attached');
    while (state.outcome === undefined) await world.settled();
    assert.equal(state.outcome, 'success');
    await world[Symbol.asyncDispose]();
  });

  it('fail the pod when their driver gives up, and are looked for anew', async () => {
    const { world, state, one, attempt } = await start();
    report(world, 'example.com/failed');
    while (state.outcome === undefined) await world.settled();
    assert.equal(state.outcome, 'error: device binding failed: claim=c, reason=R, message="no \\"cable\\""');
    one.unreserve('a');
    await world.settled();
    const next = attempt(podUsing('p', 'c'));
    assert.deepEqual(next.filter(a), [refused('resourceclaim not available on the node')]);
    assert.equal(await next.postFilter(), 'unschedulable: deallocation of ResourceClaim completed');
    await world[Symbol.asyncDispose]();
  });

  it('fail the pod when it takes too long', async () => {
    const { world, state } = await start();
    while (state.outcome === undefined) {
      await world.settled();
      await world.clock.advance(5_000);
    }
    assert.match(state.outcome, /^error: device binding timeout: (?:claim=c|context deadline exceeded)$/);
    await world[Symbol.asyncDispose]();
  });
});

describe('nodes', () => {
  it('score the higher the earlier the alternatives are that they can satisfy', async () => {
    const fast = { cel: { expression: `device.attributes["${testDriver}"].fast` } };
    const devices = {
      requests: [
        {
          name: 'r',
          firstAvailable: [
            { name: 'best', deviceClassName: 'gpu', selectors: [fast] },
            { name: 'any', deviceClassName: 'gpu' },
          ],
        },
      ],
    };
    const { world, plugin, try: attempt } = await worldWith([testClaim('c', { devices }), testClaim('d')]);
    world.put(
      resourceslices,
      testSlice('a', [{ name: 'd0', attributes: { fast: { bool: false } } }]),
      testSlice('b', [{ name: 'd0', attributes: { fast: { bool: true } } }]),
    );
    await world.settled();
    const one = attempt(podUsing('p', 'c'));
    assert.deepEqual(one.filter(a, b), ['success', 'success']);
    assert.equal(plugin.preScore!(one.state, podUsing('p', 'c'), [a, b]).code, 'success');
    const scores = [a, b].map((node) => ({ name: node.name, score: plugin.score!(one.state, podUsing('p', 'c'), node) }));
    plugin.normalizeScores!(one.state, podUsing('p', 'c'), scores);
    assert.deepEqual(scores, [
      { name: 'a', score: 87 },
      { name: 'b', score: 100 },
    ]);
    const plain = attempt(podUsing('q', 'd'));
    plain.filter(a, b);
    assert.equal(plugin.preScore!(plain.state, podUsing('q', 'd'), [a, b]).code, 'skip');
    await world[Symbol.asyncDispose]();
  });
});

describe('a pod that waits', async () => {
  const { plugin } = await worldWith([testClaim('c'), testClaim('other')]);
  const hint = plugin.eventsToRegister!().find(({ event }) => event.resource === 'resource.k8s.io/ResourceClaim')!.hint!;
  const pod = podUsing('p', 'c');
  const allocated = (name: string) => testClaim(name, { status: { allocation: given('d0') } });
  for (const { name, old, current, want } of [
    { name: 'a claim of its own that comes', old: undefined, current: testClaim('c'), want: 'queue' },
    { name: "another's claim that comes", old: undefined, current: testClaim('other'), want: 'skip' },
    { name: 'devices that become free', old: allocated('other'), current: testClaim('other'), want: 'queue' },
    { name: "another's claim that is allocated", old: testClaim('other'), current: allocated('other'), want: 'skip' },
    { name: 'a claim of its own that is allocated', old: testClaim('c'), current: allocated('c'), want: 'queue' },
    { name: 'a finalizer of its claim', old: testClaim('c'), current: testClaim('c', { metadata: { finalizers: ['x'] } }), want: 'skip' },
  ])
    it(`is woken (${want}) by ${name}`, () => assert.equal(hint(pod, old, current), want));
});

it('shares verdicts among pods without claims only', async () => {
  const { world, plugin } = await worldWith([]);
  assert.equal(plugin.sign!(testPod('p')), '');
  assert.equal(plugin.sign!(podUsing('p', 'c')), undefined);
  assert.equal(plugin.sign!(testPod('p', {}, { 'example.com/gpu': '1' })), undefined);
  assert.equal(plugin.preBindPreFlight!(new SchedulingState(), testPod('p'), 'a').code, 'skip');
  await world[Symbol.asyncDispose]();
});

describe('extended resources that a class stands behind', () => {
  const gpu = testDeviceClass('gpu', { ...testDeviceClass().spec, extendedResourceName: 'example.com/gpu' });
  const start = async () => {
    const started = await worldWith([]);
    started.world.put(deviceclasses, gpu).put(pods, testPod('p', {}, { 'example.com/gpu': '1' }));
    await started.world.settled();
    return started;
  };
  const pod = testPod('p', {}, { 'example.com/gpu': '1' });

  it('become a claim of the pod where no device plugin has them', async () => {
    const { world, try: attempt } = await start();
    const one = attempt(pod);
    assert.deepEqual(one.filter(a, nodeWith(testNode('plugged', { allocatable: { cpu: '1', pods: '9', 'example.com/gpu': '2' } }))), ['success', 'success']);
    assert.equal(one.reserve('a'), 'success');
    assert.equal(await one.bind('a'), 'success');
    const [claim] = world.list(resourceclaims);
    assert.match(claim!.metadata.name!, /^p-extended-resources-/);
    assert.deepEqual(claim!.metadata.annotations, { 'resource.kubernetes.io/extended-resource-claim': 'true' });
    assert.deepEqual(claim!.spec.devices?.requests, [
      { name: 'container-0-request-0', exactly: { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 } },
    ]);
    assert.equal(claim!.status?.reservedFor?.[0]?.name, 'p');
    assert.deepEqual(world.find(pods, key('p'))?.status?.extendedResourceClaimStatus, {
      resourceClaimName: claim!.metadata.name,
      requestMappings: [{ containerName: 'main', resourceName: 'example.com/gpu', requestName: 'container-0-request-0' }],
    });
    await world[Symbol.asyncDispose]();
  });

  it('are left to device plugins where there are some', async () => {
    const { world, try: attempt } = await start();
    const plugged = nodeWith(testNode('plugged', { allocatable: { cpu: '1', pods: '9', 'example.com/gpu': '2' } }));
    const one = attempt(pod);
    one.take(plugged);
    assert.equal(await one.bind('plugged'), 'success');
    assert.deepEqual(world.list(resourceclaims), []);
    await world[Symbol.asyncDispose]();
  });

  it('go again with a pod that is not bound after all', async () => {
    const { world, try: attempt } = await start();
    const one = attempt(pod);
    one.take(a);
    assert.equal(await one.bind('a'), 'success');
    one.unreserve('a');
    await world.settled();
    assert.deepEqual(world.list(resourceclaims), []);
    assert.deepEqual(attempt(pod).filter(a), ['success']);
    await world[Symbol.asyncDispose]();
  });

  it('of a former attempt are removed before they are looked for anew', async () => {
    const { world, try: attempt } = await start();
    const one = attempt(pod);
    one.take(a);
    await one.bind('a');
    await world.settled();
    const next = attempt(pod);
    assert.deepEqual(next.filter(b), [refused('cannot schedule extended resource claim')]);
    assert.equal(await next.postFilter(), 'unschedulable: deletion of ResourceClaim completed');
    assert.deepEqual(world.list(resourceclaims), []);
    await world[Symbol.asyncDispose]();
  });

  it('have nothing to do with a claim of another namespace that names the pod as its owner', async () => {
    const { world, try: attempt } = await start();
    const one = attempt(pod);
    one.take(a);
    await one.bind('a');
    const [made] = world.list(resourceclaims);
    const foreign = { ...made!, metadata: { ...made!.metadata, namespace: 'elsewhere', name: 'theirs', uid: 'uid-theirs' }, status: {} };
    one.unreserve('a');
    world.put(resourceclaims, foreign);
    await world.settled();
    const next = attempt(pod);
    assert.deepEqual(next.filter(a), ['success']);
    await next.postFilter();
    assert.equal(world.list(resourceclaims).length, 1);
    await world[Symbol.asyncDispose]();
  });

  it('wait while there are not enough devices', async () => {
    const { world, try: attempt } = await start();
    assert.deepEqual(attempt(testPod('q', {}, { 'example.com/gpu': '2' })).filter(a), [refused('cannot allocate all claims')]);
    assert.deepEqual(attempt(testPod('q', {}, { 'example.com/gpu': '1', 'example.com/other': '1' })).filter(a), [refused('cannot fit resource')]);
    assert.deepEqual(attempt(testPod('q', {}, { 'deviceclass.resource.kubernetes.io/gpu': '1' })).filter(a), ['success']);
    await world[Symbol.asyncDispose]();
  });
});
