import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Deployment, ReplicaSet } from '../../../api/generated/apps-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { deployments, pods, replicasets } from '../../../api/generated/resource-types.ts';
import { keyOf, nameOf } from '../../../api/object.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import type { Controller } from '../../../extension-points/controllers/contract.ts';
import { isControlledBy } from '../../../extension-points/controllers/owner-references.ts';
import { createPod } from '../../../extension-points/controllers/pod-control.ts';
import { isPodAvailable, isPodReady } from '../../../extension-points/controllers/pod-state.ts';
import { defineReconciler } from '../../../extension-points/controllers/reconcile.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { runPods } from '../../../extension-points/controllers/testing/pod-actors.ts';
import { deploymentController } from './deployment.ts';

const key = { namespace: 'a', name: 'web' };
const deployment = (replicas: number, more: Partial<Deployment['spec']> = {}): Deployment => ({
  metadata: { ...key, annotations: { owner: 'me', 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'v1' }] } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...more,
  },
});
const read = (world: ControllerWorld): Deployment => world.find(deployments, key) ?? assert.fail('the deployment is gone');
const imageOf = ({ spec }: ReplicaSet | Pod | Deployment): string =>
  ('template' in spec ? spec.template?.spec?.containers[0]?.image : 'containers' in spec ? spec.containers[0]?.image : '') ?? '';
const setImage = (world: ControllerWorld, image: string) =>
  world.client.patch(deployments, key, { type: 'merge', body: { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } } });
const patchSpec = (world: ControllerWorld, spec: Partial<Deployment['spec']>) => world.client.patch(deployments, key, { type: 'merge', body: { spec } });
const condition = (world: ControllerWorld, type: string): string => {
  const found = read(world).status?.conditions?.find((entry) => entry.type === type);
  return `${found?.status} ${found?.reason}`;
};
const isRolledOut = (world: ControllerWorld, image: string): boolean => {
  const { status, spec, metadata } = read(world);
  return (
    status?.observedGeneration === metadata.generation &&
    status?.updatedReplicas === spec.replicas &&
    status?.replicas === spec.replicas &&
    status?.availableReplicas === spec.replicas &&
    world.list(pods).every((pod) => imageOf(pod) === image) &&
    condition(world, 'Progressing') === 'True NewReplicaSetAvailable'
  );
};
const sizes = (world: ControllerWorld): Record<string, number> =>
  Object.fromEntries(world.list(replicasets).map((set) => [imageOf(set), set.spec.replicas ?? 0]));

/** A plain stand-in for the replica set controller, which this folder must not import. */
const replicaSets: Controller = defineReconciler({
  name: 'replica-sets',
  primary: replicasets,
  owns: [pods],
  async reconcile(setKey, { client, events, clock }) {
    const set = await client.get(replicasets, setKey).catch(() => undefined);
    if (!set) return;
    const own = (await client.list(pods)).items.filter((pod) => isControlledBy(pod, set) && !pod.metadata.deletionTimestamp);
    const wanted = set.spec.replicas ?? 0;
    for (let count = own.length; count < wanted; count++) await createPod({ client, events, owner: set, ownerType: replicasets }, set.spec.template ?? {});
    for (const pod of own.slice(wanted)) await client.delete(pods, keyOf(pod));
    const status = {
      replicas: wanted,
      readyReplicas: own.filter(isPodReady).length,
      availableReplicas: own.filter((pod) => isPodAvailable(pod, 0, clock.now())).length,
      observedGeneration: set.metadata.generation ?? 0,
    };
    if (JSON.stringify(status) !== JSON.stringify(set.status)) await client.replace(replicasets, { ...set, status }, { subresource: 'status' });
  },
});

controllerConformance('deployment', () => ({
  controller: deploymentController(),
  arrange: async (client) => void (await client.create(deployments, deployment(2))),
  isDone: (client) =>
    (client.store.get(deployments, key) as unknown as Deployment).status?.observedGeneration === 1 && client.store.list(replicasets).length === 1,
}));

describe('deploymentController', () => {
  it('creates a replica set with the template hash, revision and annotations', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world);
    await world.start(deploymentController(), replicaSets);
    await world.client.create(deployments, deployment(3));
    await world.until(() => isRolledOut(world, 'v1'), 'the first rollout');
    const [set] = world.list(replicasets);
    const hash = set?.metadata.labels?.['pod-template-hash'] ?? '';
    assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{5,10}$/);
    assert.equal(set && nameOf(set), `web-${hash}`);
    assert.deepEqual(
      [set?.spec.selector.matchLabels, set?.spec.template?.metadata?.labels],
      [
        { app: 'web', 'pod-template-hash': hash },
        { app: 'web', 'pod-template-hash': hash },
      ],
    );
    assert.deepEqual(set?.metadata.annotations, {
      owner: 'me',
      'deployment.kubernetes.io/revision': '1',
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
    });
    assert.equal(read(world).metadata.annotations?.['deployment.kubernetes.io/revision'], '1');
    assert.equal(condition(world, 'Available'), 'True MinimumReplicasAvailable');
    assert.ok(world.events().includes(`ScalingReplicaSet: Scaled up replica set web-${hash} from 0 to 3`));
  });

  it('scales, rolls and rolls back', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world);
    await world.start(deploymentController(), replicaSets);
    await world.client.create(deployments, deployment(2));
    await world.until(() => isRolledOut(world, 'v1'), 'the first rollout');
    await patchSpec(world, { replicas: 5 });
    await world.until(() => isRolledOut(world, 'v1') && world.list(pods).length === 5, 'five pods');

    let mostPods = 0;
    let fewestReady = 99;
    world.informers.informer(pods).onChange({
      added() {
        mostPods = Math.max(mostPods, count());
      },
      deleted() {
        fewestReady = Math.min(fewestReady, world.list(pods).filter(isPodReady).length);
      },
    });
    const count = (): number => world.list(pods).filter(({ metadata }) => !metadata.deletionTimestamp).length;
    await setImage(world, 'v2');
    await world.until(() => isRolledOut(world, 'v2'), 'the second rollout');
    assert.deepEqual(sizes(world), { v1: 0, v2: 5 });
    assert.ok(mostPods <= 6, `${mostPods} pods at once, with a surge of 1`);
    assert.ok(fewestReady >= 5, `only ${fewestReady} ready, with none to be unavailable`);
    assert.equal(read(world).metadata.annotations?.['deployment.kubernetes.io/revision'], '2');

    await setImage(world, 'v1'); // kubectl rollout undo copies the old template
    await world.until(() => isRolledOut(world, 'v1'), 'the way back');
    assert.deepEqual(sizes(world), { v1: 5, v2: 0 });
    const back = world.list(replicasets).find((set) => imageOf(set) === 'v1');
    assert.deepEqual(
      [back?.metadata.annotations?.['deployment.kubernetes.io/revision'], back?.metadata.annotations?.['deployment.kubernetes.io/revision-history']],
      ['3', '1'],
    );
    assert.equal(read(world).metadata.annotations?.['deployment.kubernetes.io/revision'], '3');
  });

  it('stops a rollout to pods that never get ready, keeps serving, and says so after the deadline', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world, { isBroken: (pod) => imageOf(pod) === 'broken' });
    await world.start(deploymentController(), replicaSets);
    await world.client.create(deployments, deployment(3, { progressDeadlineSeconds: 30 }));
    await world.until(() => isRolledOut(world, 'v1'), 'the first rollout');
    await setImage(world, 'broken');
    await world.until(() => condition(world, 'Progressing') === 'False ProgressDeadlineExceeded', 'the deadline');
    assert.deepEqual(sizes(world), { v1: 3, broken: 1 });
    assert.equal(condition(world, 'Available'), 'True MinimumReplicasAvailable');
    await setImage(world, 'v2');
    await world.until(() => isRolledOut(world, 'v2'), 'the rollout after it');
  });

  it('does nothing to the template while it is paused, but scales', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world);
    await world.start(deploymentController(), replicaSets);
    await world.client.create(deployments, deployment(2));
    await world.until(() => isRolledOut(world, 'v1'), 'the first rollout');
    await patchSpec(world, { paused: true });
    await setImage(world, 'v2');
    await patchSpec(world, { replicas: 4 });
    await world.until(() => sizes(world)['v1'] === 4, 'the new size');
    assert.deepEqual(sizes(world), { v1: 4 });
    assert.equal(condition(world, 'Progressing'), 'Unknown DeploymentPaused');
    await patchSpec(world, { paused: false });
    await world.until(() => isRolledOut(world, 'v2'), 'the rollout after the pause');
  });

  it('recreates: no new pod before the last old one is gone', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world);
    await world.start(deploymentController(), replicaSets);
    await world.client.create(deployments, deployment(3, { strategy: { type: 'Recreate' } }));
    await world.until(() => isRolledOut(world, 'v1'), 'the first rollout');
    let wasMixed = false;
    world.informers.informer(pods).onChange({
      added(pod, isInitial) {
        wasMixed ||= !isInitial && imageOf(pod) === 'v2' && world.list(pods).some((other) => imageOf(other) === 'v1');
      },
    });
    await setImage(world, 'v2');
    await world.until(() => isRolledOut(world, 'v2'), 'the recreation');
    assert.equal(wasMixed, false);
  });

  it('spreads a new size over the replica sets of a rollout under way', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world, { isBroken: (pod) => imageOf(pod) === 'broken' });
    await world.start(deploymentController(), replicaSets);
    await world.client.create(deployments, deployment(10, { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }));
    await world.until(() => isRolledOut(world, 'v1'), 'the first rollout');
    await setImage(world, 'broken');
    await world.until(() => JSON.stringify(sizes(world)) !== '{"v1":10}' && sizes(world)['v1'] === 8, 'the stuck rollout');
    await settle(50);
    assert.deepEqual(sizes(world), { v1: 8, broken: 5 }); // the documentation's example of proportional scaling
    await patchSpec(world, { replicas: 15 });
    await world.until(() => sizes(world)['v1'] === 11, 'the new sizes');
    assert.deepEqual(sizes(world), { v1: 11, broken: 7 });
  });

  it('keeps as many old replica sets as the history limit says', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world);
    await world.start(deploymentController(), replicaSets);
    await world.client.create(deployments, deployment(1, { revisionHistoryLimit: 1 }));
    for (const image of ['v1', 'v2', 'v3', 'v4']) {
      if (image !== 'v1') await setImage(world, image);
      await world.until(() => isRolledOut(world, image), `the rollout of ${image}`);
    }
    await world.until(() => world.list(replicasets).length === 2, 'the clean-up');
    assert.deepEqual(sizes(world), { v3: 0, v4: 1 });
  });

  it('gets around a replica set of another owner that has its name', async () => {
    await using world = new ControllerWorld();
    await world.start(deploymentController());
    await world.client.create(deployments, deployment(1));
    await world.until(() => world.list(replicasets).length === 1, 'the name');
    const [taken] = world.list(replicasets);
    await world.stop();
    await world.client.delete(deployments, key);
    await world.client.patch(replicasets, keyOf(taken ?? assert.fail()), { type: 'merge', body: { metadata: { ownerReferences: null, labels: null } } });
    await world.start(deploymentController());
    await world.client.create(deployments, deployment(1));
    await world.until(() => world.list(replicasets).length === 2, 'another name');
    assert.equal(read(world).status?.collisionCount, 1);
  });
});
