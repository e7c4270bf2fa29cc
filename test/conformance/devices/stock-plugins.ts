/** Run by `devices.conformance.ts` where /var/lib/kubelet is this test's own. Plugins that were not built are skipped. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { type CaseResult, runDeviceConformance } from '../../../src/extension-points/devices/run-conformance.ts';
import { eventually, startTestCluster, type TestCluster } from '../../fixtures/cluster.ts';
import { run } from '../../fixtures/run.ts';

const { WHERRY_SAMPLE_PLUGIN: sample, WHERRY_GENERIC_PLUGIN: generic, WHERRY_NVIDIA_PLUGIN: nvidia, WHERRY_TEST_IMAGE: image } = process.env;
const skip = (binary: string | undefined): string | false => (binary === undefined ? 'it could not be built here' : false);

/** A pod that runs a command and ends. */
const pod = (name: string, limits: Readonly<Record<string, number>>, command: string, nodeSelector: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      nodeSelector,
      containers: [{ name: 'main', image: 'busybox', imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', command], resources: { limits } }],
    },
  });

it("Kubernetes' own sample plugin keeps the contract, registration and restart of the agent included", { skip: skip(sample) }, async () => {
  mkdirSync('/var/lib/kubelet/device-plugins', { recursive: true });
  const child = spawn(sample!, [], { stdio: 'ignore' });
  try {
    const results: CaseResult[] = [];
    const target = { kubeletDirectory: '/var/lib/kubelet', resourceName: 'example.com/resource' };
    assert.equal(await runDeviceConformance(target, { report: (result) => void results.push(result) }), 0, JSON.stringify(results, null, 2));
  } finally {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    if (child.kill()) await exited;
    for (const id of ['Dev-1', 'Dev-2']) rmSync(`/tmp/${id}`, { force: true });
  }
});

describe('a node with stock device plugins', () => {
  let cluster: TestCluster;
  const running: { process: ChildProcess; output: string }[] = [];
  const start = (binary: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess => {
    const child = spawn(binary, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    const entry = { process: child, output: '' };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (entry.output += text.toString()));
    running.push(entry);
    return child;
  };
  const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  };
  const amounts = (resource: string): Promise<string> => {
    const key = resource.replaceAll('.', '\\.');
    return cluster.mustKubectl(['get', 'node', '-o', `jsonpath={.items[0].status.allocatable.${key}}/{.items[0].status.capacity.${key}}`]);
  };
  const hasAmounts = (resource: string, want: string): Promise<void> =>
    eventually(async () => assert.equal(await amounts(resource), want, running.map(({ output }) => output.slice(-2_000)).join('\n')));
  const outputOf = async (name: string, manifest: string): Promise<string> => {
    await cluster.mustKubectl(['apply', '-f', '-'], { input: manifest });
    const status = await eventually(async () => {
      const text = await cluster.mustKubectl(['get', 'pod', name, '-o', 'jsonpath={.status.phase} {.status.reason} {.status.message}']);
      assert.match(text, /^(Succeeded|Failed) /);
      return text.trim();
    });
    assert.equal(status, 'Succeeded', running.map(({ output }) => output.slice(-2_000)).join('\n'));
    const output = await cluster.mustKubectl(['logs', name]);
    await cluster.mustKubectl(['delete', 'pod', name]);
    return output;
  };

  before(async () => {
    cluster = await startTestCluster({ images: [image!], flags: ['--plugin-dir', '/var/lib/kubelet'] });
  });
  afterEach(async () => {
    for (const { process: child } of running.splice(0)) await end(child, 'SIGTERM');
    for (const id of ['Dev-1', 'Dev-2']) rmSync(`/tmp/${id}`, { force: true });
  });
  after(() => cluster?.[Symbol.asyncDispose]());

  it("takes Kubernetes' own sample plugin, by CDI too, and takes it again when it was killed", { skip: skip(sample) }, async () => {
    const child = start(sample!, [], { CDI_ENABLED: '1' });
    await hasAmounts('example.com/resource', '2/2');
    const command = 'ls -d /tmp/Dev-*; echo $CDI_DEVICE; [ -b /tmp/$CDI_DEVICE ] && echo block';
    assert.match(await outputOf('sample', pod('sample', { 'example.com/resource': 1 }, command)), /^\/tmp\/(Dev-[12])\nCDI-\1\nblock\n$/);
    await end(child, 'SIGKILL');
    await hasAmounts('example.com/resource', '0/2');
    start(sample!, []);
    await hasAmounts('example.com/resource', '2/2');
    assert.equal(await outputOf('both', pod('both', { 'example.com/resource': 2 }, 'ls -d /tmp/Dev-*')), '/tmp/Dev-1\n/tmp/Dev-2\n');
  });

  it('takes the plugin for any device, and gives pods shares of one', { skip: skip(generic) }, async () => {
    const device = { name: 'null', groups: [{ count: 10, paths: [{ path: '/dev/null', mountPath: '/dev/shared-null' }] }] };
    start(generic!, ['--domain', 'example.com', '--device', JSON.stringify(device), '--listen', '127.0.0.1:0']);
    await hasAmounts('example.com/null', '10/10');
    const command = 'echo discarded > /dev/shared-null && [ -c /dev/shared-null ] && echo written';
    assert.equal(await outputOf('generic', pod('generic', { 'example.com/null': 3 }, command)), 'written\n');
  });

  /** GPUs that are not there, on device nodes that discard what is written. */
  const startNvidia = async (configuration = 'version: v1'): Promise<void> => {
    const file = join(cluster.directory, 'nvidia.yaml');
    writeFileSync(file, configuration);
    for (const minor of [0, 1]) {
      const path = join(cluster.directory, `driver/dev/nvidia${minor}`);
      mkdirSync(dirname(path), { recursive: true });
      rmSync(path, { force: true });
      assert.equal((await run('mknod', [path, 'c', '1', '3'])).code, 0);
    }
    const flags = ['--device-discovery-strategy=nvml', '--pass-device-specs', `--dev-root=${join(cluster.directory, 'driver')}`, `--config-file=${file}`];
    start(nvidia!, flags, { DP_DISABLE_HEALTHCHECKS: 'all', LD_LIBRARY_PATH: join(dirname(nvidia!), 'nvml') });
  };
  const uuid = (minor: number): string => `GPU-00000000-0000-4000-8000-${String(minor).padStart(12, '0')}`;

  it("takes NVIDIA's plugin: pods get their GPUs on the nodes they select", { skip: skip(nvidia) }, async () => {
    await startNvidia();
    await hasAmounts('nvidia.com/gpu', '2/2');
    await cluster.mustKubectl(['label', 'nodes', '--all', 'accelerator=example-gpu-x100']);
    const command = 'echo $NVIDIA_VISIBLE_DEVICES; ls /dev | grep nvidia; for gpu in /dev/nvidia*; do echo discarded > $gpu && echo written; done';
    const one = await outputOf('one', pod('one', { 'nvidia.com/gpu': 1 }, command, { accelerator: 'example-gpu-x100' }));
    const minor = Number(/nvidia(\d)$/m.exec(one)?.[1]);
    assert.equal(one, `${uuid(minor)}\nnvidia${minor}\nwritten\n`);
    const two = await outputOf('two', pod('two', { 'nvidia.com/gpu': 2 }, command));
    assert.match(two, /^GPU-\S+,GPU-\S+\nnvidia0\nnvidia1\nwritten\nwritten\n$/);
    await cluster.mustKubectl(['apply', '-f', '-'], { input: pod('elsewhere', { 'nvidia.com/gpu': 1 }, 'true', { accelerator: 'other-gpu-k915' }) });
    await eventually(async () =>
      assert.match(
        await cluster.mustKubectl(['get', 'pod', 'elsewhere', '-o', 'jsonpath={.status.conditions[?(@.type=="PodScheduled")].message}']),
        /^0\/1 nodes are available: 1 node\(s\) didn't match Pod's node affinity\/selector\./,
      ),
    );
    await cluster.mustKubectl(['delete', 'pod', 'elsewhere']);
  });

  it("shares GPUs by NVIDIA's plugin, and shows what it says when it refuses", { skip: skip(nvidia) }, async () => {
    await startNvidia(
      'version: v1\nsharing: {timeSlicing: {renameByDefault: true, failRequestsGreaterThanOne: true, resources: [{name: nvidia.com/gpu, replicas: 4}]}}\n',
    );
    await hasAmounts('nvidia.com/gpu.shared', '8/8');
    assert.match(await outputOf('share', pod('share', { 'nvidia.com/gpu.shared': 1 }, 'echo $NVIDIA_VISIBLE_DEVICES')), /^GPU-\S+\n$/);
    await cluster.mustKubectl(['apply', '-f', '-'], { input: pod('greedy', { 'nvidia.com/gpu.shared': 2 }, 'true') });
    await eventually(async () => assert.equal(await cluster.mustKubectl(['get', 'pod', 'greedy', '-o', 'jsonpath={.status.phase}']), 'Failed'));
    assert.match(
      await cluster.mustKubectl(['get', 'pod', 'greedy', '-o', 'jsonpath={.status.reason}: {.status.message}']),
      /^UnexpectedAdmissionError: Pod was rejected: Allocate failed due to rpc error: code = Unknown desc = .*maximum request size for shared resources is 1.*, which is unexpected$/,
    );
  });
});
