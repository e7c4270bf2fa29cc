import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from '../../../api/generated/policy-v1.ts';
import { deployments, poddisruptionbudgets, pods, replicasets } from '../../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { settle } from '../../../client/testing/settle.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { timeText } from '../../../kernel/clock.ts';
import { disruptionController } from './disruption.ts';

const boats: ResourceType<KubernetesObject> = { group: 'sea.example.com', version: 'v1', resource: 'boats', kind: 'Boat', namespaced: true };
const controller = disruptionController({ discover: () => ({ resources: [{ type: boats, verbs: ['get'] }], failures: new Map() }) });
const labels = { app: 'web' };
const owner = (kind: string, name: string, uid: string, apiVersion = 'apps/v1') => [{ apiVersion, kind, name, uid, controller: true }];

async function createPod(world: ControllerWorld, name: string, rest: { isReady?: boolean; owners?: ReturnType<typeof owner> } = {}): Promise<void> {
  const { isReady = true, owners } = rest;
  await world.client.create(pods, {
    metadata: { name, namespace: 'a', labels, ...(owners ? { ownerReferences: owners } : {}) },
    spec: { containers: [] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  });
}

async function createBudget(world: ControllerWorld, spec: Omit<PodDisruptionBudgetSpec, 'selector'>, status?: PodDisruptionBudget['status']): Promise<void> {
  await world.client.create(poddisruptionbudgets, {
    metadata: { name: 'b', namespace: 'a', generation: 1 },
    spec: { selector: { matchLabels: labels }, ...spec },
    ...(status ? { status } : {}),
  } as PodDisruptionBudget);
}

const statusIn = (world: ControllerWorld): PodDisruptionBudget['status'] => world.find(poddisruptionbudgets, { namespace: 'a', name: 'b' })?.status;
/** Expected, healthy, desired, allowed, and why. */
function told(world: ControllerWorld): unknown[] {
  const { expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed, conditions } = statusIn(world)!;
  return [expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed, conditions?.[0]?.reason];
}

/** A deployment of so many replicas, whose replica set is its own. */
async function createDeployment(world: ControllerWorld, replicas: number): Promise<string> {
  const template = { metadata: { labels }, spec: { containers: [] } };
  const deployment = await world.client.create(deployments, {
    metadata: { name: 'web', namespace: 'a' },
    spec: { replicas, selector: { matchLabels: labels }, template },
  });
  const set = await world.client.create(replicasets, {
    metadata: { name: 'web-1', namespace: 'a', ownerReferences: owner('Deployment', 'web', deployment.metadata.uid!) },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  });
  return set.metadata.uid!;
}

describe('disruptionController', () => {
  const cases: readonly { readonly name: string; readonly spec: Omit<PodDisruptionBudgetSpec, 'selector'>; readonly want: unknown[] }[] = [
    { name: 'counts the pods that are there for a number', spec: { minAvailable: 1 }, want: [2, 2, 1, 1, 'SufficientPods'] },
    { name: 'allows nothing when all are needed', spec: { minAvailable: 2 }, want: [2, 2, 2, 0, 'InsufficientPods'] },
    { name: 'takes a share of what the deployment is to keep, rounded up', spec: { minAvailable: '30%' }, want: [4, 2, 2, 0, 'InsufficientPods'] },
    { name: 'takes what may be missing from that', spec: { maxUnavailable: 3 }, want: [4, 2, 1, 1, 'SufficientPods'] },
    { name: 'takes a share of what may be missing, rounded up', spec: { maxUnavailable: '60%' }, want: [4, 2, 1, 1, 'SufficientPods'] },
    { name: 'never wants less than nothing', spec: { maxUnavailable: 9 }, want: [4, 2, 0, 2, 'SufficientPods'] },
  ];
  for (const { name, spec, want } of cases)
    it(name, async () => {
      await using world = new ControllerWorld();
      const owners = owner('ReplicaSet', 'web-1', await createDeployment(world, 4));
      for (const pod of ['p', 'q']) await createPod(world, pod, { owners });
      await createPod(world, 'unready', { isReady: false, owners });
      await createBudget(world, spec);
      await world.start(controller);
      await settle();
      assert.deepEqual(told(world), typeof spec.minAvailable === 'number' ? [3, ...want.slice(1)] : want);
    });

  it('follows pods as they come, turn ready and go', async () => {
    await using world = new ControllerWorld();
    await createBudget(world, { minAvailable: 1 });
    await world.start(controller);
    await settle();
    assert.deepEqual([...told(world), world.events()], [0, 0, 1, 0, 'InsufficientPods', ['NoPods: No matching pods found']]);
    await createPod(world, 'p');
    await createPod(world, 'q', { isReady: false });
    await settle();
    assert.deepEqual(told(world), [2, 1, 1, 0, 'InsufficientPods']);
    const q = world.find(pods, { namespace: 'a', name: 'q' })!;
    await world.client.replace(pods, { ...q, status: { ...q.status, conditions: [{ type: 'Ready', status: 'True' }] } }, { subresource: 'status' });
    await settle();
    assert.deepEqual(told(world), [2, 2, 1, 1, 'SufficientPods']);
    await world.client.delete(pods, { namespace: 'a', name: 'p' });
    await settle();
    assert.deepEqual(told(world), [1, 1, 1, 0, 'InsufficientPods']);
  });

  it('counts a pod whose eviction was allowed as gone, for two minutes', async () => {
    await using world = new ControllerWorld();
    for (const pod of ['p', 'q']) await createPod(world, pod);
    await createBudget(
      world,
      { minAvailable: 1 },
      {
        currentHealthy: 2,
        desiredHealthy: 1,
        expectedPods: 2,
        disruptionsAllowed: 0,
        disruptedPods: { p: timeText(world.clock.now()), gone: timeText(world.clock.now()) },
      },
    );
    await world.start(controller);
    await settle();
    assert.deepEqual([told(world), Object.keys(statusIn(world)!.disruptedPods!)], [[2, 1, 1, 0, 'InsufficientPods'], ['p']]);
    await world.until(() => statusIn(world)!.disruptionsAllowed === 1, 'the pod that stayed counts again');
    assert.equal(statusIn(world)!.disruptedPods, undefined);
    assert.deepEqual(world.events(), ["NotDeleted: Pod was expected by PDB a/a to be deleted but it wasn't"]);
  });

  it('says that pods nobody controls cannot be counted', async () => {
    await using world = new ControllerWorld();
    await createPod(world, 'p');
    await createBudget(world, { maxUnavailable: 1 });
    await world.start(controller);
    await settle();
    assert.deepEqual(told(world), [0, 1, 0, 0, 'InsufficientPods']);
    assert.match(
      world.events()[0]!,
      /^UnmanagedPods: Pods selected by this PodDisruptionBudget \(selector: &LabelSelector\{MatchLabels:map\[string\]string\{app: web,\},MatchExpressions:\[\]LabelSelectorRequirement\{\},\}\) were found to be unmanaged\./,
    );
  });

  it('lets nobody go while a controller cannot be found', async () => {
    await using world = new ControllerWorld();
    await createPod(world, 'p', { owners: owner('Raft', 'r', 'u', 'sea.example.com/v1') });
    await createBudget(world, { maxUnavailable: 1 });
    await world.start(controller);
    await settle();
    const { disruptionsAllowed, conditions } = statusIn(world)!;
    const why = 'no matches for kind "Raft" in version "sea.example.com/v1"';
    assert.deepEqual([disruptionsAllowed, conditions?.[0]?.reason, conditions?.[0]?.message], [0, 'SyncFailed', why]);
    assert.equal(world.events()[0], `CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: ${why}`);
  });

  it('takes back the mark of a pod that was to go and stayed, but not the kubelet’s', async () => {
    await using world = new ControllerWorld();
    const marked = async (name: string, reason: string): Promise<void> => {
      const lastTransitionTime = timeText(world.clock.now());
      await world.client.create(pods, {
        metadata: { name, namespace: 'a' },
        spec: { containers: [] },
        status: { phase: 'Running', conditions: [{ type: 'DisruptionTarget', status: 'True', reason, lastTransitionTime }] },
      });
    };
    await marked('evicted', 'EvictionByEvictionAPI');
    await marked('ended', 'TerminationByKubelet');
    await world.start(controller);
    const conditionOf = (name: string): string | undefined => world.find(pods, { namespace: 'a', name })?.status?.conditions?.[0]?.status;
    await world.clock.advance(110_000);
    await settle();
    assert.equal(conditionOf('evicted'), 'True');
    await world.until(() => conditionOf('evicted') === 'False', 'the mark is taken back');
    assert.equal(conditionOf('ended'), 'True');
  });
});
