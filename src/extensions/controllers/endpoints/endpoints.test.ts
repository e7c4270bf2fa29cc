import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Service } from '../../../api/generated/core-v1.ts';
import { endpoints, pods, services } from '../../../api/generated/resource-types.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { endpointsController } from './endpoints.ts';
import { truncate } from './subsets.ts';

const key = { namespace: 'a', name: 'web' };
const service = (more: Partial<Service['spec']> = {}): Service => ({
  metadata: { ...key },
  spec: { selector: { app: 'web' }, clusterIP: '10.1.0.1', ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }], ...more },
});
const createPod = (client: ControllerWorld['client'], name: string, ip: string, ready = true) =>
  client.create(pods, {
    metadata: { name, namespace: 'a', labels: { app: 'web' } },
    spec: { nodeName: 'n', containers: [] },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  });

controllerConformance('endpoints', () => ({
  controller: endpointsController(),
  arrange: async (client) => void (await client.create(services, service()), await createPod(client as ControllerWorld['client'], 'p', '10.0.0.1')),
  isDone: (client) => JSON.stringify(client.store.list(endpoints)).includes('10.0.0.1'),
}));

describe('endpointsController', () => {
  it('lists ready and unready addresses, follows the pods, and goes with the service', async () => {
    await using world = new ControllerWorld();
    await world.client.create(services, service());
    await createPod(world.client, 'good', '10.0.0.2');
    await createPod(world.client, 'unready', '10.0.0.1', false);
    await world.start(endpointsController());
    await settle(50);
    const read = () =>
      world
        .find(endpoints, key)
        ?.subsets?.map((subset) => [subset.addresses?.map(({ ip }) => ip), subset.notReadyAddresses?.map(({ ip }) => ip), subset.ports]);
    assert.deepEqual(read(), [[['10.0.0.2'], ['10.0.0.1'], [{ port: 8080, protocol: 'TCP' }]]]);
    assert.deepEqual(world.find(endpoints, key)?.metadata.labels, { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' });
    await world.client.delete(pods, { namespace: 'a', name: 'good' });
    await settle(50);
    assert.deepEqual(read(), [[undefined, ['10.0.0.1'], [{ port: 8080, protocol: 'TCP' }]]]);
    await world.client.delete(services, key);
    await settle(50);
    assert.equal(world.find(endpoints, key), undefined);
  });

  it('leaves alone the endpoints of a service without a selector', async () => {
    await using world = new ControllerWorld();
    const { selector: _, ...spec } = service().spec;
    await world.client.create(services, { ...service(), spec });
    await world.client.create(endpoints, { metadata: { ...key }, subsets: [{ addresses: [{ ip: '1.2.3.4' }] }] });
    await world.start(endpointsController());
    await settle(50);
    assert.equal(world.find(endpoints, key)?.subsets?.[0]?.addresses?.[0]?.ip, '1.2.3.4');
  });
});

it('truncate keeps ready addresses before unready ones', () => {
  const addresses = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => ({ ip: `${prefix}.${index}` }));
  const { subsets, isCut } = truncate([{ addresses: addresses('a', 600), notReadyAddresses: addresses('b', 300) }, { addresses: addresses('c', 300) }]);
  assert.equal(isCut, true);
  assert.deepEqual(
    subsets.map((subset) => [subset.addresses?.length, subset.notReadyAddresses?.length]),
    [
      [600, 100],
      [300, undefined],
    ],
  );
});
