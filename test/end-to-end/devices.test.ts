import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PodResourcesLister } from '../../src/api/generated/pod-resources/pod-resources_pb.js';
import { type ServedDevicePlugin, serveDevicePlugin } from '../../src/extension-points/devices/serve.ts';
import { createGrpcClient } from '../../src/extension-points/runtime/grpc-client.ts';
import { createFakeGpu, type FakeGpu } from '../../src/extensions/devices/fake-gpu/fake-gpu.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';

/** A pod that says which devices it sees, and stays until there is a file `/stop` in it. */
const pod = (name: string, resource: string, count: number, nodeName?: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      ...(nodeName ? { nodeName } : {}),
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image: 'busybox',
          imagePullPolicy: 'IfNotPresent',
          command: [
            'sh',
            '-c',
            'echo devices $FAKE_GPU_DEVICES; ls /dev | grep fake-gpu; echo discarded > /dev/fake-gpu-0 && echo written; until [ -e /stop ]; do sleep 0.1; done',
          ],
          resources: { limits: { [resource]: String(count) } },
        },
      ],
    },
  });

describe('a node with GPUs that are not there', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  let gpu: FakeGpu;
  let served: ServedDevicePlugin | undefined;
  let nodeName: string;
  let nodeDirectory: string;
  const serve = async (): Promise<void> => {
    served = await serveDevicePlugin(gpu, { kubeletDirectory: nodeDirectory });
    await served.registered;
  };
  const status = (path: string, name: string): Promise<string> => cluster.mustKubectl(['get', 'pod', name, '-o', `jsonpath={${path}}`]);
  const amounts = (resource: string): Promise<string> => {
    const key = resource.replaceAll('.', '\\.');
    return cluster.mustKubectl(['get', 'node', '-o', `jsonpath={.items[0].status.allocatable.${key}}/{.items[0].status.capacity.${key}}`]);
  };
  const hasAmounts = (resource: string, want: string): Promise<void> => eventually(async () => assert.equal(await amounts(resource), want));

  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox'), flags: ['--fake-gpu', 'nvidia.com/gpu=1,memory=80Gi'] });
    [nodeName] = readdirSync(join(cluster.dataDirectory, 'nodes')) as [string];
    nodeDirectory = join(cluster.dataDirectory, 'nodes', nodeName);
    gpu = createFakeGpu({ count: 2, memory: '16Gi' });
    await serve();
  });
  after(async () => {
    await served?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  it('shows what a plugin on its socket has', () => hasAmounts('example.com/gpu', '2/2'));

  it('gives a container the nodes and variables of its device', async () => {
    await cluster.mustKubectl(['apply', '-f', '-'], { input: pod('first', 'example.com/gpu', 1) });
    await cluster.mustKubectl(['wait', 'pod/first', '--for=condition=Ready', '--timeout=120s']);
    await eventually(async () => assert.equal(await cluster.mustKubectl(['logs', 'first']), 'devices gpu-0\nfake-gpu-0\nwritten\n'));
    assert.deepEqual(JSON.parse(await status('.status.containerStatuses[0].allocatedResourcesStatus', 'first')), [
      { name: 'example.com/gpu', resources: [{ resourceID: 'gpu-0', health: 'Healthy' }] },
    ]);
  });

  it('lets a pod that wants more than there is wait', async () => {
    await cluster.mustKubectl(['apply', '-f', '-'], { input: pod('large', 'example.com/gpu', 2) });
    await eventually(async () =>
      assert.match(
        await status('.status.conditions[?(@.type=="PodScheduled")].message', 'large'),
        /^0\/1 nodes are available: 1 Insufficient example\.com\/gpu\. /,
      ),
    );
    assert.equal(await status('.status.phase', 'large'), 'Pending');
    await cluster.mustKubectl(['delete', 'pod', 'large']);
  });

  it('refuses a pod that was bound past the scheduler', async () => {
    await cluster.mustKubectl(['apply', '-f', '-'], { input: pod('bound', 'example.com/gpu', 2, nodeName) });
    await eventually(async () => assert.equal(await status('.status.phase', 'bound'), 'Failed'));
    assert.equal(
      await status('.status.reason}: {.status.message', 'bound'),
      "OutOfexample.com/gpu: Pod was rejected: Node didn't have enough resource: example.com/gpu, requested: 2, used: 1, capacity: 2",
    );
    await cluster.mustKubectl(['delete', 'pod', 'bound']);
  });

  it('tells in the words of upstream why an allocation failed', async () => {
    gpu.setFaults({ allocate: 'the fan is stuck' });
    await cluster.mustKubectl(['apply', '-f', '-'], { input: pod('failing', 'example.com/gpu', 1) });
    await eventually(async () => assert.equal(await status('.status.phase', 'failing'), 'Failed'));
    assert.equal(
      await status('.status.reason}: {.status.message', 'failing'),
      'UnexpectedAdmissionError: Pod was rejected: Allocate failed due to rpc error: code = Unknown desc = the fan is stuck, which is unexpected',
    );
    gpu.setFaults({});
    await cluster.mustKubectl(['delete', 'pod', 'failing']);
  });

  it('shows a device that fails, and leaves it to its pod', async () => {
    gpu.setFaults({ unhealthy: ['gpu-0'] });
    await hasAmounts('example.com/gpu', '1/2');
    await eventually(async () =>
      assert.equal(await status('.status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].health', 'first'), 'Unhealthy'),
    );
    assert.equal(await status('.status.phase', 'first'), 'Running');
    gpu.setFaults({});
    await hasAmounts('example.com/gpu', '2/2');
  });

  it('keeps pods and their devices while agent and plugin are killed and come again', async () => {
    const before = await status('.metadata.uid} {.status.containerStatuses[0].containerID', 'first');
    await cluster.killHard();
    await cluster.start();
    await hasAmounts('example.com/gpu', '2/2');
    await served?.[Symbol.asyncDispose]();
    await hasAmounts('example.com/gpu', '0/2');
    await serve();
    await hasAmounts('example.com/gpu', '2/2');
    assert.equal(await status('.metadata.uid} {.status.containerStatuses[0].containerID', 'first'), before);
    using client = await createGrpcClient(`unix://${join(nodeDirectory, 'pod-resources', 'kubelet.sock')}`);
    const { podResources } = await client.unary(PodResourcesLister.method.get, { podName: 'first', podNamespace: 'default' });
    assert.deepEqual(
      podResources?.containers[0]?.devices.map(({ deviceIds }) => deviceIds),
      [['gpu-0']],
    );
    await cluster.mustKubectl(['apply', '-f', '-'], { input: pod('second', 'example.com/gpu', 1) });
    await cluster.mustKubectl(['wait', 'pod/second', '--for=condition=Ready', '--timeout=120s']);
    await eventually(async () => assert.match(await cluster.mustKubectl(['logs', 'second']), /^devices gpu-1\nfake-gpu-1\n/));
  });

  it('shows who holds which device', async () => {
    const { stdout, stderr } = await cluster.wherry('devices');
    assert.equal(stderr, '');
    assert.match(stdout, /^NODE .*\n\S+ +example\.com\/gpu +\S+\.sock +gpu-0 +Healthy +- +default\/first main +\d+s$/m);
    const { stdout: json } = await cluster.wherry('devices', '-o', 'json');
    const [node] = JSON.parse(json) as { node: string; resources: { resource: string; devices: { id: string; heldBy?: { pod: string } }[] }[] }[];
    assert.equal(node?.node, nodeName);
    assert.deepEqual(
      node?.resources.find(({ resource }) => resource === 'example.com/gpu')?.devices.map(({ id, heldBy }) => [id, heldBy?.pod]),
      [
        ['gpu-0', 'first'],
        ['gpu-1', 'second'],
      ],
    );
  });

  it('gives a container that is started again the same device', async () => {
    await cluster.mustKubectl(['exec', 'first', '--', 'touch', '/stop']);
    await eventually(async () => assert.equal(await status('.status.containerStatuses[0].restartCount', 'first'), '1'));
    await eventually(async () => assert.equal(await cluster.mustKubectl(['logs', 'first']), 'devices gpu-0\nfake-gpu-0\nwritten\n'));
    assert.equal(gpu.calls.preStartContainer, 3); // twice for this pod, once for the second
  });

  it('has GPUs of its own when it was started with them, which break on command', async () => {
    await hasAmounts('nvidia.com/gpu', '1/1');
    await cluster.mustKubectl(['apply', '-f', '-'], { input: pod('vendor', 'nvidia.com/gpu', 1) });
    await cluster.mustKubectl(['wait', 'pod/vendor', '--for=condition=Ready', '--timeout=120s']);
    assert.equal(await cluster.mustKubectl(['exec', 'vendor', '--', 'sh', '-c', 'echo $NVIDIA_VISIBLE_DEVICES $FAKE_GPU_MEMORY']), 'GPU-gpu-0 80Gi\n');
    writeFileSync(join(nodeDirectory, 'fake-gpu', 'nvidia.com_gpu.json'), '{ "unhealthy": ["gpu-0"] }');
    await hasAmounts('nvidia.com/gpu', '0/1');
  });

  it('leaves resources alone that somebody patched into its status', async () => {
    const patch = JSON.stringify([{ op: 'add', path: '/status/capacity/example.com~1dongle', value: '4' }]);
    await cluster.mustKubectl(['patch', 'node', nodeName, '--subresource=status', '--type=json', '-p', patch]);
    gpu.setCount(3); // makes the agent write its status
    await hasAmounts('example.com/gpu', '3/3');
    await hasAmounts('example.com/dongle', '4/4');
  });
});
