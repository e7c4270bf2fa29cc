import assert from 'node:assert/strict';
import { it } from 'node:test';
import { namespaces, serviceaccounts } from '../../../api/generated/resource-types.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { serviceAccountController } from './service-account.ts';

controllerConformance('service-account', () => ({
  controller: serviceAccountController(),
  arrange: async (client) => void (await client.create(namespaces, { metadata: { name: 'team' }, spec: {} })),
  isDone: (client) => client.store.get(serviceaccounts, { namespace: 'team', name: 'default' }) !== undefined,
}));

it('makes a deleted default service account again, but not in a namespace that is being deleted', async () => {
  await using world = new ControllerWorld();
  await world.client.create(namespaces, { metadata: { name: 'team' }, spec: {} });
  await world.start(serviceAccountController());
  const key = { namespace: 'team', name: 'default' };
  await world.until(() => world.find(serviceaccounts, key) !== undefined, 'the account');
  await world.client.delete(serviceaccounts, key);
  await world.until(() => world.find(serviceaccounts, key) !== undefined, 'the second account');
  await world.client.delete(namespaces, { name: 'team' });
  await settle();
  await world.client.delete(serviceaccounts, key);
  await settle(50);
  assert.equal(world.find(serviceaccounts, key), undefined);
});
