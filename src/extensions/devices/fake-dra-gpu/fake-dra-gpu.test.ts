import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nodes } from '../../../api/generated/resource-types.ts';
import { FakeClient } from '../../../client/testing/fake-client.ts';
import { driverConformance } from '../../../extension-points/devices/dynamic/conformance.ts';
import type { AllocatedClaim, DeviceHealth, DevicePool, DriverService } from '../../../extension-points/devices/dynamic/contract.ts';
import { connectDriver } from '../../../extension-points/devices/dynamic/driver-connection.ts';
import { serveDriver } from '../../../extension-points/devices/dynamic/serve.ts';
import { createFakeDraGpu, type FakeDraGpu } from './fake-dra-gpu.ts';
import { readFakeDraGpu } from './read-fake-dra-gpu.ts';

const driver = 'gpu.example.com';

async function served(service: DriverService) {
  const directory = await mkdtemp(join(tmpdir(), 'wg-'));
  const client = new FakeClient();
  await client.create(nodes, { metadata: { name: 'node-1' }, spec: {} });
  const gpu = createFakeDraGpu({ driver, nodeName: 'node-1', cdiDirectory: join(directory, 'cdi'), count: 2 });
  const running = await serveDriver(gpu, { client, nodeName: 'node-1', kubeletDirectory: directory });
  const connection = await connectDriver({ driver, endpoint: running.endpoint, service });
  return {
    connection,
    client,
    nodeName: 'node-1',
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await running[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}

driverConformance('fake-dra-gpu over v1', () => served('v1.DRAPlugin'));
driverConformance('fake-dra-gpu over v1beta1', () => served('v1beta1.DRAPlugin'));

const claimOf = (uid: string, ...devices: (string | { device: string; isAdminAccess: boolean })[]): AllocatedClaim => ({
  namespace: 'default',
  name: uid,
  uid,
  devices: devices.map((device) => ({
    request: 'gpu',
    pool: 'node-1',
    consumedCapacity: {},
    parameters: [],
    ...(typeof device === 'string' ? { device, isAdminAccess: false } : device),
  })),
  object: { metadata: {}, spec: {} },
});

describe('fake GPUs for claims', () => {
  const withGpu = async (run: (gpu: FakeDraGpu, cdiDirectory: string) => Promise<void>): Promise<void> => {
    const cdiDirectory = await mkdtemp(join(tmpdir(), 'wcdi-'));
    try {
      await run(createFakeDraGpu({ nodeName: 'node-1', cdiDirectory, count: 4, memory: '80Gi', model: 'h100', numaNodes: 2 }), cdiDirectory);
    } finally {
      await rm(cdiDirectory, { recursive: true });
    }
  };

  it('say what they are and have', () =>
    withGpu(async (gpu) => {
      const ending = new AbortController();
      const [pool] = (await gpu.pools(ending.signal)[Symbol.asyncIterator]().next()).value as DevicePool[];
      ending.abort();
      assert.deepEqual(
        pool!.devices.map(({ attributes }) => attributes?.['numa']?.int),
        [0, 0, 1, 1],
      );
      const { uuid, ...attributes } = pool!.devices[3]!.attributes!;
      assert.match(uuid!.string!, /^gpu-[0-9a-f]{8}-/);
      assert.deepEqual(attributes, { index: { int: 3 }, model: { string: 'h100' }, numa: { int: 1 }, driverVersion: { version: '1.0.0' } });
      assert.deepEqual(pool!.devices[3]!.capacity, { memory: { value: '80Gi' } });
      assert.equal(new Set(pool!.devices.map((device) => device.attributes!['uuid']!.string)).size, 4);
    }));

  it('give a container nodes backed by /dev/null and variables', () =>
    withGpu(async (gpu, directory) => {
      const devices = await gpu.prepare(claimOf('uid-1', 'gpu-1', 'gpu-2'));
      assert.deepEqual(devices[0], { requests: ['gpu'], pool: 'node-1', device: 'gpu-1', cdiDevices: ['gpu.example.com/gpu=uid-1-gpu-1'] });
      const [file] = await readdir(directory);
      assert.equal(file, 'gpu.example.com-gpu_uid-1.json');
      const specification = JSON.parse(await readFile(join(directory, file), 'utf8')) as {
        kind: string;
        devices: { containerEdits: { env: string[]; deviceNodes: object[] } }[];
      };
      assert.equal(specification.kind, 'gpu.example.com/gpu');
      const { env, deviceNodes } = specification.devices[1]!.containerEdits;
      assert.deepEqual(deviceNodes, [{ path: '/dev/fake-gpu-2', hostPath: '/dev/null', permissions: 'rw' }]);
      assert.deepEqual([env[0], env[2]], ['GPU_DEVICE_2=gpu-2', 'GPU_DEVICE_2_MEMORY=80Gi']);
      await gpu.unprepare({ namespace: 'default', name: 'uid-1', uid: 'uid-1' });
      assert.deepEqual(await readdir(directory), []);
    }));

  it('are not given twice, also after a restart; who only looks at one may', () =>
    withGpu(async (gpu, cdiDirectory) => {
      await gpu.prepare(claimOf('uid-2', { device: 'gpu-0', isAdminAccess: true }));
      await gpu.prepare(claimOf('uid-1', 'gpu-0'));
      const restarted = createFakeDraGpu({ nodeName: 'node-1', cdiDirectory, count: 4 });
      await assert.rejects(restarted.prepare(claimOf('uid-3', 'gpu-1', 'gpu-0')), /^Error: device gpu-0 is prepared for claim uid-1$/);
      await restarted.unprepare({ namespace: '', name: '', uid: 'uid-1' });
      await restarted.prepare(claimOf('uid-3', 'gpu-1', 'gpu-0'));
      await assert.rejects(restarted.prepare(claimOf('uid-4', 'gpu-9')), /requested device is not allocatable: gpu-9/);
    }));

  it('break and mend on command', () =>
    withGpu(async (gpu) => {
      const ending = new AbortController();
      const said = gpu.health(ending.signal)[Symbol.asyncIterator]();
      const next = async (): Promise<string[]> =>
        ((await said.next()).value as DeviceHealth[]).map(({ health, message = '' }) => `${health} ${message}`.trim());
      assert.deepEqual(await next(), ['Healthy', 'Healthy', 'Healthy', 'Healthy']);
      gpu.setFaults({ unhealthy: ['gpu-1'], prepare: 'the fan is stuck', unprepare: 'still warm' });
      assert.deepEqual(await next(), ['Healthy', 'Unhealthy gpu-1 is broken on command', 'Healthy', 'Healthy']);
      await assert.rejects(gpu.prepare(claimOf('uid-1', 'gpu-0')), /the fan is stuck/);
      await assert.rejects(gpu.unprepare({ namespace: '', name: '', uid: 'uid-1' }), /still warm/);
      gpu.setFaults({});
      gpu.setCount(1);
      assert.deepEqual(await next(), ['Healthy']);
      ending.abort();
      assert.throws(() => gpu.setCount(2_000), /there can be 0 to 1024/);
    }));
});

describe('fake GPUs for claims in one word', () => {
  it('are read', () => {
    assert.deepEqual(readFakeDraGpu('gpu.example.com=4'), { driver, count: 4 });
    assert.deepEqual(readFakeDraGpu('gpu.example.com=8,memory=80Gi,numa=2,model=h100'), { driver, count: 8, memory: '80Gi', numaNodes: 2, model: 'h100' });
  });
  for (const text of [
    '',
    'gpu.example.com',
    'gpu.example.com=x',
    'gpu.example.com=-1',
    'Gpu.example.com=1',
    'a/b=1',
    'gpu.example.com=1,colour=red',
    'gpu.example.com=1,numa=many',
  ])
    it(`"${text}" is refused`, () => assert.throws(() => readFakeDraGpu(text), /fake GPUs|numa must be/));
});
