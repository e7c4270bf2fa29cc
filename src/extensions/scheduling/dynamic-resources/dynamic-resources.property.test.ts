import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deviceclasses, nodes, resourceclaims, resourceslices } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { quantityValue } from '../../../api/quantity.ts';
import { ApiError, modified } from '../../../api/status.ts';
import { settle } from '../../../client/testing/settle.ts';
import type { SchedulingPlugin, Status } from '../../../extension-points/scheduling/contract.ts';
import { DeviceWorld, podUsing, testClaim, testDeviceClass, testRequest, testSlice } from '../../../extension-points/scheduling/devices/testing.ts';
import { SchedulingState } from '../../../extension-points/scheduling/scheduling-state.ts';
import { nodeWith, seededRandom, testNode } from '../../../extension-points/scheduling/testing.ts';
import dynamicResources from './dynamic-resources.ts';

const infos = ['a', 'b', 'c'].map((name) => nodeWith(testNode(name)));
const { signal } = new AbortController();
/** Two devices for one claim each, two that take from a counter which is enough for one of them, and one that claims share. */
const slices = infos.flatMap(({ name }) => {
  const pool = { name, generation: 1, resourceSliceCount: 2 };
  const half = (device: string) => ({ name: device, consumesCounters: [{ counterSet: 's', counters: { c: { value: '2' } } }] });
  return [
    testSlice(name, ['d0', 'd1', half('h0'), half('h1'), { name: 'shared', allowMultipleAllocations: true, capacity: { memory: { value: '2' } } }], { pool }),
    {
      metadata: { name: `${name}-counters` },
      spec: { driver: testSlice(name, []).spec.driver, nodeName: name, pool, sharedCounters: [{ name: 's', counters: { c: { value: '3' } } }] },
    },
  ];
});

/** Takes a pod as far as it comes: it may find no node, be given up before it is bound, or fail to bind. */
async function schedule(plugin: SchedulingPlugin, claim: string, random: () => number): Promise<string> {
  const state = new SchedulingState(false);
  const pod = podUsing(`p-${claim}`, claim);
  const { status } = plugin.preFilter!(state, pod, infos);
  if (status.code !== 'success') return status.code;
  const fitting = infos.filter((info) => plugin.filter!(state, pod, info).code === 'success');
  const chosen = fitting[Math.floor(random() * fitting.length)];
  if (!chosen) return 'unfit';
  const reserved = ((await plugin.reserve!(state, pod, chosen.name, signal)) as Status).code;
  const isGivenUp = reserved !== 'success' || random() < 0.3;
  if (!isGivenUp && (await plugin.preBind!(state, pod, chosen.name, signal)).code === 'success') return chosen.name;
  plugin.unreserve!(state, pod, chosen.name);
  return 'given up';
}

/** What no two claims may have, and what they share beyond what there is. */
function violations(claims: readonly ResourceClaim[]): string[] {
  const owners = new Map<string, string>();
  const consumed = new Map<string, number>();
  const found: string[] = [];
  for (const { metadata, status } of claims)
    for (const { pool, device, shareID, consumedCapacity } of status?.allocation?.devices?.results ?? []) {
      const id = `${pool}/${device}`;
      if (shareID === undefined && owners.has(id)) found.push(`${id} has both ${owners.get(id)} and ${metadata.name}`);
      if (shareID === undefined) owners.set(id, metadata.name ?? '');
      else consumed.set(id, (consumed.get(id) ?? 0) + quantityValue(consumedCapacity?.['memory'] ?? 0));
    }
  for (const { name } of infos) if (owners.has(`${name}/h0`) && owners.has(`${name}/h1`)) found.push(`both halves of ${name}`);
  for (const [id, sum] of consumed) if (sum > 2) found.push(`${id} gives ${sum}`);
  return found;
}

describe('devices under many pods at once', () => {
  for (const [seed, profiles] of [1, 2].flatMap((count) => [1, 2, 3, 4, 5, 6, 7, 8].map((number) => [number, count] as const))) {
    it(`go to one claim each, whatever fails (${profiles} profiles, seed ${seed})`, async () => {
      const random = seededRandom(seed);
      let isCalm = false;
      const world = new DeviceWorld({
        intercept: ({ verb, resource }) => {
          if (isCalm || resource !== 'resourceclaims.resource.k8s.io' || (verb !== 'replace' && verb !== 'patch')) return;
          const lot = random();
          if (lot < 0.15) throw modified(resourceclaims, 'c');
          if (lot < 0.25) throw new ApiError(500, 'InternalError', 'refused by the test');
        },
      });
      world
        .put(nodes, ...infos.map(({ node }) => node))
        .put(deviceclasses, testDeviceClass())
        .put(resourceslices, ...slices);
      const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
      world.put(
        resourceclaims,
        ...names.map((name, index) =>
          testClaim(name, { devices: { requests: [testRequest('r', index % 4 === 0 ? { capacity: { requests: { memory: '1' } } } : {})] } }),
        ),
      );
      const start = (): SchedulingPlugin[] => Array.from({ length: profiles }, () => dynamicResources(undefined, world));
      let plugins = start();
      await world.settled();
      const placed = new Set<string>();
      for (let round = 0; round < 12; round++) {
        isCalm = round >= 9;
        // A new generation takes over while the old one still binds.
        const old = plugins;
        if (random() < 0.3) {
          plugins = start();
          await world.settled();
        }
        const turns = names
          .filter((name) => !placed.has(name))
          .map(async (name, place) => [name, await schedule((random() < 0.2 ? old : plugins)[place % profiles]!, name, random)] as const);
        let outcomes: readonly (readonly [string, string])[] | undefined;
        const all = Promise.all(turns).then((done) => (outcomes = done));
        while (!outcomes) {
          await settle(3);
          assert.deepEqual(violations(world.list(resourceclaims)), []);
          await world.clock.advance(10);
        }
        for (const [name, node] of await all) if (infos.some((info) => info.name === node)) placed.add(name);
        await settle(20);
        // Somebody ends pods: what they had is free again.
        for (const name of placed)
          if (!isCalm && random() < 0.1) {
            placed.delete(name);
            world.put(resourceclaims, testClaim(name, { devices: world.find(resourceclaims, { namespace: 'default', name })!.spec.devices! }));
          }
        await world.settled();
        assert.deepEqual(violations(world.list(resourceclaims)), []);
      }
      for (const name of placed) {
        const { status } = world.find(resourceclaims, { namespace: 'default', name })!;
        assert.deepEqual([status?.reservedFor?.map((consumer) => consumer.name), status?.allocation?.devices?.results?.length], [[`p-${name}`], 1]);
      }
      // Three nodes with two whole devices, one half, and room for at most two claims on the shared one.
      assert.ok(placed.size >= 12, `${placed.size} placed`);
      for (const plugin of plugins) plugin[Symbol.dispose]?.();
      await world[Symbol.asyncDispose]();
    });
  }
});
