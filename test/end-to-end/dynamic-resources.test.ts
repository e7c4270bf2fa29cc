import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import type { ResourceClaim } from '../../src/api/generated/resource-v1.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';
import { assertSome, conditionOf, podOf, workbenchOf } from '../fixtures/workload.ts';

const driver = 'gpu.example.com';
const deviceClass = {
  apiVersion: 'resource.k8s.io/v1',
  kind: 'DeviceClass',
  metadata: { name: 'gpu' },
  spec: { selectors: [{ cel: { expression: `device.driver == "${driver}"` } }], extendedResourceName: 'example.com/gpu' },
};
const device = (name: string, memory: string, model: string): object => ({
  name,
  attributes: { model: { string: model } },
  capacity: { memory: { value: memory } },
});
const slice = (nodeName: string, devices: object[]): object => ({
  apiVersion: 'resource.k8s.io/v1',
  kind: 'ResourceSlice',
  metadata: { name: `${nodeName}-gpu` },
  spec: { driver, nodeName, pool: { name: nodeName, generation: 1, resourceSliceCount: 1 }, devices },
});
const template = (name: string, exactly: object): object => ({
  apiVersion: 'resource.k8s.io/v1',
  kind: 'ResourceClaimTemplate',
  metadata: { name },
  spec: { spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu', ...exactly } }] } } },
});
const large = { selectors: [{ cel: { expression: `device.capacity["${driver}"].memory.compareTo(quantity("40Gi")) >= 0` } }] };
const podFrom = (name: string, resourceClaimTemplateName: string): Pod =>
  podOf(name, [{ name: 'main', image: 'app', resources: { claims: [{ name: 'device' }] } }], {
    terminationGracePeriodSeconds: 0,
    resourceClaims: [{ name: 'device', resourceClaimTemplateName }],
  });

describe('devices of drivers', () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  const apply = async (...objects: object[]): Promise<void> => {
    for (const object of objects) await cluster.mustKubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  };
  const claims = async (): Promise<ResourceClaim[]> =>
    (JSON.parse(await cluster.mustKubectl(['get', 'resourceclaims', '-o', 'json'])) as { items: ResourceClaim[] }).items;
  const claimOf = async (podName: string): Promise<ResourceClaim | undefined> =>
    (await claims()).find(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name === podName));
  const devicesOf = async (podName: string): Promise<string[]> =>
    ((await claimOf(podName))?.status?.allocation?.devices?.results ?? []).map((result) => `${result.pool}/${result.device}`);

  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 3 });
    await apply(
      deviceClass,
      slice('node-1', [device('small', '16Gi', 'A')]),
      slice('node-2', [device('small', '16Gi', 'A'), device('large', '80Gi', 'B')]),
      template('any', {}),
      template('large', large),
    );
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  it('are given to pods on nodes that have them, one to each, and come back', async () => {
    for (const name of ['one', 'two', 'three']) await apply(podFrom(name, 'any'));
    for (const name of ['one', 'two', 'three']) await bench.podReady(name);
    const given = (await Promise.all(['one', 'two', 'three'].map(devicesOf))).flat().sort();
    assert.deepEqual(given, ['node-1/small', 'node-2/large', 'node-2/small']);
    assert.match(await cluster.mustKubectl(['get', 'resourceclaims', '--no-headers']), /one-device-\w+\s+allocated,reserved/);

    await apply(podFrom('four', 'any'));
    const waiting = await bench.podWhen('four', (pod) => assert.equal(conditionOf(pod, 'PodScheduled').reason, 'Unschedulable'));
    assert.match(conditionOf(waiting, 'PodScheduled').message ?? '', /^0\/3 nodes are available: 3 cannot allocate all claims\. still not schedulable/);
    await eventually(async () => assertSome(await bench.events('four'), /^Warning FailedScheduling 0\/3 nodes are available: 3 cannot allocate all claims/));
    await bench.kubectl('delete', 'pod', 'one', '--force', '--grace-period=0');
    await bench.podReady('four');
    for (const name of ['two', 'three', 'four']) await bench.kubectl('delete', 'pod', name, '--force', '--grace-period=0');
    await eventually(async () => assert.deepEqual(await claims(), []));
  });

  it('are chosen by what they are', async () => {
    await apply(podFrom('picky', 'large'));
    assert.equal((await bench.podReady('picky')).spec.nodeName, 'node-2');
    assert.deepEqual(await devicesOf('picky'), ['node-2/large']);
    await bench.kubectl('delete', 'pod', 'picky', '--force', '--grace-period=0');
    await eventually(async () => assert.deepEqual(await claims(), []));
  });

  it('may be shared by pods that name the same claim', async () => {
    await apply({
      ...{ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', metadata: { name: 'shared' } },
      spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu' } }] } },
    });
    const sharing = (name: string): Pod =>
      podOf(name, [{ name: 'main', image: 'app' }], { terminationGracePeriodSeconds: 0, resourceClaims: [{ name: 'device', resourceClaimName: 'shared' }] });
    await apply(sharing('left'), sharing('right'));
    const placed = await Promise.all(['left', 'right'].map(async (name) => (await bench.podReady(name)).spec.nodeName));
    assert.equal(placed[0], placed[1]);
    const [claim] = await claims();
    assert.deepEqual(claim?.status?.reservedFor?.map(({ name }) => name).sort(), ['left', 'right']);
    for (const name of ['left', 'right']) await bench.kubectl('delete', 'pod', name, '--force', '--grace-period=0');
    await eventually(async () => assert.equal((await claims())[0]?.status?.allocation, undefined));
    await bench.kubectl('delete', 'resourceclaim', 'shared');
  });

  it('stand for extended resources of their class', async () => {
    await apply(podOf('extended', [{ name: 'main', image: 'app', resources: { limits: { 'example.com/gpu': '1' } } }], { terminationGracePeriodSeconds: 0 }));
    const pod = await bench.podReady('extended');
    const status = pod.status?.extendedResourceClaimStatus;
    assert.match(status?.resourceClaimName ?? '', /^extended-extended-resources-/);
    assert.deepEqual(status?.requestMappings, [{ containerName: 'main', resourceName: 'example.com/gpu', requestName: 'container-0-request-0' }]);
    assert.equal((await devicesOf('extended')).length, 1);
    await bench.kubectl('delete', 'pod', 'extended', '--force', '--grace-period=0');
    await eventually(async () => assert.deepEqual(await claims(), []));
  });

  it('that break have their pods go', async () => {
    await apply(podFrom('unlucky', 'large'));
    await bench.podReady('unlucky');
    const broken = { ...device('large', '80Gi', 'B'), taints: [{ key: 'example.com/broken', effect: 'NoExecute' }] };
    await apply(slice('node-2', [device('small', '16Gi', 'A'), broken]));
    await eventually(async () => assert.equal((await cluster.kubectl(['get', 'pod', 'unlucky'])).code, 1));
    await apply(podFrom('unlucky', 'large'));
    const waiting = await bench.podWhen('unlucky', (pod) => assert.equal(conditionOf(pod, 'PodScheduled').reason, 'Unschedulable'));
    assert.match(conditionOf(waiting, 'PodScheduled').message ?? '', /3 cannot allocate all claims/);
    const why = await cluster.wherry('why', 'pod/unlucky');
    assert.match(why.stdout, /cannot allocate all claims: request gpu wants 1: 2 offered, of which 1 not selected, 1 tainted/);
    await apply(slice('node-2', [device('small', '16Gi', 'A'), device('large', '80Gi', 'B')]));
    await bench.podReady('unlucky');
    await bench.kubectl('delete', 'pod', 'unlucky', '--force', '--grace-period=0');
  });

  it('are not given twice over a crash', async () => {
    await apply(podFrom('before-one', 'any'), podFrom('before-two', 'any'));
    for (const name of ['before-one', 'before-two']) await bench.podReady(name);
    await cluster.killHard();
    await cluster.start();
    await apply(podFrom('after-one', 'any'), podFrom('after-two', 'any'));
    await bench.podWhen('after-two', (pod) => assert.ok(pod.spec.nodeName || conditionOf(pod, 'PodScheduled').reason === 'Unschedulable'));
    await eventually(async () => {
      const given = (await claims()).flatMap(({ status }) => (status?.allocation?.devices?.results ?? []).map((result) => `${result.pool}/${result.device}`));
      assert.deepEqual(given.sort(), ['node-1/small', 'node-2/large', 'node-2/small']);
    });
  });

  it('cannot be asked for in terms that make no sense', async () => {
    const refused = async (object: object): Promise<string> => (await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(object) })).stderr;
    assert.match(
      await refused(template('bad', { selectors: [{ cel: { expression: '1' } }] })),
      /spec\.spec\.devices\.requests\[0\]\.exactly\.selectors\[0\]\.cel\.expression: Invalid value: "1": must evaluate to bool or the unknown type, not int/,
    );
    assert.match(
      await refused(template('admin', { adminAccess: true })),
      /admin access to devices requires the `resource\.kubernetes\.io\/admin-access: true` label/,
    );
  });
});
