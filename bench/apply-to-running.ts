import { join } from 'node:path';
import { pods } from '../src/api/generated/resource-types.ts';
import type { Client } from '../src/client/client.ts';
import { createHttpsClient } from '../src/client/https-client.ts';
import type { ContainerConfig, PodSandboxConfig, Runtime } from '../src/extension-points/runtime/contract.ts';
import { connectCri } from '../src/extension-points/runtime/cri.ts';
import { layoutOf } from '../src/extensions/runtime/containerd/layout.ts';
import { silentLog } from '../src/kernel/log.ts';
import type { TestCluster } from '../test/fixtures/cluster.ts';
import { canRunContainers, startTestCluster } from '../test/fixtures/cluster.ts';
import { testImages } from '../test/fixtures/images/index.ts';
import { credentialsOf } from './processes.ts';
import type { Row } from './row.ts';
import { median } from './row.ts';

const rounds = 9;

/**
 * From the start of `kubectl apply` to the moment a watch shows the pod Running, kubectl's own time included, with the image present; against the same pod made by raw CRI
 * calls on the same containerd.
 */
export const createRow = (): Row => ({
  name: 'apply-to-running',
  title: 'apply to Running',
  async measure() {
    if (!canRunContainers) {
      process.stderr.write('apply-to-running: skipped, it needs root, containerd, runc and the CNI plugins\n');
      return [];
    }
    await using cluster = await startTestCluster({ images: await testImages('busybox') });
    await using runtime = await connectCri({ endpoint: `unix://${layoutOf(join(cluster.dataDirectory, 'containerd')).socket}`, log: silentLog });
    const { ca, certificate, key } = credentialsOf(cluster.dataDirectory);
    await using client = createHttpsClient({ server: cluster.url(), certificateAuthority: ca, certificate, key, userAgent: 'bench' });
    const values: number[] = [];
    const floors: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const floor = await timeRawPod(runtime, round);
      const value = await timeApply(cluster, client, round);
      if (round === 0) continue; // warms up
      floors.push(floor);
      values.push(value);
    }
    const value = median(values);
    const floor = median(floors);
    return [
      {
        row: 'kubectl apply to container Running, image present',
        value,
        unit: 'ms',
        floor,
        ratio: value / floor,
        target: 'at most 2.00 times raw CRI calls',
        met: value / floor <= 2,
      },
    ];
  },
});

async function timeApply(cluster: TestCluster, client: Client, round: number): Promise<number> {
  const name = `apply-${round}`;
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'busybox', imagePullPolicy: 'IfNotPresent', command: ['sleep', '1000'] }] },
  };
  const { resourceVersion } = (await client.list(pods, { namespace: 'default' })).metadata;
  const started = performance.now();
  const running = whenRunning(client, name, resourceVersion ?? '');
  await cluster.mustKubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
  const took = (await running) - started;
  await cluster.mustKubectl(['delete', 'pod', name, '--now']);
  return took;
}

/** The time at which a watch shows a pod Running. */
async function whenRunning(client: Client, name: string, resourceVersion: string): Promise<number> {
  const events = client.watch(pods, { namespace: 'default', fieldSelector: `metadata.name=${name}`, resourceVersion, signal: AbortSignal.timeout(30_000) });
  for await (const { type, object } of events) if (type !== 'BOOKMARK' && object.status?.phase === 'Running') return performance.now();
  throw new Error(`pod ${name} did not run in time`);
}

async function timeRawPod(runtime: Runtime, round: number): Promise<number> {
  const image = await runtime.imageStatus('docker.io/library/busybox:latest');
  if (!image) throw new Error('the busybox image is not there');
  const namespaces = { network: 'pod', pid: 'container', ipc: 'pod' } as const;
  const sandbox: PodSandboxConfig = {
    metadata: { name: `raw-${round}`, namespace: 'raw', uid: `raw-${round}`, attempt: 0 },
    hostname: 'raw',
    logDirectory: '',
    portMappings: [],
    labels: {},
    annotations: {},
    linux: { cgroupParent: '', sysctls: {}, security: { namespaces, privileged: false, readonlyRootfs: false, supplementalGroups: [] } },
  };
  const resources = {
    cpuPeriod: 0,
    cpuQuota: 0,
    cpuShares: 2,
    memoryLimitBytes: 0,
    oomScoreAdj: 1000,
    cpusetCpus: '',
    cpusetMems: '',
    hugepageLimits: [],
    unified: {},
    memorySwapLimitBytes: 0,
  };
  const container: ContainerConfig = {
    metadata: { name: 'main', attempt: 0 },
    image: image.id,
    userSpecifiedImage: 'busybox',
    command: ['sleep', '1000'],
    args: [],
    workingDirectory: '',
    environment: [],
    mounts: [],
    devices: [],
    cdiDevices: [],
    labels: {},
    annotations: {},
    logPath: '',
    stdin: false,
    stdinOnce: false,
    tty: false,
    linux: {
      resources,
      security: {
        capabilitiesAdd: [],
        capabilitiesDrop: [],
        privileged: false,
        namespaces,
        readonlyRootfs: false,
        supplementalGroups: [],
        noNewPrivileges: false,
        maskedPaths: [],
        readonlyPaths: [],
      },
    },
  };
  const started = performance.now();
  const sandboxId = await runtime.runPodSandbox(sandbox, '');
  const containerId = await runtime.createContainer(sandboxId, container, sandbox);
  await runtime.startContainer(containerId);
  const took = performance.now() - started;
  await runtime.stopContainer(containerId, 0);
  await runtime.stopPodSandbox(sandboxId);
  await runtime.removePodSandbox(sandboxId);
  return took;
}
