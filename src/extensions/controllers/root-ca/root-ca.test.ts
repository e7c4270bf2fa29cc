import assert from 'node:assert/strict';
import { it } from 'node:test';
import { configmaps, namespaces } from '../../../api/generated/resource-types.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { rootCaController } from './root-ca.ts';

const key = { namespace: 'team', name: 'kube-root-ca.crt' };

controllerConformance('root-ca', () => ({
  controller: rootCaController({ certificateAuthority: 'PEM' }),
  arrange: async (client) => void (await client.create(namespaces, { metadata: { name: 'team' }, spec: {} })),
  isDone: (client) => client.store.get(configmaps, key) !== undefined,
}));

it('corrects a changed ConfigMap and makes a deleted one again', async () => {
  await using world = new ControllerWorld();
  await world.client.create(namespaces, { metadata: { name: 'team' }, spec: {} });
  await world.start(rootCaController({ certificateAuthority: 'PEM' }));
  await world.until(() => world.find(configmaps, key) !== undefined, 'the ConfigMap');
  const created = world.find(configmaps, key);
  assert.match(created?.metadata.annotations?.['kubernetes.io/description'] ?? '', /^Contains a CA bundle/);
  await world.client.patch(configmaps, key, { type: 'merge', body: { data: { 'ca.crt': 'other', more: 'x' } } });
  await world.until(() => JSON.stringify(world.find(configmaps, key)?.data) === '{"ca.crt":"PEM"}', 'the correction');
  await world.client.delete(configmaps, key);
  await world.until(() => world.find(configmaps, key) !== undefined, 'the second ConfigMap');
});
