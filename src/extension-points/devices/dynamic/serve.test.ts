import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Registration } from '../../../api/generated/plugin-registration/plugin-registration_pb.js';
import { nodes, resourceclaims, resourceslices } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { FakeClient } from '../../../client/testing/fake-client.ts';
import { createGrpcClient } from '../../runtime/grpc-client.ts';
import type { AllocatedClaim, DriverConnection, DynamicDeviceDriver } from './contract.ts';
import { connectDriver } from './driver-connection.ts';
import { serveDriver } from './serve.ts';

const { signal } = new AbortController();

/** A driver of one device that notes what it is asked. */
class Driver implements DynamicDeviceDriver {
  readonly name = 'gpu.example.com';
  readonly asked: (AllocatedClaim | string)[] = [];
  listings = 0;
  failingListings = 0;
  async *pools(ending: AbortSignal): AsyncIterable<{ name: string; devices: { name: string }[] }[]> {
    if (this.listings++ < this.failingListings) throw new Error('not now');
    yield [{ name: 'node-1', devices: [{ name: 'gpu-0' }] }];
    await new Promise((resolve) => ending.addEventListener('abort', resolve));
  }
  #busy = false;
  async prepare(claim: AllocatedClaim): Promise<{ requests: string[]; pool: string; device: string; cdiDevices: string[] }[]> {
    assert.ok(!this.#busy, 'two calls at a time');
    this.#busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    this.#busy = false;
    this.asked.push(claim);
    if (claim.name === 'bad') throw new Error('the fan is stuck');
    return claim.devices.map(({ request, pool, device }) => ({ requests: [request], pool, device, cdiDevices: ['example.com/gpu=0'] }));
  }
  async unprepare({ name }: { name: string }): Promise<void> {
    this.asked.push(`undo ${name}`);
    if (name === 'bad') throw new Error('still warm');
  }
}

class Stage implements AsyncDisposable {
  readonly client = new FakeClient();
  readonly driver = new Driver();
  readonly directory: string;
  private constructor(directory: string) {
    this.directory = directory;
  }
  static async open(): Promise<Stage> {
    const stage = new Stage(await mkdtemp(join(tmpdir(), 'ws-')));
    await stage.client.create(nodes, { metadata: { name: 'node-1' }, spec: {} });
    return stage;
  }
  serve(instance?: string) {
    return serveDriver(this.driver, { client: this.client, nodeName: 'node-1', kubeletDirectory: this.directory, ...(instance ? { instance } : {}) });
  }
  connect(endpoint: string): Promise<DriverConnection> {
    return connectDriver({ driver: this.driver.name, endpoint, service: 'v1.DRAPlugin' });
  }
  claim(name: string, status: ResourceClaim['status']): Promise<ResourceClaim> {
    return this.client.create(resourceclaims, { metadata: { name, namespace: 'default' }, spec: {}, ...(status ? { status } : {}) });
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

const reference = ({ metadata }: ResourceClaim) => ({ namespace: 'default', name: metadata.name!, uid: metadata.uid! });
const result = (driver: string, device: string, rest: object = {}) => ({ request: 'r', driver, pool: 'node-1', device, ...rest });

describe('a driver that is served', () => {
  it('is found by its registration socket, which says where it is and what it can do', async () => {
    await using stage = await Stage.open();
    const served = await stage.serve('one');
    assert.equal(served.endpoint, join(stage.directory, 'plugins/gpu.example.com/dra-one.sock'));
    {
      using grpc = await createGrpcClient(`unix://${join(stage.directory, 'plugins_registry/gpu.example.com-one-reg.sock')}`);
      const { type, name, endpoint, supportedVersions } = await grpc.unary(Registration.method.getInfo, {});
      assert.deepEqual([type, name, endpoint, supportedVersions], ['DRAPlugin', 'gpu.example.com', served.endpoint, ['v1.DRAPlugin', 'v1beta1.DRAPlugin']]);
      await grpc.unary(Registration.method.notifyRegistrationStatus, { pluginRegistered: true });
      await served.registered;
    }
    await served.published;
    await using second = await stage.serve('two'); // while the old one still runs
    assert.ok(second);
    await served[Symbol.asyncDispose]();
    assert.ok(!existsSync(served.endpoint));
    assert.ok(existsSync(second.endpoint));
    assert.equal((await stage.client.list(resourceslices)).items.length, 1);
  });

  it('is asked again for its devices when it fails to list them', async () => {
    await using stage = await Stage.open();
    stage.driver.failingListings = 1;
    await using served = await stage.serve();
    await served.published;
    assert.equal(stage.driver.listings, 2);
  });

  it('gets the claim with what concerns it; what is wrong with one claim is that claim’s alone', async () => {
    await using stage = await Stage.open();
    await using served = await stage.serve();
    using connection = await stage.connect(served.endpoint);
    const opaque = (parameters: unknown, driver = 'gpu.example.com') => ({ opaque: { driver, parameters } });
    const results = [
      result('gpu.example.com', 'gpu-0', { request: 'r/part', consumedCapacity: { memory: '1Gi' }, shareID: 's' }),
      result('nic.example.com', 'nic-0'),
      result('gpu.example.com', 'gpu-1', { request: 'other', adminAccess: true }),
    ];
    const config = [
      { source: 'FromClass' as const, ...opaque('class') },
      { source: 'FromClaim' as const, requests: ['r'], ...opaque('whole') },
      { source: 'FromClaim' as const, requests: ['r/part'], ...opaque('part') },
      { source: 'FromClaim' as const, ...opaque('foreign', 'nic.example.com') },
      { source: 'FromClaim' as const, requests: ['other'], ...opaque('others') },
    ];
    const good = await stage.claim('good', { allocation: { devices: { results, config } } });
    const bad = await stage.claim('bad', { allocation: { devices: { results: [result('gpu.example.com', 'gpu-2')] } } });
    const waiting = await stage.claim('waiting', undefined);
    const outcomes = await connection.prepare(
      [...[good, bad, waiting].map(reference), { namespace: 'default', name: 'missing', uid: 'uid-m' }, { ...reference(good), uid: 'uid-old' }],
      signal,
    );
    assert.deepEqual(
      [...outcomes.values()],
      [
        {
          kind: 'prepared',
          devices: [
            { requests: ['r/part'], pool: 'node-1', device: 'gpu-0', cdiDevices: ['example.com/gpu=0'] },
            { requests: ['other'], pool: 'node-1', device: 'gpu-1', cdiDevices: ['example.com/gpu=0'] },
          ],
        },
        { kind: 'failed', error: 'the fan is stuck' },
        { kind: 'failed', error: 'claim default/waiting not allocated' },
        { kind: 'failed', error: 'resourceclaims.resource.k8s.io "missing" not found' },
        { kind: 'failed', error: 'claim default/good got replaced' },
      ],
    );
    assert.deepEqual((stage.driver.asked[0] as AllocatedClaim).devices, [
      {
        request: 'r/part',
        pool: 'node-1',
        device: 'gpu-0',
        isAdminAccess: false,
        shareId: 's',
        consumedCapacity: { memory: '1Gi' },
        parameters: ['class', 'whole', 'part'],
      },
      { request: 'other', pool: 'node-1', device: 'gpu-1', isAdminAccess: true, consumedCapacity: {}, parameters: ['class', 'others'] },
    ]);
    assert.deepEqual(
      [...(await connection.unprepare([reference(good), reference(bad)], signal)).values()],
      [{ kind: 'unprepared' }, { kind: 'failed', error: 'still warm' }],
    );
    await Promise.all([connection.prepare([reference(good)], signal), connection.prepare([reference(good)], signal)]); // one at a time
  });

  it('says that it does not watch its devices', async () => {
    await using stage = await Stage.open();
    await using served = await stage.serve();
    using connection = await stage.connect(served.endpoint);
    await assert.rejects(
      async () => {
        for await (const _devices of connection.health(signal)) break;
      },
      { code: 'UNIMPLEMENTED' },
    );
  });
});
