import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { serveDevicePlugin } from '../../src/extension-points/devices/serve.ts';
import { createFakeGpu } from '../../src/extensions/devices/fake-gpu/fake-gpu.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';

/** What somebody writes who has a device of his own. */
const kvm = (ids: readonly string[]): string => `
import { type DevicePlugin, nothingAllocated } from 'wherry/devices';

const kvm: DevicePlugin = {
  resourceName: 'example.com/kvm',
  async *devices(signal) {
    yield ${JSON.stringify(ids)}.map((id) => ({ id, health: 'Healthy', numaNodes: [] }));
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
  async allocate(ids) {
    return { ...nothingAllocated, environment: { KVM: ids.join() }, devices: [{ containerPath: '/dev/kvm', hostPath: '/dev/null', permissions: 'rw' }] };
  },
};

export default { devices: { kvm } };
`;

describe('flags of devices', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  let directory: string;
  const hasAmounts = (resource: string, want: string): Promise<void> => {
    const key = resource.replaceAll('.', '\\.');
    return eventually(async () =>
      assert.equal(await cluster.mustKubectl(['get', 'node', '-o', `jsonpath={.items[0].status.allocatable.${key}}/{.items[0].status.capacity.${key}}`]), want),
    );
  };
  before(async () => {
    // Paths of sockets are 107 bytes long at most.
    directory = mkdtempSync(join(tmpdir(), 'wf-'));
    writeFileSync(join(directory, 'kvm.ts'), kvm(['a', 'b']));
    cluster = await startTestCluster({
      images: await testImages('busybox'),
      flags: [
        '--plugin-dir',
        join(directory, 'kubelet'),
        '--extension',
        join(directory, 'kvm.ts'),
        '--fake-gpu',
        'amd.com/gpu=2',
        '--fake-gpu',
        'example.com/npu=3,numa=2',
      ],
    });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    if (directory) rmSync(directory, { recursive: true, force: true });
  });

  it('--plugin-dir is where plugins register by both routes, and where monitoring asks', async () => {
    for (const [resourceName, route] of [
      ['example.com/one', 'kubelet'],
      ['example.com/two', 'registry'],
    ] as const) {
      await using _served = await serveDevicePlugin(createFakeGpu({ resourceName, count: 1 }), { kubeletDirectory: join(directory, 'kubelet'), route });
      await hasAmounts(resourceName, '1/1');
    }
    assert.ok(existsSync(join(directory, 'kubelet/pod-resources/kubelet.sock')));
    await hasAmounts('example.com/one', '0/1');
  });

  it('--fake-gpu may be given again and again', async () => {
    await hasAmounts('amd.com/gpu', '2/2');
    await hasAmounts('example.com/npu', '3/3');
    const { stdout } = await cluster.wherry('devices', 'example.com/npu');
    assert.match(stdout, /^ +gpu-0 +Healthy +0 .*\n +gpu-1 +Healthy +[01] .*\n +gpu-2 +Healthy +1 /m);
  });

  it('--extension may bring a device plugin, and another when the file is saved', async () => {
    await hasAmounts('example.com/kvm', '2/2');
    const container = {
      name: 'main',
      image: 'busybox',
      imagePullPolicy: 'IfNotPresent',
      command: ['sh', '-c', 'echo $KVM; [ -c /dev/kvm ] && echo there'],
      resources: { limits: { 'example.com/kvm': '1' } },
    };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'guest' }, spec: { restartPolicy: 'Never', containers: [container] } };
    await cluster.mustKubectl(['apply', '-f', '-'], { input: JSON.stringify(pod) });
    await eventually(async () => assert.equal(await cluster.mustKubectl(['get', 'pod', 'guest', '-o', 'jsonpath={.status.phase}']), 'Succeeded'));
    assert.equal(await cluster.mustKubectl(['logs', 'guest']), 'a\nthere\n');
    writeFileSync(join(directory, 'kvm.ts'), kvm(['a', 'b', 'c']));
    await hasAmounts('example.com/kvm', '3/3');
  });

  const refusals: readonly (readonly [flags: readonly string[], says: RegExp])[] = [
    [['--gpu', 'matrox'], /"matrox" is not a vendor of GPUs that is known here/],
    [['--gpu', 'amd=/no/such/file'], /--gpu amd=\/no\/such\/file: ENOENT/],
    [['--fake-gpu', 'gpu'], /"gpu" does not name fake GPUs: write example\.com\/gpu=4/],
    [['--fake-gpu', 'example.com/gpu=9999'], /there can be 0 to 4096/],
    [['--simulate', '--gpu', 'nvidia'], /which simulated nodes do not have: leave one of the two out/],
  ];
  for (const [flags, says] of refusals)
    it(`${flags.join(' ')} is refused, in words that help, and nothing is left running`, async () => {
      const other = join(cluster.directory, 'other');
      const { code, stderr } = await cluster.wherry('up', '--detach', '--port', '0', '--data-dir', other, ...flags);
      assert.equal(code, 1, stderr);
      assert.match(stderr, says);
      assert.equal((await cluster.wherry('status', '--data-dir', other)).code, 3);
    });

  it('devices conformance --socket holds a plugin of any language to the contract', async () => {
    const kubeletDirectory = join(directory, 'other');
    await using served = await serveDevicePlugin(createFakeGpu({ count: 4, numaNodes: 2 }), { kubeletDirectory });
    const { code, stdout } = await cluster.wherry('devices', 'conformance', '--socket', served.socketPath, '--resource', 'example.com/gpu');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ok {5}allocates one device$/m);
    assert.match(stdout, /\n\d+ passed, 0 failed, 0 skipped\n$/);
    const both = await cluster.wherry('devices', 'conformance');
    assert.deepEqual([both.code, both.stderr.includes('say where the plugin is')], [1, true]);
  });
});
