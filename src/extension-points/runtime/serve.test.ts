import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { VersionRequestSchema, VersionResponseSchema } from '../../api/generated/cri/runtime_pb.js';
import { createSimulatedRuntime } from '../../extensions/runtime/simulated/simulated-runtime.ts';
import { systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { containerConfig, sandboxConfig } from './conformance-configs.ts';
import { type ContainerConfig, type PodSandboxConfig, type Runtime, RuntimeError } from './contract.ts';
import { connectCri } from './cri.ts';
import { serveRuntime } from './serve.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wherry-serve-'));
});
after(() => rm(directory, { recursive: true, force: true }));

let sockets = 0;
const newSocket = (): string => join(directory, `${sockets++}.sock`);

/** A simulated runtime with some methods of its own, behind a socket. */
async function served(own: Partial<Runtime> = {}): Promise<{ runtime: Runtime; socket: string } & AsyncDisposable> {
  const socket = newSocket();
  const server = await serveRuntime({ ...createSimulatedRuntime({ clock: systemClock, writesLogs: false }), ...own }, socket);
  const runtime = await connectCri({ endpoint: `unix://${socket}`, log: silentLog });
  return {
    runtime,
    socket,
    async [Symbol.asyncDispose]() {
      await runtime[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('a served runtime', () => {
  it('gets every part of a configuration', async () => {
    const seen: { sandbox?: PodSandboxConfig; container?: ContainerConfig; handler?: string } = {};
    await using subject = await served({
      runPodSandbox: async (config, handler) => Object.assign(seen, { sandbox: config, handler }) && 'sandbox',
      createContainer: async (_id, config) => Object.assign(seen, { container: config }) && 'container',
    });
    const resources = {
      cpuPeriod: 100_000,
      cpuQuota: 50_000,
      cpuShares: 512,
      memoryLimitBytes: 2 ** 40,
      oomScoreAdj: -997,
      cpusetCpus: '0-1',
      cpusetMems: '0',
      hugepageLimits: [{ pageSize: '2MB', limitBytes: 4_194_304 }],
      unified: { 'memory.high': '1' },
      memorySwapLimitBytes: -1,
    };
    const namespaces = { network: 'node', pid: 'target', ipc: 'container', targetId: 'other' } as const;
    const common = {
      privileged: true,
      readonlyRootfs: true,
      supplementalGroups: [1, 2],
      runAsUser: 0,
      runAsGroup: 5,
      seccomp: { type: 'Localhost', localhostRef: '/p.json' },
      seLinux: { user: 'u', role: 'r', type: 't', level: 'l' },
      namespaces,
    } as const;
    const sandbox: PodSandboxConfig = {
      ...sandboxConfig('full', '/logs'),
      dns: { servers: ['10.0.0.1'], searches: ['x.y'], options: ['ndots:5'] },
      portMappings: [{ protocol: 'UDP', containerPort: 53, hostPort: 5_353, hostIp: '127.0.0.1' }],
      linux: { cgroupParent: '/p', sysctls: { 'net.x': '1' }, resources, overhead: resources, security: common },
    };
    const container: ContainerConfig = {
      ...containerConfig('full', 'image', ['a'], {
        args: ['b'],
        workingDirectory: '/w',
        environment: [{ name: 'N', value: 'ä' }],
        cdiDevices: ['v/c=0'],
        stdin: true,
        stdinOnce: true,
        tty: true,
        stopSignal: 'SIGRTMIN+3',
      }),
      userSpecifiedImage: 'image:1',
      mounts: [{ containerPath: '/c', hostPath: '/h', readonly: true, propagation: 'bidirectional', seLinuxRelabel: true }],
      devices: [{ containerPath: '/dev/a', hostPath: '/dev/b', permissions: 'rw' }],
      linux: {
        resources,
        security: {
          ...common,
          capabilitiesAdd: ['NET_ADMIN'],
          capabilitiesDrop: ['ALL'],
          noNewPrivileges: true,
          maskedPaths: ['/m'],
          readonlyPaths: ['/r'],
          appArmor: { type: 'Unconfined' },
          runAsUsername: 'someone',
        },
      },
    };
    assert.equal(await subject.runtime.runPodSandbox(sandbox, 'kata'), 'sandbox');
    assert.equal(await subject.runtime.createContainer('sandbox', container, sandbox), 'container');
    assert.deepEqual(seen, { sandbox, handler: 'kata', container });
  });

  it('passes refusals on with their code', async () => {
    const fail = (code: RuntimeError['code']) => () => Promise.reject(new RuntimeError(code, 'not today'));
    await using subject = await served({
      startContainer: fail('FAILED_PRECONDITION'),
      stopContainer: fail('NOT_FOUND'),
      version: () => Promise.reject(new TypeError('a bug')),
    });
    await assert.rejects(subject.runtime.startContainer('x'), { code: 'FAILED_PRECONDITION', message: 'not today' });
    await subject.runtime.stopContainer('x', 0);
    await assert.rejects(subject.runtime.version(), { code: 'UNKNOWN', message: 'a bug' });
  });

  it('tells that events are not to be had', async () => {
    const { events: _, ...without } = createSimulatedRuntime({ clock: systemClock });
    const socket = newSocket();
    await using server = await serveRuntime(without, socket);
    await using runtime = await connectCri({ endpoint: `unix://${socket}`, log: silentLog });
    const read = async (): Promise<void> => {
      for await (const event of runtime.events!(AbortSignal.timeout(5_000))) assert.fail(event.type);
    };
    await assert.rejects(read(), { code: 'UNIMPLEMENTED' });
    assert.ok(server);
  });

  it('stops a pull whose caller gave up', async () => {
    let isStopped: () => void = () => {};
    const stopped = new Promise<void>((resolve) => (isStopped = resolve));
    await using subject = await served({
      pullImage: (_reference, _authentication, _sandbox, signal) =>
        new Promise((_resolve, reject) =>
          signal!.addEventListener('abort', () => {
            isStopped();
            reject(new Error('stopped'));
          }),
        ),
    });
    const giveUp = new AbortController();
    const pulling = subject.runtime.pullImage('slow', { username: 'u', password: 'p' }, undefined, giveUp.signal);
    setTimeout(() => giveUp.abort(), 50);
    await assert.rejects(pulling, { code: 'CANCELLED' });
    await stopped;
  });

  const authorities = ['/var/lib/kubelet/device-plugins/kubelet.sock', 'localhost', '%2Frun%2Fx.sock', 'unix:/run/x.sock'];
  for (const authority of authorities) {
    it(`answers clients that call it ${authority}`, async () => {
      await using subject = await served();
      const grpc = await import('@grpc/grpc-js');
      const client = new grpc.Client(`unix://${subject.socket}`, grpc.credentials.createInsecure(), { 'grpc.default_authority': authority });
      for (let round = 0; round < 3; round++) {
        const name = await new Promise((resolve, reject) => {
          const encode = (): Buffer => Buffer.from(toBinary(VersionRequestSchema, create(VersionRequestSchema)));
          client.makeUnaryRequest(
            '/runtime.v1.RuntimeService/Version',
            encode,
            (bytes) => fromBinary(VersionResponseSchema, bytes),
            {},
            (error, response) => (error ? reject(error) : resolve(response?.runtimeName)),
          );
        });
        assert.equal(name, 'simulated');
      }
      client.close();
    });
  }

  it('drops what does not speak HTTP/2 and keeps serving', async () => {
    await using subject = await served();
    const socket = connect(subject.socket);
    socket.on('error', () => {}).resume();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3));
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
    assert.equal((await subject.runtime.version()).name, 'simulated');
  });

  it('replaces a socket that nobody listens on, and no other', async () => {
    await using subject = await served();
    await assert.rejects(serveRuntime(createSimulatedRuntime({ clock: systemClock }), subject.socket), /another server listens/);
    const stale = newSocket();
    await writeFile(stale, '');
    const server = await serveRuntime(createSimulatedRuntime({ clock: systemClock }), stale);
    await server[Symbol.asyncDispose]();
  });
});

describe('connectCri', () => {
  it('fails at once while nobody listens, and works again when someone does', async () => {
    const socket = newSocket();
    await using runtime = await connectCri({ endpoint: `unix://${socket}`, log: silentLog });
    await assert.rejects(runtime.version(), { code: 'UNAVAILABLE' });
    for (let round = 0; round < 2; round++) {
      const server = await serveRuntime(createSimulatedRuntime({ clock: systemClock }), socket);
      while ((await runtime.version().catch(() => undefined)) === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      await server[Symbol.asyncDispose]();
      await assert.rejects(runtime.version(), { code: 'UNAVAILABLE' });
    }
  });

  it('takes sockets only', async () => {
    await assert.rejects(connectCri({ endpoint: 'tcp://127.0.0.1:1', log: silentLog }), { code: 'INVALID_ARGUMENT' });
  });

  it('refuses numbers and signals that no runtime takes', async () => {
    await using subject = await served();
    const config = sandboxConfig('bad', '');
    await assert.rejects(subject.runtime.createContainer('x', containerConfig('bad', 'i', [], { stopSignal: 'SIGNONSENSE' }), config), {
      code: 'INVALID_ARGUMENT',
    });
    await assert.rejects(subject.runtime.stopContainer('x', Number.NaN), { code: 'INVALID_ARGUMENT' });
  });
});
