import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Service } from '../../../api/generated/core-v1.ts';
import { endpointslices, nodes, pods, services } from '../../../api/generated/resource-types.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { endpointSliceController } from './endpoint-slice.ts';

const service = (more: Partial<Service['spec']> = {}): Service => ({
  metadata: { name: 'web', namespace: 'a', labels: { team: 'x' } },
  spec: {
    selector: { app: 'web' },
    ipFamilies: ['IPv4'],
    clusterIP: '10.1.0.1',
    ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
    ...more,
  },
});
interface PodShape {
  ready?: boolean;
  port?: number;
  ips?: string[];
  node?: string;
}
const createPod = (client: ControllerWorld['client'], name: string, { ready = true, port = 8080, ips = ['10.0.0.1'], node = 'n' }: PodShape = {}) =>
  client.create(pods, {
    metadata: { name, namespace: 'a', labels: { app: 'web' } },
    spec: { nodeName: node, containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port }] }] },
    status: { phase: 'Running', podIP: ips[0] ?? '', podIPs: ips.map((ip) => ({ ip })), conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  });
const slices = (world: ControllerWorld) =>
  world.list(endpointslices).map(({ addressType, ports, endpoints }) => ({
    addressType,
    ports: (ports ?? []).map(({ port }) => port),
    endpoints: (endpoints ?? [])
      .map(({ targetRef, conditions }) => `${targetRef?.name} ${conditions?.ready} ${conditions?.serving} ${conditions?.terminating}`)
      .sort(),
  }));

controllerConformance('endpoint-slice', () => ({
  controller: endpointSliceController(),
  arrange: async (client) => void (await client.create(services, service()), await createPod(client as ControllerWorld['client'], 'p')),
  isDone: (client) => JSON.stringify(client.store.list(endpointslices)).includes('"name":"p"'),
}));

describe('endpointSliceController', () => {
  it('writes who serves, in which state, where', async () => {
    await using world = new ControllerWorld();
    await world.client.create(nodes, { metadata: { name: 'n', labels: { 'topology.kubernetes.io/zone': 'z1' } }, spec: {} });
    await world.client.create(services, service());
    await createPod(world.client, 'good');
    await createPod(world.client, 'unready', { ready: false });
    await createPod(world.client, 'leaving');
    await world.client.delete(pods, { namespace: 'a', name: 'leaving' });
    await world.start(endpointSliceController());
    await settle(50);
    assert.deepEqual(slices(world), [
      { addressType: 'IPv4', ports: [8080], endpoints: ['good true true false', 'leaving false true true', 'unready false false false'] },
    ]);
    const [slice] = world.list(endpointslices);
    assert.deepEqual(slice?.metadata.labels, {
      team: 'x',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    });
    assert.equal(slice?.metadata.ownerReferences?.[0]?.kind, 'Service');
    assert.deepEqual([slice?.endpoints?.[0]?.nodeName, slice?.endpoints?.[0]?.zone], ['n', 'z1']);
  });

  it('has an empty slice for a service without pods, and none for one without a selector', async () => {
    await using world = new ControllerWorld();
    await world.client.create(services, service());
    await world.client.create(services, { metadata: { name: 'external', namespace: 'a' }, spec: { ports: [{ port: 80 }] } });
    await world.start(endpointSliceController());
    await settle(50);
    assert.deepEqual(slices(world), [{ addressType: 'IPv4', ports: [], endpoints: [] }]);
    await createPod(world.client, 'p');
    await settle(50);
    assert.deepEqual(slices(world), [{ addressType: 'IPv4', ports: [8080], endpoints: ['p true true false'] }]);
  });

  it('keeps at most 100 endpoints in a slice, and moves none without need', async () => {
    await using world = new ControllerWorld();
    await world.client.create(services, service());
    for (let index = 0; index < 150; index++) await createPod(world.client, `p${index}`);
    await world.start(endpointSliceController());
    await settle(50);
    assert.deepEqual(
      slices(world).map(({ endpoints }) => endpoints.length),
      [100, 50],
    );
    world.client.writes.length = 0;
    await world.client.delete(pods, { namespace: 'a', name: 'p149' }, { gracePeriodSeconds: 0 });
    await settle(50);
    assert.deepEqual(
      slices(world).map(({ endpoints }) => endpoints.length),
      [99, 50],
    );
    assert.equal(world.client.writes.filter(({ resource }) => resource === 'endpointslices.discovery.k8s.io').length, 1);
  });

  it('groups by port number and by address family', async () => {
    await using world = new ControllerWorld();
    await world.client.create(services, service({ ipFamilies: ['IPv4', 'IPv6'] }));
    await createPod(world.client, 'old', { port: 8080, ips: ['10.0.0.1', 'fd00::1'] });
    await createPod(world.client, 'new', { port: 9090 });
    await world.start(endpointSliceController());
    await settle(50);
    assert.deepEqual(
      slices(world)
        .map(({ addressType, ports }) => `${addressType} ${ports}`)
        .sort(),
      ['IPv4 8080', 'IPv4 9090', 'IPv6 8080'],
    );
  });
});
