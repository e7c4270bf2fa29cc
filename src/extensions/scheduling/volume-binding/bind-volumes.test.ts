import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import { nodes, persistentvolumeclaims, persistentvolumes, pods, storageclasses } from '../../../api/generated/resource-types.ts';
import { keyOf } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { settle } from '../../../client/testing/settle.ts';
import type { NodeInfo, SchedulingPlugin, Status } from '../../../extension-points/scheduling/contract.ts';
import { SchedulingState } from '../../../extension-points/scheduling/scheduling-state.ts';
import { nodeWith, testNode } from '../../../extension-points/scheduling/testing.ts';
import { podWith, reachableFrom, testClaim, testClass, testVolume, VolumeWorld } from '../../../extension-points/scheduling/volumes/testing.ts';
import { bindCompleted, boundByController, selectedNode } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import volumeBinding from './volume-binding.ts';

const host = 'kubernetes.io/hostname';
const node = testNode('a', { labels: { [host]: 'a' } });
const local = { storageClassName: 'wait', ...reachableFrom({ [host]: ['a'] }) };

/** A pod on its way to a node, as the scheduler takes it there. */
class Attempt {
  readonly #plugin: SchedulingPlugin;
  readonly #pod: Pod;
  readonly #state = new SchedulingState(false);
  readonly #info: NodeInfo = nodeWith(node);
  readonly abort = new AbortController();

  constructor(plugin: SchedulingPlugin, pod: Pod) {
    this.#plugin = plugin;
    this.#pod = pod;
  }

  filter(): string {
    const { status } = this.#plugin.preFilter!(this.#state, this.#pod, [this.#info]) as { status: Status };
    return textOf(status.code === 'success' ? (this.#plugin.filter!(this.#state, this.#pod, this.#info) as Status) : status);
  }

  /** After `filter`. */
  claim(): string {
    return textOf(this.#plugin.reserve!(this.#state, this.#pod, 'a', this.abort.signal) as Status);
  }

  reserve(): string {
    assert.equal(this.filter(), 'success');
    return this.claim();
  }

  unreserve(): void {
    this.#plugin.unreserve!(this.#state, this.#pod, 'a');
  }

  preFlight(): string {
    return textOf(this.#plugin.preBindPreFlight!(this.#state, this.#pod, 'a') as Status);
  }

  async bind(): Promise<string> {
    return textOf(await this.#plugin.preBind!(this.#state, this.#pod, 'a', this.abort.signal));
  }
}

const textOf = ({ code, reasons }: Status): string => [code, ...reasons].join(': ');
const unmatched = "unschedulable-and-unresolvable: node(s) didn't find available persistent volumes to bind";

async function worldWith(
  world: VolumeWorld,
  claims: readonly PersistentVolumeClaim[],
  volumes: readonly PersistentVolume[],
  args?: unknown,
): Promise<(pod: Pod) => Attempt> {
  world
    .put(nodes, node)
    .put(pods, podWith('p', 'c'), podWith('q', 'd'))
    .put(persistentvolumeclaims, ...claims)
    .put(persistentvolumes, ...volumes);
  world.put(storageclasses, testClass('wait', { provisioner: 'kubernetes.io/no-provisioner' }), testClass('made'));
  const plugin = volumeBinding(args, world);
  await world.settled();
  return (pod) => new Attempt(plugin, pod);
}

const volume = (world: VolumeWorld, name = 'v'): PersistentVolume => world.find(persistentvolumes, { name })!;
const claim = (world: VolumeWorld, name = 'c'): PersistentVolumeClaim => world.find(persistentvolumeclaims, { namespace: 'default', name })!;
/** What the volume controller does. */
const finish = (world: VolumeWorld, name: string, volumeName: string): void => {
  const found = claim(world, name);
  world.put(persistentvolumeclaims, {
    ...found,
    metadata: { ...found.metadata, annotations: { ...found.metadata.annotations, [bindCompleted]: 'yes' } },
    spec: { ...found.spec, volumeName },
  });
};
const waiting = { storageClassName: 'wait' };

describe('a volume that exists', () => {
  it('is set aside for a claim, written, and waited for', async () => {
    await using world = new VolumeWorld();
    const attempt = (await worldWith(world, [testClaim('c', waiting)], [testVolume('v', local)]))(podWith('p', 'c'));
    assert.equal(attempt.reserve(), 'success');
    assert.equal(volume(world).spec.claimRef, undefined);
    assert.equal(attempt.preFlight(), 'success');
    let outcome: string | undefined;
    const bound = attempt.bind().then((text) => (outcome = text));
    await settle();
    const { apiVersion, kind, namespace, name, uid } = volume(world).spec.claimRef!;
    assert.deepEqual([apiVersion, kind, namespace, name, uid], ['v1', 'PersistentVolumeClaim', 'default', 'c', 'uid-c']);
    assert.equal(volume(world).metadata.annotations?.[boundByController], 'yes');
    assert.equal(outcome, undefined);
    finish(world, 'c', 'v');
    assert.equal(await bound, 'success');
  });

  it("is nobody else's while it is set aside, and free again when the pod gives it up", async () => {
    await using world = new VolumeWorld();
    const attempts = await worldWith(world, [testClaim('c', waiting), testClaim('d', waiting)], [testVolume('v', local)]);
    const first = attempts(podWith('p', 'c'));
    assert.equal(first.reserve(), 'success');
    assert.equal(attempts(podWith('q', 'd')).filter(), unmatched);
    first.unreserve();
    first.unreserve();
    const second = attempts(podWith('q', 'd'));
    assert.equal(second.reserve(), 'success');
    // The first has nothing left to give up.
    first.unreserve();
    assert.equal(attempts(podWith('p', 'c')).filter(), unmatched);
  });

  it('that a person set aside is not marked as set aside by a controller', async () => {
    await using world = new VolumeWorld();
    const own = testVolume('v', { ...local, claimRef: { namespace: 'default', name: 'c' } });
    const attempt = (await worldWith(world, [testClaim('c', waiting)], [own]))(podWith('p', 'c'));
    attempt.reserve();
    const bound = attempt.bind();
    await settle();
    assert.equal(volume(world).spec.claimRef?.uid, 'uid-c');
    assert.equal(volume(world).metadata.annotations, undefined);
    finish(world, 'c', 'v');
    assert.equal(await bound, 'success');
  });

  it('is the smallest that does, also when two pods come at once', async () => {
    await using world = new VolumeWorld();
    const sizes = { small: '1Gi', large: '3Gi', middle: '2Gi' };
    const all = Object.entries(sizes).map(([name, storage]) => testVolume(name, { ...local, capacity: { storage } }));
    const attempts = await worldWith(world, [testClaim('c', waiting), testClaim('d', waiting)], all);
    const both = [attempts(podWith('p', 'c')), attempts(podWith('q', 'd'))];
    for (const attempt of both) attempt.reserve();
    const bound = both.map((attempt) => attempt.bind());
    await settle();
    assert.deepEqual(
      ['small', 'middle', 'large'].map((name) => volume(world, name).spec.claimRef?.name),
      ['c', 'd', undefined],
    );
    finish(world, 'c', 'small');
    finish(world, 'd', 'middle');
    assert.deepEqual(await Promise.all(bound), ['success', 'success']);
  });
});

describe('a volume that is yet to be made', () => {
  it('is asked for on the node that was chosen, and waited for', async () => {
    await using world = new VolumeWorld();
    const attempt = (await worldWith(world, [testClaim('c', { storageClassName: 'made' })], []))(podWith('p', 'c'));
    attempt.reserve();
    const bound = attempt.bind();
    await settle();
    assert.equal(claim(world).metadata.annotations?.[selectedNode], 'a');
    world.put(persistentvolumes, testVolume('v', { ...local, storageClassName: 'made' }));
    finish(world, 'c', 'v');
    assert.equal(await bound, 'success');
  });

  const cases: { name: string; change: (world: VolumeWorld) => void; want: string }[] = [
    {
      name: 'when its provisioner gave up',
      change: (world) => void world.put(persistentvolumeclaims, { ...claim(world), metadata: { ...claim(world).metadata, annotations: { other: 'x' } } }),
      want: 'provisioning failed for PVC "c"',
    },
    {
      name: 'when its claim lost all annotations',
      change(world) {
        const { annotations: _none, ...metadata } = claim(world).metadata;
        world.put(persistentvolumeclaims, { ...claim(world), metadata });
      },
      want: 'selectedNode annotation reset for PVC "c"',
    },
    {
      name: 'when its claim is gone',
      change: (world) => void world.client.store.remove(persistentvolumeclaims, keyOf(claim(world))),
      want: 'failed to check provisioning pvc: persistentvolumeclaims "default/c" not found',
    },
    {
      name: 'when it was made where the node does not reach it',
      change(world) {
        world.put(persistentvolumes, testVolume('v', { storageClassName: 'made', ...reachableFrom({ [host]: ['b'] }) }));
        finish(world, 'c', 'v');
      },
      want: 'pv "v" node affinity doesn\'t match node "a": no matching NodeSelectorTerms',
    },
  ];
  for (const { name, change, want } of cases) {
    it(`sends its pod back ${name}`, async () => {
      await using world = new VolumeWorld();
      const attempt = (await worldWith(world, [testClaim('c', { storageClassName: 'made' })], []))(podWith('p', 'c'));
      attempt.reserve();
      const bound = attempt.bind();
      await settle();
      change(world);
      assert.equal(await bound, `error: binding volumes: ${want}`);
    });
  }
});

describe('a pod that waits for its volume', () => {
  const cases: { name: string; change: (world: VolumeWorld) => void; want: string }[] = [
    {
      name: 'itself',
      change: (world) => void world.client.store.remove(pods, { namespace: 'default', name: 'p' }),
      want: 'pod does not exist any more: pod "p" not found',
    },
    {
      name: 'its node',
      change: (world) => void (world.client.store.remove(nodes, { name: 'a' }), world.put(persistentvolumes, volume(world))),
      want: 'failed to get node "a": node "a" not found',
    },
    {
      name: 'the volume',
      change: (world) => void world.client.store.remove(persistentvolumes, { name: 'v' }),
      want: 'failed to check binding: persistentvolumes "v" not found',
    },
    {
      name: 'the claim',
      change: (world) => void world.client.store.remove(persistentvolumeclaims, { namespace: 'default', name: 'c' }),
      want: 'failed to check binding: persistentvolumeclaims "default/c" not found',
    },
    {
      name: 'the binding',
      change(world) {
        const { claimRef: _none, ...spec } = volume(world).spec;
        world.put(persistentvolumes, { ...volume(world), spec });
      },
      want: 'ClaimRef got reset for pv "v"',
    },
  ];
  for (const { name, change, want } of cases) {
    it(`goes back when ${name} goes`, async () => {
      await using world = new VolumeWorld();
      const attempt = (await worldWith(world, [testClaim('c', waiting)], [testVolume('v', local)]))(podWith('p', 'c'));
      attempt.reserve();
      const bound = attempt.bind();
      await settle();
      change(world);
      assert.equal(await bound, `error: binding volumes: ${want}`);
    });
  }

  it('goes back after a time', async () => {
    await using world = new VolumeWorld();
    const attempt = (await worldWith(world, [testClaim('c', waiting)], [testVolume('v', local)], { bindTimeoutSeconds: 3 }))(podWith('p', 'c'));
    attempt.reserve();
    let outcome: string | undefined;
    void attempt.bind().then((text) => (outcome = text));
    for (let second = 0; second < 3; second++) {
      await settle();
      assert.equal(outcome, undefined);
      await world.clock.advance(1_000);
    }
    await settle();
    assert.equal(outcome, 'error: binding volumes: context deadline exceeded');
  });

  it('stops waiting when the scheduler stops', async () => {
    await using world = new VolumeWorld();
    const attempt = (await worldWith(world, [testClaim('c', waiting)], [testVolume('v', local)]))(podWith('p', 'c'));
    attempt.reserve();
    const bound = attempt.bind();
    await settle();
    attempt.abort.abort(new Error('scheduler stopped'));
    assert.equal(await bound, 'error: binding volumes: scheduler stopped');
  });

  it('gives up what was not written when a write is refused', async () => {
    let refuses = false;
    await using world = new VolumeWorld({
      intercept: ({ verb }) => {
        if (refuses && verb === 'replace') throw new ApiError(500, 'InternalError', 'refused by the test');
      },
    });
    const attempts = await worldWith(world, [testClaim('c', waiting), testClaim('d', waiting)], [testVolume('v', local)]);
    const attempt = attempts(podWith('p', 'c'));
    attempt.reserve();
    refuses = true;
    assert.equal(await attempt.bind(), 'error: refused by the test');
    assert.equal(attempts(podWith('q', 'd')).filter(), 'success');
  });
});

describe('a pod that has its volumes', () => {
  it('is bound without ado', async () => {
    await using world = new VolumeWorld();
    const attempts = await worldWith(
      world,
      [testClaim('c', waiting)],
      [testVolume('v', { ...local, claimRef: { namespace: 'default', name: 'c', uid: 'uid-c' } })],
    );
    finish(world, 'c', 'v');
    await settle();
    const attempt = attempts(podWith('p', 'c'));
    assert.equal(attempt.reserve(), 'success');
    assert.equal(attempt.preFlight(), 'skip');
    assert.equal(await attempt.bind(), 'success');
    assert.deepEqual(world.client.writes, []);
  });

  it('is not bound with a volume that changed since it was looked at', async () => {
    await using world = new VolumeWorld();
    const attempt = (await worldWith(world, [testClaim('c', waiting)], [testVolume('v', local)]))(podWith('p', 'c'));
    attempt.filter();
    world.put(persistentvolumes, { ...volume(world), metadata: { ...volume(world).metadata, labels: { a: 'b' } } });
    await settle();
    assert.match(attempt.claim(), /^error: "v" is out of sync \(stored: \d+, assume: \d+\)$/);
    attempt.unreserve();
  });
});
