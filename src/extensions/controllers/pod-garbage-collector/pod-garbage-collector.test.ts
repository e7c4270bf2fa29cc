import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodStatus } from '../../../api/generated/core-v1.ts';
import { nodes, pods } from '../../../api/generated/resource-types.ts';
import { settle } from '../../../client/testing/settle.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { podGarbageCollectorController } from './pod-garbage-collector.ts';

async function createPod(
  world: ControllerWorld,
  name: string,
  options: { node?: string; phase?: NonNullable<PodStatus['phase']>; reason?: string; finalizers?: string[] } = {},
): Promise<void> {
  const { node, phase = 'Running', reason, finalizers } = options;
  await world.client.create(pods, {
    metadata: { name, namespace: 'a', ...(finalizers ? { finalizers } : {}) },
    spec: { containers: [], ...(node ? { nodeName: node } : {}) },
    status: { phase, ...(reason ? { reason } : {}) },
  });
}
const names = (world: ControllerWorld): string =>
  world
    .list(pods)
    .map(({ metadata }) => metadata.name)
    .join();

describe('podGarbageCollectorController', () => {
  it('removes the oldest finished pods beyond the threshold, evicted ones first', async () => {
    await using world = new ControllerWorld();
    await world.client.create(nodes, { metadata: { name: 'n' }, spec: {} });
    await createPod(world, 'oldest', { node: 'n', phase: 'Succeeded' });
    await world.clock.advance(1_000);
    await createPod(world, 'middle', { node: 'n', phase: 'Failed' });
    await world.clock.advance(1_000);
    await createPod(world, 'newest-evicted', { node: 'n', phase: 'Failed', reason: 'Evicted' });
    await createPod(world, 'running', { node: 'n' });
    await world.start(podGarbageCollectorController({ terminatedPodThreshold: 1 }));
    await settle();
    assert.equal(names(world), 'middle,running');
  });

  it('removes pods of a node that has been gone for 40 seconds, marked as failed and disrupted', async () => {
    await using world = new ControllerWorld();
    await createPod(world, 'lost', { node: 'gone', finalizers: ['example.com/hold'] });
    await world.start(podGarbageCollectorController());
    await world.clock.advance(39_000);
    await settle();
    assert.equal(world.find(pods, { namespace: 'a', name: 'lost' })?.metadata.deletionTimestamp, undefined);
    await world.clock.advance(21_000);
    await settle();
    const { metadata, status } = world.find(pods, { namespace: 'a', name: 'lost' }) ?? { metadata: {}, status: {} };
    assert.ok(metadata.deletionTimestamp);
    assert.equal(status?.phase, 'Failed');
    assert.deepEqual(
      status.conditions?.map(({ type, status: value, reason, message }) => [type, value, reason, message]),
      [['DisruptionTarget', 'True', 'DeletionByPodGC', 'PodGC: node no longer exists']],
    );
  });

  it('removes pods that were deleted before they were scheduled, and those on nodes out of service', async () => {
    await using world = new ControllerWorld();
    await world.client.create(nodes, { metadata: { name: 'down' }, spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] } });
    await createPod(world, 'stuck', { node: 'down' });
    await createPod(world, 'alive', { node: 'down' });
    await createPod(world, 'held', { phase: 'Pending', finalizers: ['example.com/hold'] });
    await world.client.delete(pods, { namespace: 'a', name: 'held' });
    await world.client.delete(pods, { namespace: 'a', name: 'stuck' });
    await world.start(podGarbageCollectorController());
    await settle();
    assert.equal(names(world), 'alive,held');
    assert.equal(world.find(pods, { namespace: 'a', name: 'held' })?.status?.phase, 'Failed');
  });
});
