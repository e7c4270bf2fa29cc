import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { elasticQuotaController } from './elastic-quota-controller.ts';
import { elasticquotas } from './elastic-quota-type.ts';

const key = { namespace: 'a', name: 'quota' };

async function addPod(world: ControllerWorld, name: string, requests: Record<string, string>): Promise<void> {
  const containers = [{ name: 'main', image: 'app', resources: { requests } }];
  await world.client.create<Pod>(pods, { metadata: { name, namespace: 'a' }, spec: { containers } });
}

const turn = (world: ControllerWorld, name: string, phase: string): Promise<Pod> =>
  world.client.patch(pods, { namespace: 'a', name }, { type: 'merge', body: { status: { phase } } }, { subresource: 'status' });

it('says what the running pods of a namespace ask for, and nothing of others', async () => {
  await using world = new ControllerWorld();
  await world.client.create(elasticquotas, { metadata: key, spec: { min: { cpu: '2', memory: '1Gi' }, max: { cpu: '4', 'example.com/gpu': '1' } } });
  await world.start(elasticQuotaController());
  const used = (): unknown => world.find(elasticquotas, key)?.status?.used;
  await world.until(() => used() !== undefined, 'a status');
  assert.deepEqual(used(), { cpu: '0', memory: '0', 'example.com/gpu': '0' });
  await addPod(world, 'one', { cpu: '500m', memory: '512Mi', 'hugepages-2Mi': '4Mi' });
  await addPod(world, 'two', { cpu: '1', memory: '512Mi' });
  await addPod(world, 'waiting', { cpu: '100' });
  for (const name of ['one', 'two']) await turn(world, name, 'Running');
  await world.until(() => JSON.stringify(used()).includes('1500m'), 'both pods');
  assert.deepEqual(used(), { cpu: '1500m', memory: '1Gi', 'example.com/gpu': '0', 'hugepages-2Mi': '4Mi' });
  await turn(world, 'one', 'Succeeded');
  await world.until(() => !JSON.stringify(used()).includes('1500m'), 'the end of one');
  assert.deepEqual(used(), { cpu: '1', memory: '512Mi', 'example.com/gpu': '0' });
  assert.ok(world.events().includes('Synced: Elastic Quota a/quota synced successfully'));
});

it('keeps to the oldest quota of a namespace', async () => {
  await using world = new ControllerWorld();
  await world.client.create(elasticquotas, { metadata: key, spec: { min: { cpu: '2' } } });
  await world.clock.advance(1_000);
  await world.client.create(elasticquotas, { metadata: { namespace: 'a', name: 'another' }, spec: { min: { cpu: '9' } } });
  await world.start(elasticQuotaController());
  await world.until(() => world.find(elasticquotas, key)?.status !== undefined, 'a status');
  await addPod(world, 'one', { cpu: '1' });
  await turn(world, 'one', 'Running');
  await world.until(() => world.find(elasticquotas, key)?.status?.used?.['cpu'] === '1', 'the pod');
  assert.equal(world.find(elasticquotas, { namespace: 'a', name: 'another' })?.status, undefined);
});
