import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { nodes, persistentvolumeclaims, persistentvolumes, pods, storageclasses } from '../../../api/generated/resource-types.ts';
import { settle } from '../../../client/testing/settle.ts';
import type { SchedulingPlugin, Status } from '../../../extension-points/scheduling/contract.ts';
import { SchedulingState } from '../../../extension-points/scheduling/scheduling-state.ts';
import { nodeWith, seededRandom, testNode } from '../../../extension-points/scheduling/testing.ts';
import { podWith, reachableFrom, testClaim, testClass, testVolume, VolumeWorld } from '../../../extension-points/scheduling/volumes/testing.ts';
import { bindCompleted } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import volumeBinding from './volume-binding.ts';

const host = 'kubernetes.io/hostname';
const infos = ['a', 'b', 'c'].map((name) => nodeWith(testNode(name, { labels: { [host]: name } })));
const { signal } = new AbortController();

/** Binds every claim whose volume refers to it, as the volume controller does; sometimes somebody labels a volume in between. */
function act(world: VolumeWorld, random: () => number): void {
  for (const volume of world.client.store.list(persistentvolumes) as unknown as ReturnType<typeof testVolume>[]) {
    const { claimRef } = volume.spec;
    const claim = claimRef && world.find<PersistentVolumeClaim>(persistentvolumeclaims, { namespace: 'default', name: claimRef.name! });
    if (claim && !claim.spec.volumeName)
      world.put(persistentvolumeclaims, {
        ...claim,
        metadata: { ...claim.metadata, annotations: { [bindCompleted]: 'yes' } },
        spec: { ...claim.spec, volumeName: volume.metadata.name! },
      });
    if (random() < 0.1) world.put(persistentvolumes, { ...volume, metadata: { ...volume.metadata, labels: { turn: String(random()) } } });
  }
}

/** Takes a pod as far as it comes: it may find no node, be given up before it is bound, or fail to bind. */
async function schedule(plugin: SchedulingPlugin, name: string, random: () => number): Promise<string> {
  const state = new SchedulingState(false);
  const pod = podWith(`p-${name}`, name);
  const { status } = plugin.preFilter!(state, pod, infos) as { status: Status };
  if (status.code !== 'success') return status.code;
  const fitting = infos.filter((info) => (plugin.filter!(state, pod, info) as Status).code === 'success');
  const chosen = fitting[Math.floor(random() * fitting.length)];
  if (!chosen) return 'unfit';
  const reserved = (await plugin.reserve!(state, pod, chosen.name, signal)).code;
  const isGivenUp = reserved !== 'success' || random() < 0.3;
  const bound =
    isGivenUp || plugin.preBindPreFlight!(state, pod, chosen.name).code === 'skip' ? undefined : await plugin.preBind!(state, pod, chosen.name, signal);
  if (!isGivenUp && (bound === undefined || bound.code === 'success')) return chosen.name;
  plugin.unreserve!(state, pod, chosen.name);
  return 'given up';
}

describe('volumes under many pods at once', () => {
  for (const [seed, schedulers] of [1, 2].flatMap((count) => [1, 2, 3, 4, 5, 6, 7, 8].map((number) => [number, count] as const))) {
    it(`go to one claim each, on a node that reaches them (${schedulers} at it, seed ${seed})`, async () => {
      const random = seededRandom(seed);
      await using world = new VolumeWorld();
      world.put(nodes, ...infos.map(({ node }) => node)).put(storageclasses, testClass('wait', { provisioner: 'kubernetes.io/no-provisioner' }));
      const names = Array.from({ length: 12 }, (_, index) => `c${index}`);
      world.put(pods, ...names.map((name) => podWith(`p-${name}`, name)));
      world.put(persistentvolumeclaims, ...names.map((name) => testClaim(name, { storageClassName: 'wait' })));
      for (let index = 0; index < 9; index++)
        world.put(persistentvolumes, testVolume(`v${index}`, { storageClassName: 'wait', ...reachableFrom({ [host]: [infos[index % 3]!.name] }) }));
      // Each takes for granted what it decided on itself only.
      const plugins = Array.from({ length: schedulers }, () => volumeBinding({ bindTimeoutSeconds: 5 }, world));
      await world.settled();

      const placed = new Map<string, string>();
      for (let round = 0; round < 6 * schedulers; round++) {
        const turns = names
          .filter((name) => !placed.has(name))
          .map(async (name, place) => [name, await schedule(plugins[place % schedulers]!, name, random)] as const);
        let outcomes: (readonly [string, string])[] | undefined;
        const all = Promise.all(turns).then((done) => (outcomes = done));
        while (!outcomes) {
          await settle(3);
          act(world, random);
          await world.clock.advance(500);
        }
        for (const [name, node] of await all) if (infos.some((info) => info.name === node)) placed.set(name, node);
      }

      const owners = world.client.store.list(persistentvolumes).flatMap((volume) => {
        const { claimRef } = (volume as unknown as ReturnType<typeof testVolume>).spec;
        return claimRef ? [claimRef.name!] : [];
      });
      assert.equal(new Set(owners).size, owners.length, `two volumes refer to one claim: ${owners.join()}`);
      for (const [name, node] of placed) {
        const claim = world.find<PersistentVolumeClaim>(persistentvolumeclaims, { namespace: 'default', name })!;
        const volume = world.find(persistentvolumes, { name: claim.spec.volumeName! })!;
        assert.deepEqual([volume.spec.claimRef?.name, volume.spec.nodeAffinity], [name, reachableFrom({ [host]: [node] }).nodeAffinity]);
      }
      assert.equal(placed.size, 9);
    });
  }
});
