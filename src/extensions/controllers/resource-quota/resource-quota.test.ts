import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod, PodStatus, ResourceList, ResourceQuota } from '../../../api/generated/core-v1.ts';
import {
  configmaps,
  customresourcedefinitions,
  persistentvolumeclaims,
  pods,
  replicasets,
  resourceclaims,
  resourcequotas,
  secrets,
  services,
} from '../../../api/generated/resource-types.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { ApiError } from '../../../api/status.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { timeText } from '../../../kernel/clock.ts';
import { resourceQuotaController } from './resource-quota.ts';

const verbs = ['create', 'delete', 'get', 'list', 'watch'];
const widgets: ResourceType = { group: 'example.com', version: 'v1', resource: 'widgets', kind: 'Widget', namespaced: true };
const builtIn: ResourceType[] = [configmaps, persistentvolumeclaims, pods, replicasets, resourceclaims, resourcequotas, secrets, services];
const served = (...types: ResourceType[]) => ({ resources: types.map((type) => ({ type, verbs })), failures: new Map<string, string>() });
const discover = () => served(...builtIn);

const key = (name: string) => ({ namespace: 'a', name });
const quota = (hard: ResourceList, spec: Partial<ResourceQuota['spec']> = {}): ResourceQuota => ({
  metadata: { name: 'q', namespace: 'a' },
  spec: { hard, ...spec },
});
const pod = (name: string, cpu: string, status: PodStatus = {}): Pod => ({
  metadata: { name, namespace: 'a' },
  spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }] },
  status,
});
const statusOf = (world: ControllerWorld) => world.find(resourcequotas, key('q'))?.status;
const usedIs = (world: ControllerWorld, used: ResourceList): Promise<void> =>
  world.until(() => JSON.stringify(statusOf(world)?.used) === JSON.stringify(used), `${JSON.stringify(used)} used, not ${JSON.stringify(statusOf(world))}`);

async function started(...objects: { type: ResourceType; object: Pod | ResourceQuota }[]): Promise<ControllerWorld> {
  const world = new ControllerWorld();
  for (const { type, object } of objects) await world.client.create(type, object);
  await world.start(resourceQuotaController({ discover }));
  return world;
}

/** As admission does: what is used is written before the object is. */
async function charge(world: ControllerWorld, used: ResourceList): Promise<void> {
  const current = world.find(resourcequotas, key('q'))!;
  await world.client.replace(
    resourcequotas,
    { ...current, status: { ...current.status, used: { ...current.status?.used, ...used } } },
    { subresource: 'status' },
  );
}

controllerConformance('resource-quota', () => ({
  controller: resourceQuotaController({ discover }),
  async arrange(client) {
    await client.create(pods, pod('p', '1'));
    await client.create(resourcequotas, quota({ pods: '3', cpu: '2' }));
  },
  isDone: (client) => JSON.stringify((client.store.get(resourcequotas, key('q')) as unknown as ResourceQuota).status?.used) === '{"cpu":"1","pods":"1"}',
}));

describe('the status of a quota', () => {
  it('says what is enforced and used, of all that the quota counts', async () => {
    await using world = await started();
    await world.client.create(pods, pod('p', '500m'));
    await world.client.create(pods, pod('done', '2', { phase: 'Succeeded' }));
    await world.client.create(pods, { ...pod('elsewhere', '2'), metadata: { name: 'elsewhere', namespace: 'b' } });
    await world.client.create(configmaps, { metadata: { name: 'c', namespace: 'a' } });
    await world.client.create(
      resourcequotas,
      quota({
        cpu: '2000m',
        pods: '3',
        'count/pods': '9',
        configmaps: '2',
        'count/replicasets.apps': '1',
        resourcequotas: '1',
        'requests.example.com/gpu': '4',
      }),
    );
    await usedIs(world, {
      configmaps: '1',
      'count/pods': '2',
      'count/replicasets.apps': '0',
      cpu: '500m',
      pods: '1',
      'requests.example.com/gpu': '0',
      resourcequotas: '1',
    });
    assert.equal(statusOf(world)?.hard?.['cpu'], '2000m');
  });

  it('counts what is in its scopes only', async () => {
    await using world = await started({ type: pods, object: pod('p', '1') }, { type: pods, object: { ...pod('best-effort', '0') } });
    await world.client.create(
      resourcequotas,
      quota({ pods: '5' }, { scopes: ['NotBestEffort'], scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'DoesNotExist' }] } }),
    );
    await usedIs(world, { pods: '1' });
  });

  it('follows the limits, and keeps what it cannot count', async () => {
    await using world = await started({ type: resourcequotas, object: quota({ pods: '1', 'count/unknown.example.com': '4' }) });
    await usedIs(world, { pods: '0' });
    await charge(world, { 'count/unknown.example.com': '3' });
    const current = world.find(resourcequotas, key('q'))!;
    await world.client.replace(resourcequotas, { ...current, spec: { hard: { cpu: '1', 'count/unknown.example.com': '4' } } });
    await usedIs(world, { 'count/unknown.example.com': '3', cpu: '0' });
    assert.deepEqual(statusOf(world)?.hard, { cpu: '1', 'count/unknown.example.com': '4' });
  });

  it('is given back when an object goes, ends or uses less', async () => {
    await using world = await started(
      { type: pods, object: pod('p', '1') },
      { type: pods, object: pod('r', '2') },
      { type: resourcequotas, object: quota({ cpu: '9', pods: '9' }) },
    );
    await usedIs(world, { cpu: '3', pods: '2' });
    await world.client.patch(pods, key('p'), { type: 'merge', body: { status: { phase: 'Succeeded' } } }, { subresource: 'status' });
    await usedIs(world, { cpu: '2', pods: '1' });
    const resized = { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '500m' } } }] };
    await world.client.patch(pods, key('r'), { type: 'merge', body: { spec: resized } });
    await usedIs(world, { cpu: '500m', pods: '1' });
    await world.client.delete(pods, key('r'), { gracePeriodSeconds: 0 });
    await usedIs(world, { cpu: '0', pods: '0' });
  });

  it('is given back when a pod should be gone since long, though nothing happens', async () => {
    await using world = await started({ type: pods, object: pod('lost', '1') }, { type: pods, object: pod('later', '2') });
    const soon = timeText(world.clock.now() + 60_000);
    const lose = (name: string): void => {
      const stored = world.find(pods, key(name))!;
      world.client.store.put(pods, { ...stored, metadata: { ...stored.metadata, deletionTimestamp: soon, deletionGracePeriodSeconds: 30 } } as never);
    };
    lose('lost');
    await world.client.create(resourcequotas, quota({ cpu: '9' }));
    await usedIs(world, { cpu: '3' });
    await world.clock.advance(2_000);
    await settle();
    lose('later');
    await settle();
    await world.clock.advance(80_000);
    await settle();
    assert.deepEqual(statusOf(world)?.used, { cpu: '3' });
    await usedIs(world, { cpu: '0' });
    assert.ok(world.clock.now() < Date.parse(soon) + 60_000);
    assert.ok(world.clock.now() > Date.parse(soon) + 30_000);
  });

  it('keeps a charge while what was charged may be on its way, and gives it back when nothing came', async () => {
    await using world = await started({ type: pods, object: pod('p', '1') }, { type: resourcequotas, object: quota({ cpu: '9', pods: '9' }) });
    await usedIs(world, { cpu: '1', pods: '1' });
    await world.clock.advance(1_000);
    await settle();
    await charge(world, { cpu: '3', pods: '2' });
    await world.client.delete(pods, key('p'), { gracePeriodSeconds: 0 });
    await settle(60);
    // The pod that went is given back, or not yet; the one that was charged is not.
    assert.deepEqual(statusOf(world)?.used, { cpu: '2', pods: '1' });
    await world.client.create(pods, pod('r', '2'));
    await world.clock.advance(1_000);
    await settle(60);
    assert.deepEqual(statusOf(world)?.used, { cpu: '2', pods: '1' });
    await charge(world, { cpu: '7', pods: '3' });
    await usedIs(world, { cpu: '2', pods: '1' });
  });

  it('gives nothing back right after a start, when it cannot know what was charged just before', async () => {
    await using world = await started({ type: resourcequotas, object: quota({ pods: '2' }) });
    await usedIs(world, { pods: '0' });
    await world.stop();
    await charge(world, { pods: '1' });
    await world.start(resourceQuotaController({ discover }));
    await settle(40);
    assert.deepEqual(statusOf(world)?.used, { pods: '1' });
    await world.clock.advance(1_000);
    await settle(40);
    assert.deepEqual(statusOf(world)?.used, { pods: '0' });
  });

  it('counts custom resources soon after their definition, and no longer than it', async () => {
    const world = new ControllerWorld();
    let types = builtIn;
    await world.client.create(resourcequotas, quota({ 'count/widgets.example.com': '2' }));
    await world.start(resourceQuotaController({ discover: () => served(...types) }));
    await world.until(() => statusOf(world)?.hard !== undefined, 'a status');
    assert.deepEqual(statusOf(world)?.used, {});
    await world.client.create(widgets, { metadata: { name: 'w', namespace: 'a' } });
    types = [...builtIn, widgets];
    await world.client.create(customresourcedefinitions, {
      metadata: { name: 'widgets.example.com' },
      spec: { group: 'example.com', names: { kind: 'Widget', plural: 'widgets' }, scope: 'Namespaced', versions: [] },
    });
    await usedIs(world, { 'count/widgets.example.com': '1' });
    await world.client.delete(widgets, key('w'));
    await usedIs(world, { 'count/widgets.example.com': '0' });
    types = builtIn;
    await world.clock.advance(30_000);
    await settle();
    await world[Symbol.asyncDispose]();
  });

  it('is put right within five minutes, whoever wrote it, and written only when it is wrong', async () => {
    await using world = await started({ type: resourcequotas, object: quota({ pods: '2' }) });
    await usedIs(world, { pods: '0' });
    const wrong = { hard: { pods: '7' }, used: { pods: '5' } };
    await world.client.replace(resourcequotas, { ...world.find(resourcequotas, key('q'))!, status: wrong }, { subresource: 'status' });
    await settle(40);
    // What is looked at again after a moment is what became of charges, not this.
    await world.clock.advance(2_000);
    await settle(40);
    assert.deepEqual(statusOf(world), wrong);
    const startMs = world.clock.now();
    await usedIs(world, { pods: '0' });
    assert.ok(world.clock.now() - startMs <= 300_000);
    const writes = world.client.writes.length;
    for (let minute = 0; minute < 12; minute++) {
      await world.clock.advance(60_000);
      await settle();
    }
    assert.equal(world.client.writes.length, writes);
  });

  it('is written on the newest version only', async () => {
    let refusals = 0;
    const world = new ControllerWorld({
      intercept({ verb, resource, subresource }) {
        if (verb === 'replace' && resource === 'resourcequotas' && subresource === 'status' && refusals++ < 3) throw new ApiError(409, 'Conflict', 'modified');
      },
    });
    await world.client.create(resourcequotas, quota({ pods: '2' }));
    await world.start(resourceQuotaController({ discover }));
    await usedIs(world, { pods: '0' });
    assert.ok(refusals > 3);
    await world[Symbol.asyncDispose]();
  });
});
