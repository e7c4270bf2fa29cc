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
    assert.match(stdout, new RegExp(`^${nodeName}\\n +RESOURCE +HELD .*\\n +example\\.com/gpu +2 +2 +2 +\\d+[sm] +example\\.com-gpu\\.sock$`, 'm'));
    const each = await cluster.wherry('devices', 'example.com/gpu');
    assert.match(each.stdout, /^ {2}plugin \S+\.sock, by kubelet\.sock, for \d+[sm]\n +DEVICE.*\n +gpu-0 +Healthy +- +default\/first main +\d+[sm]$/m);
    assert.match((await cluster.wherry('devices', '--all')).stdout, /^\S+ {2}nvidia\.com\/gpu: 1 of 1 allocatable\n +plugin built-in, by in process/m);
    const none = await cluster.wherry('devices', 'example.com/nic');
    assert.deepEqual([none.code, none.stderr], [1, 'no node has example.com/nic; why: wherry why node/NAME example.com/nic\n']);
    const { stdout: json } = await cluster.wherry('devices', '-o', 'json');
    const [node] = JSON.parse(json) as {
      node: string;
      state: string;
      resources: { resource: string; capacity: number; plugins: { route: string }[]; devices: { id: string; heldBy?: { pod: string } }[] }[];
    }[];
    assert.deepEqual([node?.node, node?.state], [nodeName, 'Reached']);
    const found = node?.resources.find(({ resource }) => resource === 'example.com/gpu');
    assert.deepEqual([found?.capacity, found?.plugins.map(({ route }) => route)], [2, ['kubelet.sock']]);
    assert.deepEqual(
      found?.devices.map(({ id, heldBy }) => [id, heldBy?.pod]),
      [
        ['gpu-0', 'first'],
        ['gpu-1', 'second'],
      ],
    );
  });

  it('remembers which plugin gave which device and why, and what it refused', async () => {
    // Records are of this run of the cluster: `second` came after the restart.
    await eventually(async () => {
      const rows = await cluster.mustKubectl(['get', 'devicedecisions', '--field-selector', 'pod.name=second', '--no-headers']);
      assert.match(rows, new RegExp(`^second +${nodeName} +Admission +Allocated +example\\.com/gpu=gpu-1 +\\d+s`));
    });
    const why = await cluster.wherry('why', 'pod/second');
    assert.match(
      why.stdout,
      /^devices · .* · given by \S+\n {2}main: example\.com\/gpu 1: gpu-1 \(what the plugin prefers\), given by example\.com\/gpu at \S+\.sock/m,
    );
    await cluster.mustKubectl(['apply', '-f', '-'], { input: pod('third', 'example.com/gpu', 1, nodeName) });
    await eventually(async () => assert.equal(await status('.status.phase', 'third'), 'Failed'));
    await eventually(async () => {
      const { stdout } = await cluster.wherry('why', 'pod/third');
      assert.match(stdout, /^pod default\/third is on \S+, Failed: OutOfexample\.com\/gpu$/m);
      assert.match(
        stdout,
        /^devices · .* · refused by \S+: OutOfexample\.com\/gpu\n {2}Node didn't have enough resource: example\.com\/gpu, requested: 1, used: 2, capacity: 2$/m,
      );
      assert.match(stdout, new RegExp(`what would help\\n {2}· example\\.com/gpu that nobody holds: wherry why node/${nodeName} example\\.com/gpu`));
    });
    const node = await cluster.wherry('why', `node/${nodeName}`, 'example.com/gpu');
    assert.match(node.stdout, /^example\.com\/gpu\n {2}2 allocatable of 2, 2 held\n {2}its plugin \S+ is connected for/m);
    assert.match(node.stdout, /^pods it refused\n {2}\S+ {2}default\/third: OutOfexample\.com\/gpu: /m);
    const never = await cluster.wherry('why', `node/${nodeName}`, 'example.com/nic');
    assert.match(never.stdout, /no plugin has registered it since the agent started/);
    const report = { apiVersion: 'decisions.wherry.dev/v1alpha1', kind: 'DeviceDecisionReport', metadata: {}, spec: { nodeName, decisions: [] } };
    const { code, stderr } = await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(report) });
    assert.equal(code, 1);
    assert.match(stderr, /is not node .*; a node reports only what it decided itself/);
    await cluster.mustKubectl(['delete', 'pod', 'third']);
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
    const { stdout } = await cluster.wherry('why', `node/${nodeName}`, 'nvidia.com/gpu');
    assert.match(stdout, /^ {2}all devices are unhealthy, as the plugin says: gpu-0; /m);
  });

  it('tells that a plugin has gone, and how long its devices stay', async () => {
    await served?.[Symbol.asyncDispose]();
    await hasAmounts('example.com/gpu', '0/2');
    const { stdout } = await cluster.wherry('why', `node/${nodeName}`, 'example.com/gpu');
    assert.match(
      stdout,
      /^ {2}0 allocatable of 2, 2 held\n {2}its plugin is gone for \d+s.*\n {2}its devices are unhealthy, and leave the capacity in 4m unless it registers again$/m,
    );
    assert.match(stdout, /what would help\n {2}· a plugin for example\.com\/gpu: it registers on \S+\/device-plugins\/kubelet\.sock/);
    await serve();
    await hasAmounts('example.com/gpu', '2/2');
  });

  it('leaves resources alone that somebody patched into its status', async () => {
    const patch = JSON.stringify([{ op: 'add', path: '/status/capacity/example.com~1dongle', value: '4' }]);
    await cluster.mustKubectl(['patch', 'node', nodeName, '--subresource=status', '--type=json', '-p', patch]);
    gpu.setCount(3); // makes the agent write its status
    await hasAmounts('example.com/gpu', '3/3');
    await hasAmounts('example.com/dongle', '4/4');
  });
});
