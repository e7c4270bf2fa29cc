import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createHttpsClient } from '../../src/client/https-client.ts';
import { connectionOf, loadKubeconfig } from '../../src/client/kubeconfig.ts';
import { type DriverSubject, driverConformance } from '../../src/extension-points/devices/dynamic/conformance.ts';
import { connectDriver } from '../../src/extension-points/devices/dynamic/driver-connection.ts';
import { canRunContainers, eventually, startTestCluster, type TestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { run } from '../fixtures/run.ts';

const driver = 'gpu.example.com';
const source = 'sigs.k8s.io/dra-example-driver/cmd/dra-example-kubeletplugin';

let cluster: TestCluster;
let binary: string;
let nodeName: string;
let nodeDirectory: string;

/** A running driver; `directory` holds its `plugins` and `plugins_registry`. */
class Plugin implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly endpoint: string;
  said = '';

  constructor(directory: string, instance = '') {
    this.endpoint = join(directory, 'plugins', driver, instance === '' ? 'dra.sock' : `dra-${instance}.sock`);
    const flags = {
      'node-name': nodeName,
      'num-devices': '4',
      'cdi-root': join(directory, 'cdi'),
      'kubelet-registrar-directory-path': join(directory, 'plugins_registry'),
      'kubelet-plugins-directory-path': join(directory, 'plugins'),
      ...(instance === '' ? {} : { 'pod-uid': instance }),
    };
    this.#child = spawn(
      binary,
      Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      { env: { ...process.env, KUBECONFIG: cluster.kubeconfig, NODE_NAME: nodeName }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }
  async started(): Promise<this> {
    await eventually(() => assert.ok(existsSync(this.endpoint), this.said));
    return this;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}

async function subject(): Promise<DriverSubject & AsyncDisposable> {
  const directory = mkdtempSync(join(tmpdir(), 'wc-'));
  await run('mkdir', [join(directory, 'plugins_registry')]);
  const plugin = await new Plugin(directory).started();
  const client = createHttpsClient({ ...connectionOf(loadKubeconfig([cluster.kubeconfig])), userAgent: 'conformance' });
  const connection = await connectDriver({ driver, endpoint: plugin.endpoint, service: 'v1.DRAPlugin' });
  return {
    connection,
    client,
    nodeName,
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await client[Symbol.asyncDispose]();
      await plugin[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true });
    },
  };
}

describe('the example driver of upstream', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox') });
    [nodeName] = readdirSync(join(cluster.dataDirectory, 'nodes')) as [string];
    nodeDirectory = join(cluster.dataDirectory, 'nodes', nodeName);
    binary = join(cluster.directory, 'plugin');
    const built = await run('go', ['build', '-o', binary, source], { cwd: join(import.meta.dirname, 'dra-example-driver'), timeoutMs: 900_000 });
    assert.equal(built.code, 0, built.stderr);
  });
  after(() => cluster?.[Symbol.asyncDispose]());

  driverConformance('the example driver', subject);

  describe('on a node', () => {
    let plugin: Plugin;
    const specifications = (): string[] => readdirSync(join(nodeDirectory, 'cdi')).filter((name) => !name.includes('common'));
    const start = async (name: string, device: string): Promise<string> => {
      const request = { name: 'gpu', exactly: { deviceClassName: driver } };
      const claim = { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', metadata: { name }, spec: { devices: { requests: [request] } } };
      const container = {
        name: 'main',
        image: 'busybox',
        imagePullPolicy: 'IfNotPresent',
        command: ['sh', '-c', 'env | sort; sleep 1000'],
        resources: { claims: [{ name: 'gpu' }] },
      };
      const spec = { nodeName, terminationGracePeriodSeconds: 1, containers: [container], resourceClaims: [{ name: 'gpu', resourceClaimName: name }] };
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
      await cluster.mustKubectl(['apply', '-f', '-'], { input: `${JSON.stringify(claim)}\n---\n${JSON.stringify(pod)}` });
      const podUid = await cluster.mustKubectl(['get', 'pod', name, '-o', 'jsonpath={.metadata.uid}']);
      const status = {
        allocation: { devices: { results: [{ request: 'gpu', driver, pool: nodeName, device }] } },
        reservedFor: [{ resource: 'pods', name, uid: podUid }],
      };
      await cluster.mustKubectl(['patch', 'resourceclaim', name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]);
      await cluster.mustKubectl(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s']);
      return cluster.mustKubectl(['logs', name]);
    };

    before(async () => {
      plugin = await new Plugin(nodeDirectory, 'first').started();
    });
    after(() => plugin?.[Symbol.asyncDispose]());

    it('is registered, and its devices reach a container', async () => {
      const variables = await start('one', 'gpu-2');
      const uid = await cluster.mustKubectl(['get', 'resourceclaim', 'one', '-o', 'jsonpath={.metadata.uid}']);
      assert.match(variables, new RegExp(`^GPU_DEVICE_GPU_2_RESOURCE_CLAIM=${uid}$`, 'm'));
      assert.match(variables, /^DRA_RESOURCE_DRIVER_NAME=gpu\.example\.com$/m);
      assert.match(variables, /^GPU_DEVICE_2=gpu-2$/m);
    });

    it('is replaced by a newer one while a pod runs; the newer one undoes what the older has prepared', async () => {
      const next = await new Plugin(nodeDirectory, 'second').started();
      await plugin[Symbol.asyncDispose]();
      plugin = next;
      assert.match(await start('two', 'gpu-3'), /^GPU_DEVICE_3=gpu-3$/m);
      assert.equal(specifications().length, 2);
      await cluster.mustKubectl(['delete', 'pod', 'one', 'two', '--timeout=120s']);
      assert.deepEqual(specifications(), []);
    });
  });
});
