import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { DevicePlugin as DevicePluginService, EmptySchema, RegisterRequestSchema } from '../../../api/generated/device-plugin/device-plugin_pb.js';
import { Registration as PluginRegistration } from '../../../api/generated/plugin-registration/plugin-registration_pb.js';
import { serveDevicePlugin } from '../../../extension-points/devices/serve.ts';
import { serveGrpc, unaryMethod } from '../../../extension-points/runtime/grpc-server.ts';
import { createFakeGpu } from '../../../extensions/devices/fake-gpu/fake-gpu.ts';
import { askingPod, DeviceStage, until } from './testing/device-stage.ts';

/** Registers as a plugin with an old gRPC library does: its `:authority` is the path of the socket. Answers the refusal, or undefined. */
function register(stage: DeviceStage, fields: { version?: string; endpoint?: string; resourceName?: string }): Promise<ServiceError | undefined> {
  const client = new Client(`unix://${stage.kubeletSocket}`, credentials.createInsecure(), { 'grpc.default_authority': stage.kubeletSocket });
  const request = create(RegisterRequestSchema, { version: 'v1beta1', endpoint: 'x.sock', resourceName: 'example.com/gpu', ...fields });
  return new Promise<ServiceError | undefined>((resolve) => {
    client.makeUnaryRequest(
      '/v1beta1.Registration/Register',
      (message: typeof request) => Buffer.from(toBinary(RegisterRequestSchema, message)),
      (bytes: Buffer) => fromBinary(EmptySchema, bytes),
      request,
      (error) => resolve(error ?? undefined),
    );
  }).finally(() => client.close());
}

describe('a plugin that registers on kubelet.sock', () => {
  it('is taken from a client that sends the path of the socket as authority', async () => {
    await using stage = await DeviceStage.open();
    await stage.start();
    await using served = await serveDevicePlugin(createFakeGpu({ count: 3 }), { kubeletDirectory: join(stage.directory, 'elsewhere') });
    assert.equal(await register(stage, { endpoint: join('../elsewhere/device-plugins', 'example.com-gpu.sock') }), undefined);
    await until(() => assert.equal(stage.amounts(), '3/3'));
    const pod = askingPod('a', 2);
    await stage.admit(pod);
    assert.deepEqual(await stage.idsOf(pod), ['gpu-0', 'gpu-1']);
    assert.ok(served);
  });

  it('is refused in the words of upstream', async () => {
    await using stage = await DeviceStage.open();
    await stage.start();
    const said = async (fields: Parameters<typeof register>[1]): Promise<string | undefined> => (await register(stage, fields))?.details;
    assert.equal(await said({ version: 'v1alpha' }), 'requested API version "v1alpha" is not supported by kubelet. Supported version is ["v1beta1"]');
    for (const resourceName of ['gpu', 'kubernetes.io/gpu', 'requests.example.com/gpu', 'a/b/c', ''])
      assert.equal(await said({ resourceName }), `the ResourceName ${JSON.stringify(resourceName)} is invalid`);
    await mkdir(stage.deviceDirectory, { recursive: true });
    const { method } = DevicePluginService;
    await using failing = await serveGrpc(join(stage.deviceDirectory, 'failing.sock'), [
      unaryMethod(method.getDevicePluginOptions, async () => {
        throw new Error('no options today');
      }),
    ]);
    assert.equal(await said({ endpoint: 'failing.sock' }), 'failed to get device plugin options: rpc error: code = Unknown desc = no options today');
    assert.equal(stage.amounts(), '-/-');
    assert.ok(failing);
  });

  it('has 0 devices when its list fails at once', async () => {
    await using stage = await DeviceStage.open();
    await stage.start();
    await using served = await serveDevicePlugin(createFakeGpu({ faults: { list: 'broken' } }), { kubeletDirectory: stage.directory });
    await served.registered;
    await until(() => assert.equal(stage.amounts(), '0/0'));
  });

  it('shows errors of its calls as Go prints them', async () => {
    await using stage = await DeviceStage.open();
    await stage.start();
    const gpu = createFakeGpu({ count: 1, faults: { allocate: "request for 'example.com/gpu: 1' too large" } });
    await using served = await serveDevicePlugin(gpu, { kubeletDirectory: stage.directory });
    await served.registered;
    await until(() => assert.equal(stage.amounts(), '1/1'));
    await assert.rejects(stage.admit(askingPod('a', 1)), {
      message: "rpc error: code = Unknown desc = request for 'example.com/gpu: 1' too large",
    });
  });

  it('comes back after it was restarted, and after the agent was; nobody loses a device', async () => {
    await using stage = await DeviceStage.open();
    await stage.start();
    const pod = askingPod('a', 1);
    {
      await using first = await serveDevicePlugin(createFakeGpu({ count: 2 }), { kubeletDirectory: stage.directory });
      await first.registered;
      await until(() => assert.equal(stage.amounts(), '2/2'));
      await stage.admit(pod);
    }
    await until(() => assert.equal(stage.amounts(), '0/2'));
    await using second = await serveDevicePlugin(createFakeGpu({ count: 2 }), { kubeletDirectory: stage.directory });
    await second.registered;
    await until(() => assert.equal(stage.amounts(), '2/2'));
    assert.deepEqual(await stage.idsOf(pod), ['gpu-0']);
    await writeFile(join(stage.deviceDirectory, 'keep.txt'), '');
    await stage.stop();
    await stage.start();
    await until(() => assert.equal(stage.amounts(), '2/2'));
    assert.deepEqual(await stage.idsOf(pod), ['gpu-0']);
    assert.ok(existsSync(join(stage.deviceDirectory, 'keep.txt')));
    // A plugin that finds this file takes it for the word that it need not register.
    assert.ok(!existsSync(join(stage.deviceDirectory, 'DEPRECATION')));
  });

  it('hands over to a newer one of the same resource without a gap', async () => {
    await using stage = await DeviceStage.open();
    await stage.start();
    const seen = new Set<string>();
    const gpus = [createFakeGpu({ count: 2 }), createFakeGpu({ count: 2 })] as const;
    const serve = (gpu: (typeof gpus)[number], socketName: string): ReturnType<typeof serveDevicePlugin> =>
      serveDevicePlugin(gpu, { kubeletDirectory: stage.directory, socketName });
    const old = await serve(gpus[0], 'old.sock');
    await old.registered;
    await until(() => assert.equal(stage.amounts(), '2/2'));
    using _listening = stage.manager.onChange(() => void seen.add(stage.amounts()));
    await using next = await serve(gpus[1], 'next.sock');
    await next.registered;
    await stage.admit(askingPod('a', 1));
    assert.deepEqual([gpus[0].calls.allocate, gpus[1].calls.allocate], [0, 1]); // the newest is asked
    await old[Symbol.asyncDispose]();
    await stage.admit(askingPod('b', 1));
    assert.deepEqual(
      [...seen].filter((amounts) => amounts !== '2/2'),
      [],
    );
    await assert.rejects(stage.admit(askingPod('c', 1)), /Available: 0/);
  });

  it('is served by one agent only', async () => {
    await using stage = await DeviceStage.open();
    await stage.start();
    const running = stage.manager;
    await assert.rejects(stage.start(), /another node agent or kubelet serves device plugins in this folder/);
    await running[Symbol.asyncDispose]();
  });
});

describe('a plugin in plugins_registry', () => {
  it('is found, used, replaced, and given up with its socket', async () => {
    await using stage = await DeviceStage.open();
    await stage.start();
    {
      await using served = await serveDevicePlugin(createFakeGpu({ count: 2 }), { kubeletDirectory: stage.directory, route: 'registry' });
      await served.registered;
      await until(() => assert.equal(stage.amounts(), '2/2'));
      await stage.admit(askingPod('a', 1));
    }
    await until(() => assert.equal(stage.amounts(), '0/2'));
    await using again = await serveDevicePlugin(createFakeGpu({ count: 4 }), { kubeletDirectory: stage.directory, route: 'registry' });
    await again.registered;
    await until(() => assert.equal(stage.amounts(), '4/4'));
    await rm(again.socketPath); // the server behind it still runs, and makes a socket again
    await until(() => assert.ok(existsSync(again.socketPath)));
    await until(() => assert.equal(stage.amounts(), '4/4'));
  });

  it('hears why it is refused', async () => {
    await using stage = await DeviceStage.open();
    await stage.start();
    const { method } = PluginRegistration;
    const cases = [
      {
        type: 'DevicePlugin',
        name: 'gpu',
        supportedVersions: ['v1beta1'],
        want: /plugin validation failed with err: invalid name of device plugin socket: the ResourceName "gpu" is invalid/,
      },
      {
        type: 'DevicePlugin',
        name: 'example.com/gpu',
        supportedVersions: ['v1', 'v2'],
        want: /plugin validation failed with err: manager version, v1beta1, is not among plugin supported versions \[v1 v2\]/,
      },
      {
        type: 'Toaster',
        name: 'example.com/gpu',
        supportedVersions: ['v1beta1'],
        want: /no handler registered for plugin type: Toaster at socket .*\/2\.sock/,
      },
    ];
    for (const [index, { want, ...information }] of cases.entries()) {
      const heard = Promise.withResolvers<string>();
      await using server = await serveGrpc(join(stage.directory, 'plugins_registry', `${index}.sock`), [
        unaryMethod(method.getInfo, async () => ({ endpoint: '', ...information })),
        unaryMethod(method.notifyRegistrationStatus, async ({ error }) => (heard.resolve(error), {})),
      ]);
      assert.match(await heard.promise, want);
      assert.ok(server);
    }
  });

  it('is not looked for behind links', async () => {
    await using stage = await DeviceStage.open();
    const elsewhere = join(stage.directory, 'elsewhere');
    await using served = await serveDevicePlugin(createFakeGpu({ resourceName: 'example.com/hidden' }), { kubeletDirectory: elsewhere, route: 'registry' });
    await mkdir(join(stage.directory, 'plugins_registry'));
    await symlink(elsewhere, join(stage.directory, 'plugins_registry', 'link'));
    await symlink('.', join(stage.directory, 'plugins_registry', 'loop'));
    await stage.start();
    await using open = await serveDevicePlugin(createFakeGpu(), { kubeletDirectory: stage.directory, route: 'registry' });
    await open.registered;
    await until(() => assert.equal(stage.amounts(), '1/1'));
    assert.equal(stage.amounts('example.com/hidden'), '-/-');
    assert.ok(served);
  });
});

describe('a plugin that never says what it can do', () => {
  for (const route of ['kubelet.sock', 'plugins_registry'] as const)
    it(`does not hold up the end of the agent when it came by ${route}`, async () => {
      await using stage = await DeviceStage.open();
      await stage.start();
      const asked = Promise.withResolvers<void>();
      const isPushed = route === 'kubelet.sock';
      await using server = await serveGrpc(join(isPushed ? stage.deviceDirectory : join(stage.directory, route), 'mute.sock'), [
        unaryMethod(PluginRegistration.method.getInfo, async () => ({
          ...{ type: 'DevicePlugin', name: 'example.com/gpu', endpoint: '', supportedVersions: ['v1beta1'] },
        })),
        unaryMethod(DevicePluginService.method.getDevicePluginOptions, () => {
          asked.resolve();
          return new Promise(() => {});
        }),
      ]);
      const registering = isPushed ? register(stage, { endpoint: 'mute.sock' }) : undefined;
      await asked.promise;
      await stage.stop();
      if (registering) assert.ok(await registering);
      assert.ok(server);
    });
});
