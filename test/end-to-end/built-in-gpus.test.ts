import assert from 'node:assert/strict';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readNvidiaDriver } from '../../src/extension-points/devices/hardware/nvidia-driver.ts';
import { type MachineRoot, makeMachineRoot } from '../../src/extension-points/devices/hardware/testing/machine-root.ts';
import { nvidiaMachine, uuidOf } from '../../src/extension-points/devices/hardware/testing/nvidia-machine.ts';
import { canRunContainers, eventually, startTestCluster, type TestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { run } from '../fixtures/run.ts';

const image = process.env['WHERRY_TEST_IMAGE'];

/** /proc/driver is where the driver shows itself, /var/run/cdi where the plugin writes: here both are this test's own, and the machine is left as it was. */
const privateMachine = `
set -e
mount -t tmpfs tmpfs /proc/driver
mount -t tmpfs tmpfs /var
mkdir -p /var/lib /var/log /var/tmp /var/cache /var/run/cdi
exec "$@"
`;

if (image === undefined) {
  it('a machine with the driver of NVIDIA offers its GPUs without a plugin of theirs', {
    skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins',
  }, async () => {
    const [built] = await testImages('busybox');
    const inside = ['sh', '-c', privateMachine, 'sh', process.execPath, '--test', '--test-reporter=spec', import.meta.filename];
    // Or the test inside takes itself for a part of this one.
    const environment = { ...process.env, NODE_TEST_CONTEXT: undefined, WHERRY_TEST_IMAGE: built };
    const { code, stdout, stderr } = await run('unshare', ['--mount', '--propagation', 'private', ...inside], { environment, timeoutMs: 400_000 });
    assert.equal(code, 0, `${stdout}\n${stderr}`);
  });
  const isReal = existsSync('/proc/driver/nvidia/version');
  it('a machine with real GPUs of NVIDIA gives them to containers', {
    skip: canRunContainers && isReal ? false : 'needs an NVIDIA driver, root, containerd, runc and the CNI plugins',
  }, async () => {
    const driver = await readNvidiaDriver();
    await using cluster = await startTestCluster({ images: await testImages('busybox'), flags: ['--gpu', 'nvidia'] });
    const output = await outputOf(cluster, 1, 'echo $NVIDIA_VISIBLE_DEVICES; for gpu in /dev/nvidia[0-9]*; do [ -c $gpu ] && echo $gpu; done');
    assert.ok(
      driver!.gpus.some(({ uuid, minor }) => output === `${uuid}\n/dev/nvidia${minor}\n`),
      output,
    );
  });
} else {
  describe('NVIDIA GPUs by the built-in plugin', () => {
    /** Two GPUs whose device nodes discard what is written, and a driver with one library. */
    const makeMachine = async (): Promise<MachineRoot> => {
      const machine = await makeMachineRoot(nvidiaMachine([{}, {}]));
      cpSync(join(machine.path, 'proc/driver'), '/proc/driver', { recursive: true });
      await machine.write({ '/driver/usr/lib64/libcuda.so.550.107.02': 'a library\n' });
      await machine.link('/driver/usr/lib64/libcuda.so.1', 'libcuda.so.550.107.02');
      await machine.write({ '/driver/dev/.here': '' });
      for (const name of ['nvidia0', 'nvidia1', 'nvidiactl'])
        assert.equal((await run('mknod', [join(machine.path, 'driver/dev', name), 'c', '1', '3'])).code, 0);
      return machine;
    };
    const start = async (machine: MachineRoot, strategy: string): Promise<TestCluster> => {
      const file = join(machine.path, 'nvidia.yaml');
      const root = join(machine.path, 'driver');
      writeFileSync(file, `version: v1\nflags: {nvidiaDriverRoot: ${root}, plugin: {deviceListStrategy: ${strategy}}}\n`);
      return startTestCluster({ images: [image], flags: ['--gpu', `nvidia=${file}`] });
    };
    const look = 'ls /dev | grep nvidia; echo discarded > /dev/nvidia1 && echo written; cat /usr/local/nvidia/lib64/libcuda.so.1; ls /usr/local/nvidia/lib64';
    const seen = 'nvidia0\nnvidia1\nnvidiactl\nwritten\na library\nlibcuda.so.1\nlibcuda.so.550.107.02\n';

    it('bring a container their nodes, the libraries and the variable', async () => {
      await using machine = await makeMachine();
      await using cluster = await start(machine, 'envvar');
      assert.equal(await outputOf(cluster, 2, `echo $NVIDIA_VISIBLE_DEVICES; ${look}`), `${uuidOf(0)},${uuidOf(1)}\n${seen}`);
      const { stdout } = await cluster.wherry('devices', '--all');
      assert.match(stdout, /GPU-00000000-0000-4000-8000-000000000000 +Healthy/);
    });

    it('bring the same by CDI, also where the runtime knows nothing of it', async () => {
      await using machine = await makeMachine();
      await using cluster = await start(machine, 'cdi-annotations');
      assert.equal(await outputOf(cluster, 2, `echo $NVIDIA_VISIBLE_DEVICES; ${look}`), `void\n${seen}`);
    });
  });
}

/** What a pod that has so many GPUs prints. */
async function outputOf(cluster: TestCluster, count: number, command: string): Promise<string> {
  const resources = { limits: { 'nvidia.com/gpu': count } };
  const container = { name: 'main', image: 'busybox', imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', command], resources };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'gpu' }, spec: { restartPolicy: 'Never', containers: [container] } };
  await cluster.mustKubectl(['apply', '-f', '-'], { input: JSON.stringify(pod) });
  await eventually(async () =>
    assert.match(await cluster.mustKubectl(['get', 'pod', 'gpu', '-o', 'jsonpath={.status.phase}: {.status.message}']), /^(Succeeded|Failed): /),
  );
  return cluster.mustKubectl(['logs', 'gpu']);
}
