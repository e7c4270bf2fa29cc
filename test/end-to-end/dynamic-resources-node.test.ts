import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PodResourcesLister } from '../../src/api/generated/pod-resources/pod-resources_pb.js';
import { createGrpcClient } from '../../src/extension-points/runtime/grpc-client.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';

const driver = 'gpu.example.com';
const script =
  'echo gpu $GPU_DEVICE_0 $GPU_DEVICE_1 $GPU_DEVICE_0_MEMORY $GPU_DEVICE_1_MEMORY; ls /dev | grep fake-gpu; for d in /dev/fake-gpu-*; do echo x > $d && echo written; done; until [ -e /stop ]; do sleep 0.1; done';

const claim = (name: string): object => ({
  apiVersion: 'resource.k8s.io/v1',
  kind: 'ResourceClaim',
  metadata: { name },
  spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: driver } }] } },
});

/** A pod that says what it sees of the devices of a claim, bound past the scheduler when a node is given. */
const pod = (name: string, claimName: string, nodeName?: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    ...(nodeName ? { nodeName } : {}),
    terminationGracePeriodSeconds: 1,
    resourceClaims: [{ name: 'gpu', resourceClaimName: claimName }],
    containers: [
      {
        name: 'main',
        image: 'busybox',
        imagePullPolicy: 'IfNotPresent',
        command: ['sh', '-c', script],
        resources: { claims: [{ name: 'gpu', request: 'gpu' }] },
      },
    ],
  },
});

describe('a node with devices for ResourceClaims', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  let nodeName: string;
  let nodeDirectory: string;
  const apply = (...objects: object[]): Promise<string> =>
    cluster.mustKubectl(['apply', '-f', '-'], { input: objects.map((object) => JSON.stringify(object)).join('\n---\n') });
  const read = (kind: string, name: string, path: string): Promise<string> => cluster.mustKubectl(['get', kind, name, '-o', `jsonpath={${path}}`]);
  const specifications = (): string[] => (existsSync(join(nodeDirectory, 'cdi')) ? readdirSync(join(nodeDirectory, 'cdi')) : []);
  /** Gives a device to a claim, and the claim to a pod, as the scheduler does. */
  const allocate = async (claimName: string, device: string, podName: string): Promise<void> => {
    const uid = await read('pod', podName, '.metadata.uid');
    const status = {
      allocation: { devices: { results: [{ request: 'gpu', driver, pool: nodeName, device }] } },
      reservedFor: [{ resource: 'pods', name: podName, uid }],
    };
    await cluster.mustKubectl(['patch', 'resourceclaim', claimName, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]);
  };
  const isReady = (name: string): Promise<string> => cluster.mustKubectl(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s']);

  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox'), flags: ['--fake-dra-gpu', `${driver}=2,memory=80Gi,numa=2,model=h100`] });
    [nodeName] = readdirSync(join(cluster.dataDirectory, 'nodes')) as [string];
    nodeDirectory = join(cluster.dataDirectory, 'nodes', nodeName);
  });
  after(() => cluster?.[Symbol.asyncDispose]());

  it('publishes them, with a class that asks for them', async () => {
    await eventually(async () => {
      const { items } = JSON.parse(await cluster.mustKubectl(['get', 'resourceslices', '-o', 'json'])) as {
        items: { metadata: { ownerReferences: { kind: string; name: string }[] }; spec: Record<string, unknown> & { devices: object[] } }[];
      };
      assert.equal(items.length, 1);
      const [{ metadata, spec }] = items as [(typeof items)[number]];
      assert.deepEqual([metadata.ownerReferences[0]?.kind, metadata.ownerReferences[0]?.name], ['Node', nodeName]);
      assert.deepEqual([spec['driver'], spec['nodeName'], spec['pool']], [driver, nodeName, { name: nodeName, generation: 1, resourceSliceCount: 1 }]);
      assert.deepEqual(
        spec.devices.map((device) => (device as { name: string }).name),
        ['gpu-0', 'gpu-1'],
      );
    });
    assert.equal(await read('deviceclass', driver, '.spec.selectors[0].cel.expression'), 'device.driver == "gpu.example.com"');
  });

  it('lets a pod wait until its claim has a device, and says what is missing', async () => {
    await apply(claim('first'), pod('first', 'first', nodeName));
    await eventually(async () =>
      assert.equal(
        await cluster.mustKubectl([
          'get',
          'events',
          '--field-selector=reason=FailedPrepareDynamicResources,involvedObject.name=first',
          '-o',
          'jsonpath={.items[0].type} {.items[0].message}',
        ]),
        `Warning Failed to prepare dynamic resources: prepare dynamic resources: pod first (${await read('pod', 'first', '.metadata.uid')}) is not allowed to use ResourceClaim first (${await read('resourceclaim', 'first', '.metadata.uid')})`,
      ),
    );
  });

  it('gives the container the node and the variables of its device, and shows how it is', async () => {
    await allocate('first', 'gpu-1', 'first');
    await isReady('first');
    await eventually(async () => assert.equal(await cluster.mustKubectl(['logs', 'first']), 'gpu gpu-1 80Gi\nfake-gpu-1\nwritten\n'));
    const claimUid = await read('resourceclaim', 'first', '.metadata.uid');
    const cdiName = `${driver}/gpu=${claimUid}-gpu-1`;
    await eventually(async () =>
      assert.deepEqual(JSON.parse(await read('pod', 'first', '.status.containerStatuses[0].allocatedResourcesStatus')), [
        { name: 'claim:gpu/gpu', resources: [{ resourceID: cdiName, health: 'Healthy' }] },
      ]),
    );
    using grpc = await createGrpcClient(`unix://${join(nodeDirectory, 'pod-resources', 'kubelet.sock')}`);
    const { podResources } = await grpc.unary(PodResourcesLister.method.get, { podName: 'first', podNamespace: 'default' });
    assert.deepEqual(
      podResources?.containers[0]?.dynamicResources.map(({ claimName, claimNamespace, claimResources }) => ({
        claimName,
        claimNamespace,
        claimResources: claimResources.map(({ driverName, poolName, deviceName, cdiDevices }) => ({
          driverName,
          poolName,
          deviceName,
          cdi: cdiDevices.map(({ name }) => name),
        })),
      })),
      [{ claimName: 'first', claimNamespace: 'default', claimResources: [{ driverName: driver, poolName: nodeName, deviceName: 'gpu-1', cdi: [cdiName] }] }],
    );
  });

  it('shows a device that breaks, and mends', async () => {
    const faults = join(nodeDirectory, 'fake-dra-gpu', `${driver}.json`);
    const health = (): Promise<string> =>
      read(
        'pod',
        'first',
        '.status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].health}{" "}{.status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].message',
      );
    writeFileSync(faults, '{ "unhealthy": ["gpu-1"] }');
    await eventually(async () => assert.equal(await health(), 'Unhealthy gpu-1 is broken on command'));
    rmSync(faults);
    await eventually(async () => assert.equal(await health(), 'Healthy '));
  });

  it('keeps what is prepared while wherry is killed and started again', async () => {
    const state = readFileSync(join(nodeDirectory, 'dra_manager_state'), 'utf8');
    const sliceUid = (): Promise<string> => cluster.mustKubectl(['get', 'resourceslices', '-o', 'jsonpath={.items[*].metadata.uid}']);
    const uidBefore = await sliceUid();
    await cluster.killHard();
    await cluster.start();
    assert.equal(readFileSync(join(nodeDirectory, 'dra_manager_state'), 'utf8'), state);
    await eventually(async () => assert.equal(await read('pod', 'first', '.status.containerStatuses[0].restartCount'), '0'));
    // Taken away while no driver is known, and published anew.
    await eventually(async () => assert.ok(!['', uidBefore].includes(await sliceUid())));
    await isReady('first');
  });

  it('has a device undone when its pod is gone', async () => {
    assert.equal(specifications().length, 1);
    await cluster.mustKubectl(['delete', 'pod', 'first', '--timeout=120s']);
    assert.deepEqual(specifications(), []);
    assert.match(readFileSync(join(nodeDirectory, 'dra_manager_state'), 'utf8'), /ClaimInfoStateList\\":\[\]/);
  });

  it('has a device undone of a pod that went while wherry was down', async () => {
    await apply(claim('second'), pod('second', 'second', nodeName));
    await allocate('second', 'gpu-0', 'second');
    await isReady('second');
    assert.equal(specifications().length, 1);
    await cluster.mustKubectl(['delete', 'pod', 'second', '--force', '--grace-period=0', '--wait=false']);
    await cluster.killHard();
    await cluster.start();
    await eventually(() => assert.deepEqual(specifications(), []));
  });

  it('runs pods that the scheduler gives a device', async () => {
    await cluster.mustKubectl(['delete', 'resourceclaim', 'first', 'second', '--timeout=120s']); // nobody else gives up what the test gave them
    await apply(claim('third'), pod('third', 'third'));
    await isReady('third');
    await eventually(async () => assert.match(await cluster.mustKubectl(['logs', 'third']), /^gpu gpu-[01] 80Gi\nfake-gpu-[01]\nwritten\n$/));
    await cluster.mustKubectl(['delete', 'pod', 'third', '--timeout=120s']);
    assert.deepEqual(specifications(), []);
  });

  it('runs pods whose claims are made from a template, each with a device of its own', async () => {
    const template = {
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceClaimTemplate',
      metadata: { name: 'one-gpu' },
      spec: { spec: (claim('x') as { spec: object }).spec },
    };
    const templated = (name: string): object => {
      const { spec, ...rest } = pod(name, 'x') as { spec: object };
      return { ...rest, spec: { ...spec, resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'one-gpu' }] } };
    };
    await apply(template, templated('fourth'), templated('fifth'));
    await isReady('fourth');
    await isReady('fifth');
    const said = await Promise.all(
      ['fourth', 'fifth'].map((name) => eventually(async () => /^gpu (gpu-\d) /.exec(await cluster.mustKubectl(['logs', name]))![1]!)),
    );
    assert.deepEqual(said.sort(), ['gpu-0', 'gpu-1']);
    await cluster.mustKubectl(['delete', 'pod', 'fourth', 'fifth', '--timeout=120s']);
    await eventually(async () => assert.equal(await cluster.mustKubectl(['get', 'resourceclaims', '-o', 'name', '--field-selector=metadata.name!=third']), ''));
    assert.deepEqual(specifications(), []);
  });

  it('gives devices to containers that ask for the extended resource of a class', async () => {
    const deviceClass = {
      apiVersion: 'resource.k8s.io/v1',
      kind: 'DeviceClass',
      metadata: { name: 'extended' },
      spec: { extendedResourceName: 'example.com/card', selectors: [{ cel: { expression: `device.driver == "${driver}"` } }] },
    };
    const { spec, ...rest } = pod('sixth', 'x') as { spec: { containers: [object]; resourceClaims?: object } };
    const { resourceClaims: _claims, ...own } = spec;
    const containers = [{ ...spec.containers[0], resources: { limits: { 'example.com/card': '2' } } }];
    await apply(deviceClass);
    await apply({ ...rest, spec: { ...own, containers } });
    await isReady('sixth');
    await eventually(async () => assert.match(await cluster.mustKubectl(['logs', 'sixth']), /^gpu gpu-0 gpu-1 80Gi 80Gi\n/));
    await cluster.mustKubectl(['delete', 'pod', 'sixth', '--timeout=120s']);
    assert.deepEqual(specifications(), []);
  });
});
