import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Container, Node } from '../../src/api/generated/core-v1.ts';
import { cpuListText, parseCpuList } from '../../src/components/node-agent/cpus/cpu-list.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { podOf, shell, statusOf, stay, workbenchOf } from '../fixtures/workload.ts';

const online = parseCpuList(readFileSync('/sys/devices/system/cpu/online', 'utf8').trim());
const needed = 'needs root, containerd, runc and the CNI plugins, and two CPUs';

/** The kernel's node memory is one node's: the first. */
const configuration = `
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cpuManagerPolicy: static
memoryManagerPolicy: Static
topologyManagerPolicy: restricted
systemReserved: {cpu: 500m, memory: 200Mi}
reservedMemory:
- numaNode: 0
  limits: {memory: 300Mi}
failSwapOn: false
`;

describe('exclusive CPUs', { skip: canRunContainers && online.size > 1 ? false : needed }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-kubelet-'));
  const file = join(directory, 'kubelet.yaml');
  let cluster: TestCluster;
  let nodeName: string;
  const bench = workbenchOf(() => cluster);
  /** What of the machine the container's first process may use. */
  const allowed = async (pod: string, what: 'Cpus' | 'Mems'): Promise<string> => {
    const status = await bench.kubectl('exec', pod, '--', 'cat', '/proc/1/status');
    return new RegExp(`^${what}_allowed_list:\\s*(.*)$`, 'm').exec(status)![1]!;
  };
  const guaranteed: Pick<Container, 'resources'> = { resources: { limits: { cpu: '1', memory: '64Mi' } } };
  const run = async (name: string, rest: Partial<Container> = {}): Promise<void> => {
    await bench.create(podOf(name, [shell(stay, rest)]));
    await bench.kubectl('wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s');
  };
  const stateOf = (): { defaultCpuSet: string; entries?: Record<string, Record<string, string>> } =>
    JSON.parse(readFileSync(join(cluster.dataDirectory, 'nodes', nodeName, 'cpu_manager_state'), 'utf8'));
  const others = (own: string): string => cpuListText(online.difference(parseCpuList(own)));

  before(async () => {
    writeFileSync(file, configuration);
    cluster = await startTestCluster({ images: await testImages('busybox'), flags: ['--kubelet-config', file] });
    nodeName = (await bench.read<{ items: Node[] }>('/api/v1/nodes')).items[0]!.metadata.name!;
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  it('are what a node has less what is reserved', async () => {
    const { status } = await bench.read<Node>(`/api/v1/nodes/${nodeName}`);
    assert.equal(status?.capacity?.['cpu'], String(online.size));
    assert.equal(status?.allocatable?.['cpu'], `${online.size * 1000 - 500}m`);
  });

  it('belong to a guaranteed container alone, over restarts of the agent, until its pod is gone', async () => {
    await run('shared');
    assert.equal(await allowed('shared', 'Cpus'), cpuListText(online));
    await run('own', guaranteed);
    const own = await allowed('own', 'Cpus');
    assert.equal(parseCpuList(own).size, 1);
    assert.match(await allowed('own', 'Mems'), /^\d+$/);
    await eventually(async () => assert.equal(await allowed('shared', 'Cpus'), others(own)));
    const { uid } = (await bench.pod('own')).metadata;
    assert.deepEqual(stateOf().entries, { [uid!]: { main: own } });
    const { containerID } = statusOf(await bench.pod('own'));

    await cluster.killHard();
    await cluster.start();
    await run('later');
    assert.equal(await allowed('later', 'Cpus'), others(own));
    assert.equal(statusOf(await bench.pod('own')).containerID, containerID);
    assert.deepEqual([await allowed('own', 'Cpus'), await allowed('shared', 'Cpus')], [own, others(own)]);

    await bench.kubectl('delete', 'pod', 'own');
    for (const pod of ['shared', 'later']) await eventually(async () => assert.equal(await allowed(pod, 'Cpus'), cpuListText(online)));
    assert.deepEqual(stateOf(), { ...stateOf(), defaultCpuSet: cpuListText(online) });
    assert.equal(stateOf().entries, undefined);
  });

  it('are as many as are free', async () => {
    const resources = { limits: { cpu: String(online.size - 1), memory: '64Mi' } };
    await run('most', { resources });
    const own = await allowed('most', 'Cpus');
    assert.equal(parseCpuList(own).size, online.size - 1);
    // Past the scheduler, which counts only what is asked for.
    await bench.create(podOf('refused', [shell(stay, guaranteed)], { nodeName }));
    await eventually(async () => assert.equal((await bench.pod('refused')).status?.reason, 'OutOfcpu'));
    await bench.kubectl('delete', 'pod', 'most', 'refused');
  });
});

describe('a kubelet configuration that cannot be used', () => {
  it('is refused before anything is started', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'wherry-kubelet-'));
    const file = join(directory, 'kubelet.yaml');
    writeFileSync(file, 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncpuManagerPolicies: static\n');
    try {
      await assert.rejects(
        startTestCluster({ simulate: true, flags: ['--kubelet-config', file] }),
        /failed to load kubelet config file, path: .*kubelet\.yaml, error: failed to decode: strict decoding error: unknown field "cpuManagerPolicies"/,
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
