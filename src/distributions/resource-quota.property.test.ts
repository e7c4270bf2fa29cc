import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfigMap, Pod, ResourceList, ResourceQuota, Service } from '../api/generated/core-v1.ts';
import { configmaps, namespaces, pods, resourcequotas, serviceaccounts, services } from '../api/generated/resource-types.ts';
import type { KubernetesObject } from '../api/object.ts';
import type { ResourceType } from '../api/resource-type.ts';
import { isConflict, isForbidden, isNotFound } from '../api/status.ts';
import type { Client } from '../client/client.ts';
import { type ClusterCertificates, ensureCertificates } from '../components/api-server/certificates/ensure-certificates.ts';
import { startControllerManager } from '../components/controller-manager/controller-manager.ts';
import type { Controller } from '../extension-points/controllers/contract.ts';
import { seededRandom } from '../extension-points/scheduling/testing.ts';
import { resourceQuotaController } from '../extensions/controllers/resource-quota/resource-quota.ts';
import { systemClock } from '../kernel/clock.ts';
import { DisposalStack } from '../kernel/disposal.ts';
import { ExtensionPoint } from '../kernel/extension-point.ts';
import { silentLog } from '../kernel/log.ts';
import { createApiPoints, startApi } from './api.ts';
import { discoverFrom } from './control-plane.ts';

const namespace = 'counted';
const rounds = 6;
const actsPerRound = 60;
const actsAtOnce = 12;

const hard: Record<string, ResourceList> = {
  all: {
    pods: '20',
    'requests.cpu': '5',
    'limits.memory': '8Gi',
    'requests.example.com/gpu': '6',
    configmaps: '9',
    'count/services': '5',
    'services.nodeports': '6',
  },
  tight: { pods: '15', 'count/pods': '25' },
  ending: { pods: '4', 'requests.cpu': '2' },
};

let directory: string;
let certificates: ClusterCertificates;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wherry-quota-'));
  certificates = await ensureCertificates({ directory: join(directory, 'certificates'), serverAddresses: [] });
});
after(() => rm(directory, { recursive: true }));

interface World extends AsyncDisposable {
  readonly client: Client;
  restartController(): Promise<void>;
}

/** A whole API server on the test's directory, and the controller beside it. */
async function openWorld(): Promise<World> {
  const stack = new DisposalStack();
  const points = createApiPoints();
  const log = silentLog;
  const options = { dataDirectory: directory, host: '127.0.0.1', port: 0, access: {}, certificates, points, allPoints: [], clock: systemClock, log };
  const server = await startApi(options, stack, { stage: (_name, work) => work(() => {}), say: () => {} });
  const controllers = new ExtensionPoint<Controller>('controllers');
  controllers.add({
    name: 'resourcequota-controller',
    origin: 'built-in',
    implementation: resourceQuotaController({ discover: discoverFrom(points.resources) }),
  });
  const clientFor = (name: string): Client => server.client({ name, groups: ['system:masters'] });
  const start = () => startControllerManager({ clientFor, controllers, clock: systemClock, log });
  let manager = start();
  await manager.ready;
  return {
    client: clientFor('ann'),
    async restartController() {
      await manager[Symbol.asyncDispose]();
      manager = start();
    },
    async [Symbol.asyncDispose]() {
      await manager[Symbol.asyncDispose]();
      await stack[Symbol.asyncDispose]();
    },
  };
}

interface Stored {
  readonly pods: readonly Pod[];
  readonly maps: readonly ConfigMap[];
  readonly services: readonly Service[];
}

async function storedNow(client: Client): Promise<Stored> {
  const [podList, mapList, serviceList] = await Promise.all([
    client.list(pods, { namespace }),
    client.list(configmaps, { namespace }),
    client.list(services, { namespace }),
  ]);
  return { pods: podList.items, maps: mapList.items, services: serviceList.items };
}

/** What is used, counted plainly: in cores, GiB and pieces. */
function plainUsage({ pods: all, maps, services: served }: Stored): Record<string, Record<string, number>> {
  const living = all.filter(({ status }) => status?.phase !== 'Succeeded');
  const ending = living.filter(({ spec }) => spec.activeDeadlineSeconds !== undefined);
  const sum = (of: readonly Pod[], list: 'requests' | 'limits', name: string): number =>
    of.reduce((total, { spec }) => total + Number.parseInt(String(spec.containers[0]!.resources?.[list]?.[name] ?? '0'), 10), 0);
  return {
    all: {
      pods: living.length,
      'requests.cpu': sum(living, 'requests', 'cpu'),
      'limits.memory': sum(living, 'limits', 'memory'),
      'requests.example.com/gpu': sum(living, 'requests', 'example.com/gpu'),
      configmaps: maps.length,
      'count/services': served.length,
      'services.nodeports': served.reduce((total, { spec }) => total + (spec.type === 'NodePort' ? (spec.ports?.length ?? 0) : 0), 0),
    },
    tight: { pods: living.length, 'count/pods': all.length },
    ending: { pods: ending.length, 'requests.cpu': sum(ending, 'requests', 'cpu') },
  };
}

const numbersOf = (list: ResourceList | undefined): Record<string, number> =>
  Object.fromEntries(Object.entries(list ?? {}).map(([name, amount]) => [name, Number.parseInt(String(amount), 10)]));

/** Neither what the quotas say nor what is stored may ever be more than is allowed. */
async function checkBounds(client: Client): Promise<void> {
  const { items } = await client.list(resourcequotas, { namespace });
  const actual = plainUsage(await storedNow(client));
  for (const { metadata, status } of items) {
    const bounds = numbersOf(hard[metadata.name!]);
    for (const [name, amount] of Object.entries(numbersOf(status?.used))) assert.ok(amount <= bounds[name]!, `${metadata.name} says ${name}=${amount}`);
    for (const [name, amount] of Object.entries(actual[metadata.name!]!)) assert.ok(amount <= bounds[name]!, `${metadata.name} has ${name}=${amount}`);
  }
}

async function settled(client: Client, seed: number): Promise<void> {
  let [said, actual]: unknown[] = [];
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) {
    actual = plainUsage(await storedNow(client));
    const { items } = await client.list(resourcequotas, { namespace });
    said = Object.fromEntries(items.map(({ metadata, status }) => [metadata.name!, numbersOf(status?.used)]));
    if (JSON.stringify(sorted(said)) === JSON.stringify(sorted(actual))) return;
  }
  assert.deepEqual(said, actual, `seed ${seed}`);
}

const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([left], [right]) => (left < right ? -1 : 1))
          .map(([name, inner]) => [name, sorted(inner)]),
      )
    : value;

let refusedForQuota = 0;

/** One random write. What the server refuses for the quota, or because another one was faster, is part of the game. */
async function act(client: Client, random: () => number): Promise<void> {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const name = `n${Math.floor(random() * 30)}`;
  const key = { namespace, name };
  const metadata = { name, namespace };
  const remove = (type: ResourceType): Promise<unknown> => client.delete(type, key, { gracePeriodSeconds: 0 });
  const create = <T extends KubernetesObject>(type: ResourceType<T>, object: T): Promise<unknown> => client.create(type, object, { dryRun: random() < 0.1 });
  const acts: (() => Promise<unknown>)[] = [
    () => {
      const gpus = pick([undefined, '1', '2']);
      const resources = { requests: { cpu: pick(['0', '1', '2']) }, limits: { memory: pick(['1Gi', '2Gi']), ...(gpus ? { 'example.com/gpu': gpus } : {}) } };
      return create(pods, { metadata, spec: { containers: [{ name: 'c', image: 'i', resources }], ...(random() < 0.3 ? { activeDeadlineSeconds: 60 } : {}) } });
    },
    () => remove(pods),
    () => client.patch(pods, key, { type: 'merge', body: { status: { phase: 'Succeeded' } } }, { subresource: 'status' }),
    () => client.patch(pods, key, { type: 'merge', body: { spec: { activeDeadlineSeconds: 60 } } }),
    () => create(configmaps, { metadata }),
    () => remove(configmaps),
    () =>
      create(services, {
        metadata,
        spec: {
          type: pick(['ClusterIP', 'NodePort'] as const),
          ports: [
            { name: 'a', port: 1 },
            { name: 'b', port: 2 },
          ].slice(0, pick([1, 2])),
        },
      }),
    () => client.patch(services, key, { type: 'merge', body: { spec: { type: pick(['ClusterIP', 'NodePort'] as const) } } }),
    () => remove(services),
  ];
  try {
    await pick([acts[0]!, acts[0]!, acts[0]!, acts[4]!, ...acts])();
  } catch (error) {
    if (isForbidden(error) && (error as Error).message.includes('exceeded quota')) refusedForQuota++;
    const isPartOfIt = isNotFound(error) || isForbidden(error) || isConflict(error) || (error as { reason?: string }).reason === 'AlreadyExists';
    // A pod that has ended gets no deadline any more, and such.
    if (!isPartOfIt && (error as { reason?: string }).reason !== 'Invalid') throw error;
  }
}

it('what is used is always right in the end, and never more than allowed, whatever happens and whoever is restarted', async () => {
  const seed = 20_260_101;
  const random = seededRandom(seed);
  let world = await openWorld();
  try {
    await world.client.create(namespaces, { metadata: { name: namespace }, spec: {} });
    await world.client.create(serviceaccounts, { metadata: { name: 'default', namespace } });
    const quotas: readonly ResourceQuota[] = Object.entries(hard).map(([name, amounts]) => ({
      metadata: { name, namespace },
      spec: { hard: amounts, ...(name === 'ending' ? { scopes: ['Terminating'] } : {}) },
    }));
    for (const quota of quotas) await world.client.create(resourcequotas, quota);
    await settled(world.client, seed);
    for (let round = 0; round < rounds; round++) {
      for (let done = 0; done < actsPerRound; done += actsAtOnce) {
        const { client } = world;
        const restart = random() < 0.2 ? world.restartController() : undefined;
        await Promise.all(Array.from({ length: actsAtOnce }, () => act(client, random)));
        await restart;
        await checkBounds(client);
      }
      // In the middle of things, half of the time.
      if (round % 2 === 1) {
        await world[Symbol.asyncDispose]();
        world = await openWorld();
      }
      await settled(world.client, seed);
    }
    assert.ok(refusedForQuota > 10, `only ${refusedForQuota} writes met a limit`);
  } finally {
    await world[Symbol.asyncDispose]();
  }
});
