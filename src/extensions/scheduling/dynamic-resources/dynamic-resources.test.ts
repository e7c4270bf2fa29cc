import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSelector, PodSpec, PodStatus } from '../../../api/generated/core-v1.ts';
import { resourceclaims } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { FakeClient } from '../../../client/testing/fake-client.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import type { SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { SchedulingState } from '../../../extension-points/scheduling/scheduling-state.ts';
import { nodeWith, testInformers, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import dynamicResources from './dynamic-resources.ts';

const claim = (name: string, { status, metadata }: { status?: ResourceClaim['status']; metadata?: object } = {}): ResourceClaim => ({
  ...{ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', metadata: { name, namespace: 'default', uid: name, ...metadata } },
  spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'plain' } }] } },
  ...(status ? { status } : {}),
});
const onNode = (name: string): NodeSelector => ({ nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] }] });
const consumers = (count: number) => Array.from({ length: count }, (_, index) => ({ resource: 'pods', name: `p${index}`, uid: `u${index}` }));

const all = [
  claim('unallocated'),
  claim('anywhere', { status: { allocation: {} } }),
  claim('on-a', { status: { allocation: { nodeSelector: onNode('a') } } }),
  claim('full', { status: { allocation: {}, reservedFor: consumers(256) } }),
  claim('leaving', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
  claim('of-another', { metadata: { ownerReferences: [{ uid: 'another', controller: true }] } }),
];
const pluginWith = (classes: readonly string[] = ['plain'], client = new FakeClient({ clock: new ManualClock() })): SchedulingPlugin =>
  dynamicResources(undefined, {
    client,
    informers: testInformers({ resourceclaims: all, deviceclasses: classes.map((name) => ({ metadata: { name }, spec: {} })) }),
  });
const using = (resourceClaimName: string): Partial<PodSpec> => ({ resourceClaims: [{ name: 'device', resourceClaimName }] });
const podUsing = (name: string) => testPod('p', using(name));

schedulingConformance('DynamicResources', () => pluginWith(), { pods: [podUsing('on-a'), podUsing('unallocated'), podUsing('full')] });

/** What the plugin says of the pod on nodes `a` and `b`: the refusal as a whole, or by node. */
function verdicts(plugin: SchedulingPlugin, pod: ReturnType<typeof testPod>): string[] {
  const state = new SchedulingState();
  const { status } = plugin.preFilter!(state, pod, []);
  if (status.code !== 'success') return [[status.code, ...status.reasons].join(': ')];
  return ['a', 'b'].map((name) => {
    const { code, reasons } = plugin.filter!(state, pod, nodeWith(testNode(name)));
    return [code, ...reasons].join(': ');
  });
}

const refused = (reason: string): string => `unschedulable-and-unresolvable: ${reason}`;

describe('a pod with resource claims', () => {
  const cases: { name: string; spec: Partial<PodSpec>; classes?: string[]; want: string[] }[] = [
    { name: 'is none of the business of this plugin without any', spec: {}, want: ['skip'] },
    { name: 'goes anywhere with an allocation that is anywhere', spec: using('anywhere'), want: ['success', 'success'] },
    { name: 'goes where its devices are', spec: using('on-a'), want: ['success', refused('resourceclaim not available on the node')] },
    { name: 'waits while nobody allocated them', spec: using('unallocated'), want: Array(2).fill(refused('cannot allocate all claims')) },
    { name: 'waits for their class', spec: using('unallocated'), classes: [], want: [refused('request r: device class plain does not exist')] },
    { name: 'waits while as many use them as may', spec: using('full'), want: [refused('resourceclaim in use')] },
    { name: 'waits for a claim that is not there', spec: using('none'), want: [refused('resourceclaim.resource.k8s.io "none" not found')] },
  ];
  for (const { name, spec, classes, want } of cases) it(name, () => assert.deepEqual(verdicts(pluginWith(classes), testPod('p', spec)), want));

  it('stays out of the queue while a claim is missing, leaving, not made yet or not its own', () => {
    const { preEnqueue } = pluginWith();
    const reasonOf = (spec: Partial<PodSpec>, status?: PodStatus): string =>
      preEnqueue!({ ...testPod('p', spec), ...(status ? { status } : {}) }).reasons.join();
    const made: Partial<PodSpec> = { resourceClaims: [{ name: 'device', resourceClaimTemplateName: 't' }] };
    assert.equal(reasonOf(using('leaving')), 'resourceclaim "leaving" is being deleted');
    assert.match(reasonOf(made), /not created yet$/);
    assert.match(reasonOf(made, { resourceClaimStatuses: [{ name: 'device', resourceClaimName: 'of-another' }] }), /\(pod is not owner\)$/);
    assert.equal(reasonOf(made, { resourceClaimStatuses: [{ name: 'device' }] }), '');
    assert.equal(reasonOf(using('anywhere')), '');
  });
});

describe('what is said when nothing fits', () => {
  const saidAfter = async (plugin: SchedulingPlugin, state: SchedulingState) => {
    const { status } = await plugin.postFilter!(state, testPod('p'), new Map(), new AbortController().signal);
    return [status.code, ...status.reasons];
  };

  it('is that no claim stands in the way of a pod without claims, so that preemption is asked next', async () => {
    const plugin = pluginWith();
    const state = new SchedulingState();
    plugin.preFilter!(state, testPod('p'), []);
    assert.deepEqual(await saidAfter(plugin, state), ['unschedulable', 'no new claims to deallocate']);
  });

  it('is that a pod with claims still does not fit', async () => {
    const plugin = pluginWith();
    const state = new SchedulingState();
    plugin.preFilter!(state, podUsing('on-a'), []);
    assert.deepEqual(await saidAfter(plugin, state), ['unschedulable', 'still not schedulable']);
  });

  it('ends the search for help when another plugin refused the pod as a whole', async () => {
    assert.deepEqual(await saidAfter(pluginWith(), new SchedulingState()), ['unschedulable-and-unresolvable', 'not found']);
  });
});

it('reserves allocated claims for the pod before it is bound, once', async () => {
  const client = new FakeClient({ clock: new ManualClock() });
  await client.create(resourceclaims, all[2]!);
  const plugin = pluginWith(['plain'], client);
  const state = new SchedulingState();
  const pod = podUsing('on-a');
  assert.equal(plugin.preBindPreFlight!(new SchedulingState(), pod, 'a').code, 'skip');
  plugin.preFilter!(state, pod, []);
  assert.equal(plugin.preBindPreFlight!(state, pod, 'a').code, 'success');
  const signal = new AbortController().signal;
  assert.equal((await plugin.preBind!(state, pod, 'a', signal)).code, 'success');
  const { status } = await client.get(resourceclaims, { namespace: 'default', name: 'on-a' });
  assert.deepEqual(status?.reservedFor, [{ resource: 'pods', name: 'p', uid: pod.metadata.uid }]);
});

it('shares verdicts among pods without claims only', () => {
  assert.equal(pluginWith().sign!(testPod('p')), '');
  assert.equal(pluginWith().sign!(podUsing('anywhere')), undefined);
});
