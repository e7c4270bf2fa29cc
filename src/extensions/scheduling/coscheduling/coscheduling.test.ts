import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pods } from '../../../api/generated/resource-types.ts';
import { ApiError } from '../../../api/status.ts';
import { FakeClient } from '../../../client/testing/fake-client.ts';
import { settle } from '../../../client/testing/settle.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { AttachableHandle } from '../../../extension-points/scheduling/handle.ts';
import { SchedulingState } from '../../../extension-points/scheduling/scheduling-state.ts';
import { testInformers } from '../../../extension-points/scheduling/testing.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import defaultPreemption from '../default-preemption/default-preemption.ts';
import nodeResourcesFit from '../node-resources-fit/node-resources-fit.ts';
import coscheduling from './coscheduling.ts';
import { podgroups } from './pod-group-type.ts';
import { Gangs } from './testing/gangs.ts';

const silent = { record: () => undefined, as: () => silent, flush: async () => undefined };
schedulingConformance('Coscheduling', () =>
  coscheduling(undefined, new AttachableHandle({ client: new FakeClient(), informers: testInformers(), events: silent, clock: new ManualClock() })),
);

describe('a pod group', () => {
  it('is bound when there are enough members, and not before', async () => {
    await using world = new Gangs();
    await world.room('a', 4);
    await world.group('g', { minMember: 3 });
    await world.begin();
    await world.members('g', 2);
    await world.pass(1);
    assert.deepEqual(world.bound(), []);
    world.heard('g-01', '0/1 nodes are available: pre-filter pod g-01 cannot find enough sibling pods, current pods number: 1, minMember of group: 3.');
    world.heard('g-02', '0/1 nodes are available: pre-filter pod g-02 cannot find enough sibling pods, current pods number: 2, minMember of group: 3.');
    await world.member('g-03', 'g');
    await world.pass(1);
    assert.deepEqual(world.bound(), ['g-01@a', 'g-02@a', 'g-03@a']);
  });

  it('runs more members than it needs when there is room, one by one', async () => {
    await using world = new Gangs();
    await world.room('a', 3);
    await world.group('g', { minMember: 2 });
    await world.begin();
    await world.members('g', 5);
    await world.pass(15);
    assert.equal(world.bound().length, 3);
    world.heard('g-05', '0/1 nodes are available: 1 Insufficient cpu.');
  });

  it('gives up all places when one member fits nowhere, and comes together when there is room', async () => {
    await using world = new Gangs();
    await world.room('a', 3);
    await world.group('g', { minMember: 4 });
    await world.begin();
    await world.members('g', 4);
    await settle(100);
    assert.deepEqual([world.bound(), world.holding()], [[], []]);
    world.heard('g-04', '0/1 nodes are available: 1 Insufficient cpu. PodGroup default/g gets rejected due to Pod g-04 is unschedulable even after PostFilter');
    world.heard('g-01', 'optimistic rejection in PostFilter');
    await world.room('b', 1);
    await world.pass(10);
    assert.equal(world.bound().length, 4);
  });

  it('keeps its places when it lacks little, and gives them up when the time is over', async () => {
    await using world = new Gangs();
    await world.room('a', 9);
    await world.group('g', { minMember: 10, scheduleTimeoutSeconds: 30 });
    await world.begin();
    await world.members('g', 10);
    await world.pass(20);
    assert.deepEqual([world.bound(), world.holding().length], [[], 9]);
    world.heard('g-10', '0/1 nodes are available: 1 Insufficient cpu.');
    await world.pass(10);
    assert.equal(world.bound().length, 0);
    world.heard('g-02', 'rejection in Unreserve');
    const timedOut = world.said.filter((line) => line.includes('rejected due to timeout after waiting 30s at plugin Coscheduling'));
    assert.equal(timedOut.length, 1, 'the others go with the first');
  });

  it('waits as long as the arguments say when it says nothing itself', async () => {
    for (const scheduleTimeoutSeconds of [undefined, 0]) {
      await using world = new Gangs();
      await world.room('a', 9);
      await world.group('g', { minMember: 10, ...(scheduleTimeoutSeconds === undefined ? {} : { scheduleTimeoutSeconds }) });
      await world.begin({ permitWaitingTimeSeconds: 5 });
      await world.members('g', 10);
      await world.pass(6);
      assert.ok(world.said.some((line) => line.includes('rejected due to timeout after waiting 5s at plugin Coscheduling')));
    }
  });

  it('comes together while members wait', async () => {
    await using world = new Gangs();
    await world.room('a', 9);
    await world.group('g', { minMember: 10 });
    await world.begin();
    await world.members('g', 10);
    await world.pass(5);
    assert.equal(world.holding().length, 9);
    await world.room('b', 1);
    await world.pass(10);
    assert.deepEqual([world.bound().length, world.holding()], [10, []]);
  });

  it('is let go when it needs fewer members than before', async () => {
    await using world = new Gangs();
    await world.room('a', 9);
    const group = await world.group('g', { minMember: 10 });
    await world.begin();
    await world.members('g', 10);
    await world.pass(2);
    await world.client.patch(podgroups, { namespace: 'default', name: group.metadata.name! }, { type: 'merge', body: { spec: { minMember: 9 } } });
    await world.pass(1);
    assert.equal(world.bound().length, 9);
  });

  it('ends the wait of its members when it is deleted', async () => {
    await using world = new Gangs();
    await world.room('a', 9);
    await world.group('g', { minMember: 10 });
    await world.begin();
    await world.members('g', 10);
    await world.pass(2);
    await world.client.delete(podgroups, { namespace: 'default', name: 'g' });
    await world.pass(1);
    assert.deepEqual([world.bound(), world.holding()], [[], []]);
    world.heard('g-01', 'PodGroup not found');
  });

  it('counts members that run already, and those that have finished', async () => {
    await using world = new Gangs();
    await world.room('a', 9);
    await world.group('g', { minMember: 3 });
    await world.member('running', 'g', { nodeName: 'a' });
    await world.member('finished', 'g', { nodeName: 'a' });
    await world.client.patch(
      pods,
      { namespace: 'default', name: 'finished' },
      { type: 'merge', body: { status: { phase: 'Succeeded' } } },
      { subresource: 'status' },
    );
    await world.begin();
    await world.member('new', 'g');
    await world.pass(1);
    assert.ok(world.bound().includes('new@a'));
  });

  it('keeps its places when the plugin is loaded anew, and comes together under the new one', async () => {
    await using world = new Gangs();
    await world.room('a', 9);
    await world.group('g', { minMember: 10 });
    await world.begin();
    await world.members('g', 10);
    await world.pass(2);
    assert.equal(world.holding().length, 9);
    await world.replace((handle) => ({ Coscheduling: coscheduling({}, handle), NodeResourcesFit: nodeResourcesFit() }));
    await world.room('b', 1);
    await world.pass(15);
    assert.equal(world.bound().length, 10);
  });

  it('must exist for its members to run; others do not mind', async () => {
    await using world = new Gangs();
    await world.room('a', 9);
    await world.begin();
    await world.member('lonely', 'g');
    await world.addPod('single');
    await world.pass(1);
    assert.deepEqual(world.bound(), ['single@a']);
    world.heard('lonely', 'PodGroup not found');
    await world.group('g', { minMember: 1 });
    await world.pass(3);
    assert.deepEqual(world.bound(), ['lonely@a', 'single@a']);
  });

  it('is not served while its definition is missing, and is once it is there', async () => {
    let isDefined = false;
    await using world = new Gangs({
      intercept: ({ resource }) => {
        if (!isDefined && resource === 'podgroups.scheduling.x-k8s.io') throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
      },
    });
    await world.room('a', 9);
    await world.begin();
    await world.addPod('single');
    await world.members('g', 2);
    await world.pass(1);
    assert.deepEqual(world.bound(), ['single@a']);
    isDefined = true;
    await world.group('g', { minMember: 2 });
    await world.pass(5);
    assert.deepEqual(world.bound(), ['g-01@a', 'g-02@a', 'single@a']);
  });

  it('counts gated members out, and is tried when a gate opens', async () => {
    await using world = new Gangs();
    await world.room('a', 9);
    await world.group('g', { minMember: 3 });
    await world.begin();
    await world.members('g', 2);
    await world.member('g-03', 'g', { schedulingGates: [{ name: 'example.com/gate' }] });
    await world.pass(1);
    world.heard('g-02', 'current pods number: 2, minMember of group: 3.');
    await world.client.patch(pods, { namespace: 'default', name: 'g-03' }, { type: 'merge', body: { spec: { schedulingGates: null } } });
    await world.pass(15);
    assert.equal(world.bound().length, 3);
  });

  it('waits for the resources of the whole group, counting what its own members hold', async () => {
    await using world = new Gangs();
    await world.room('a', 4);
    await world.room('b', 2);
    await world.addPod('other', { requests: { cpu: '1' } });
    await world.group('g', { minMember: 3, minResources: { cpu: '6' } });
    await world.begin();
    await world.pass(1);
    await world.members('g', 3);
    await world.pass(1);
    world.heard('g-03', '0/2 nodes are available: resource gap: map[cpu:1].');
    assert.equal(world.bound().length, 1);
    await world.client.delete(pods, { namespace: 'default', name: 'other' }, { gracePeriodSeconds: 0 });
    await world.pass(15);
    assert.equal(world.bound().length, 3);
  });

  it('is left alone for a while after it was rejected, and tried when that is over', async () => {
    await using world = new Gangs();
    await world.room('a', 1);
    await world.group('g', { minMember: 2 });
    await world.begin({ podGroupBackoffSeconds: 20 });
    await world.members('g', 2);
    await world.pass(5);
    await world.room('b', 1);
    await world.pass(10);
    assert.deepEqual(world.bound(), []);
    world.heard('g-02', 'podGroup default/g failed recently');
    await world.pass(6);
    assert.equal(world.bound().length, 2);
  });

  it('gives way to a more important pod while it waits, without a pod being ended', async () => {
    await using world = new Gangs();
    await world.room('a', 9);
    await world.group('g', { minMember: 10 });
    const { handle } = world;
    await world.start({
      Coscheduling: coscheduling({}, handle),
      NodeResourcesFit: nodeResourcesFit(),
      DefaultPreemption: defaultPreemption(undefined, handle, () => 0),
    });
    await world.members('g', 10);
    await world.pass(2);
    assert.equal(world.holding().length, 9);
    await world.addPod('important', { priority: 100, requests: { cpu: '1' } });
    await world.pass(3);
    assert.deepEqual(world.bound(), ['important@a']);
    assert.ok(world.said.some((line) => / Preempted: .* \(in kube-scheduler memory\)\.$/.test(line)));
    assert.equal(world.client.store.list(pods).length, 11);
    await world.room('b', 5);
    await world.pass(30);
    assert.equal(world.bound().length, 11);
  });

  it('leaves everything as it is when one only asks what would become of a member', async () => {
    await using world = new Gangs();
    await world.room('a', 3);
    await world.group('g', { minMember: 10 });
    await world.begin();
    const { handle } = world;
    const plugin = coscheduling({}, handle);
    for (let index = 0; index < 10; index++) await world.member(`g-${index}`, 'g');
    await settle();
    const pod = await world.client.get(pods, { namespace: 'default', name: 'g-9' });
    const failures = new Map([['a', unschedulable('Insufficient cpu')]]);
    const state = new SchedulingState();
    const answer = await plugin.reviewPostFilter!(state, pod, failures, new AbortController().signal);
    assert.match(answer.status.reasons.join(), /PodGroup default\/g gets rejected due to Pod g-9/);
    assert.equal(plugin.preEnqueue!(pod).code, 'success');
    await plugin.postFilter!(state, pod, failures, new AbortController().signal);
    assert.equal(plugin.preEnqueue!(pod).code, 'unschedulable-and-unresolvable');
    plugin[Symbol.dispose]?.();
  });

  it('loses its place in the queue when it fails, so that later ones are not kept waiting', async () => {
    await using world = new Gangs();
    await world.room('a', 2);
    await world.group('a-large', { minMember: 4 });
    await world.clock.advance(1_000);
    await world.group('b-small', { minMember: 2 });
    await world.members('a-large', 4);
    await world.members('b-small', 2);
    await world.begin();
    await world.pass(5);
    assert.deepEqual(world.bound(), ['b-small-01@a', 'b-small-02@a']);
  });
});
