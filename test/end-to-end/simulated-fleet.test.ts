import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Node, Pod } from '../../src/api/generated/core-v1.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';
import { workbenchOf } from '../fixtures/workload.ts';

interface Listed<T> {
  readonly items: readonly T[];
}

const container = { name: 'main', image: 'registry.k8s.io/pause:3.10', resources: { requests: { cpu: '100m', memory: '64Mi' } } };
const deployment = (name: string, replicas: number, spec: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [container], ...spec } } },
});

describe('two hundred simulated nodes', { concurrency: 4 }, () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 200 });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });
  const create = (object: object): Promise<string> => cluster.mustKubectl(['create', '-f', '-'], { input: JSON.stringify(object) });
  const pods = async (selector: string): Promise<readonly Pod[]> =>
    (await bench.read<Listed<Pod>>(`/api/v1/namespaces/default/pods?labelSelector=${encodeURIComponent(selector)}`)).items;

  it('are Ready, in three zones, of several kinds', async () => {
    const { items } = await bench.read<Listed<Node>>('/api/v1/nodes');
    assert.equal(items.length, 200);
    assert.ok(items.every(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')));
    const zones = Map.groupBy(items, ({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone']);
    assert.equal(zones.size, 3);
    const gpus = items.filter(({ status }) => status?.allocatable?.['nvidia.com/gpu'] === '8');
    assert.deepEqual([gpus.length, gpus[0]?.spec.taints?.[0]?.key], [10, 'nvidia.com/gpu']);
    const { items: leases } = await bench.read<Listed<object>>('/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases');
    assert.equal(leases.length, 200);
  });

  it('run the pods of a Deployment, each with an address of its own, and let go of them', async () => {
    await create(deployment('web', 300));
    await cluster.mustKubectl(['rollout', 'status', 'deployment/web', '--timeout=170s']);
    const running = await pods('app=web');
    assert.equal(new Set(running.map(({ status }) => status?.podIP)).size, 300);
    const { status, spec } = running[0]!;
    assert.deepEqual(
      status?.conditions?.map(({ type, status: is }) => [type, is]).sort(),
      [...['ContainersReady', 'Initialized', 'PodReadyToStartContainers', 'PodScheduled', 'Ready'].map((type) => [type, 'True'])].sort(),
    );
    assert.ok(
      status?.startTime && status.containerStatuses?.[0]?.state?.running?.startedAt && status.containerStatuses[0].containerID?.startsWith('simulated://'),
    );
    const { metadata } = await bench.read<Node>(`/api/v1/nodes/${spec.nodeName}`);
    assert.ok(metadata.labels?.['topology.kubernetes.io/zone']);
    await cluster.mustKubectl(['delete', 'deployment', 'web']);
    await eventually(async () => assert.equal((await pods('app=web')).length, 0));
  });

  it('give their GPUs to who asks and tolerates', async () => {
    const gpu = { containers: [{ ...container, resources: { limits: { 'nvidia.com/gpu': '8' } } }] };
    const tolerations = [{ key: 'nvidia.com/gpu', operator: 'Exists' }];
    await create(deployment('training', 11, { ...gpu, tolerations }));
    await create(deployment('careless', 1, gpu));
    await eventually(async () => {
      const phases = (await pods('app=training')).map(({ status }) => status?.phase).sort();
      assert.deepEqual(phases, ['Pending', ...Array<string>(10).fill('Running')]);
    });
    await eventually(async () => {
      const [careless] = await pods('app=careless');
      assert.match(careless?.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '', /untolerated taint/);
    });
  });

  it('finish what finishes, show its log and its exit code', async () => {
    await create({
      ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'batch' } },
      spec: {
        completions: 20,
        parallelism: 20,
        template: {
          metadata: { annotations: { 'simulate.wherry.dev/run-seconds': '1', 'simulate.wherry.dev/log': 'done' } },
          spec: { restartPolicy: 'Never', containers: [container] },
        },
      },
    });
    await cluster.mustKubectl(['wait', '--for=condition=complete', 'job/batch', '--timeout=120s']);
    assert.match(await cluster.mustKubectl(['logs', 'job/batch']), /^done$/m);
    const [pod] = await pods('job-name=batch');
    assert.deepEqual([pod?.status?.phase, pod?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode], ['Succeeded', 0]);
  });
});

describe('a simulation file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-simulation-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('says what nodes there are and how pods end', async () => {
    const file = join(directory, 'simulation.yaml');
    writeFileSync(
      file,
      'zones: [here]\nnodes:\n- {name: tiny, capacity: {cpu: 1, memory: 1Gi}}\n- {name: fpga, capacity: {cpu: 4, memory: 8Gi, example.com/fpga: 1}}\npods:\n- {labels: {app: doomed}, runSeconds: 1, exitCode: 3}\n',
    );
    await using cluster = await startTestCluster({ nodes: 2, flags: ['--simulation', file] });
    const table = await cluster.mustKubectl(['get', 'nodes', '-L', 'simulate.wherry.dev/kind', '--no-headers']);
    assert.match(table, /node-1 +Ready .* tiny\nnode-2 +Ready .* fpga/);
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'doomed', labels: { app: 'doomed' } },
      spec: { restartPolicy: 'Never', containers: [container] },
    };
    await cluster.mustKubectl(['create', '-f', '-'], { input: JSON.stringify(pod) });
    await cluster.mustKubectl(['wait', '--for=jsonpath={.status.phase}=Failed', 'pod/doomed', '--timeout=120s']);
    const code = await cluster.mustKubectl(['get', 'pod', 'doomed', '-o', 'jsonpath={.status.containerStatuses[0].state.terminated.exitCode}']);
    assert.equal(code, '3');
  });

  it('that is wrong stops the start, and the message names the field', async () => {
    const file = join(directory, 'wrong.yaml');
    writeFileSync(file, 'nodes: [{name: tiny}]\n');
    await assert.rejects(startTestCluster({ nodes: 2, flags: ['--simulation', file] }), /wrong\.yaml: nodes\[0\]\.capacity: is missing/);
  });
});
