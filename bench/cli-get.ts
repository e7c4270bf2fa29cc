import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Pod } from '../src/api/generated/core-v1.ts';
import { pods as podType } from '../src/api/generated/resource-types.ts';
import { createHttpsClient } from '../src/client/https-client.ts';
import { kubectlVersions, startTestCluster, type TestCluster } from '../test/fixtures/cluster.ts';
import { credentialsOf, inTurns, memoryMegabytes } from './processes.ts';
import type { Measurement, Row } from './row.ts';

const wherry = [join(import.meta.dirname, '../bin/wherry.js')];
const podCount = 5_000;

/** `wherry get pods` as a user waits for it, launcher included, its start-up alone, and its memory with many pods; the floor is a stock kubectl (1.33 where there is one), of start-up a bare Node. */
export const createRow = (): Row => ({
  name: 'cli-get',
  title: 'command line: get',
  parts: ['cli'],
  async measure() {
    const kubectls = kubectlVersions();
    const kubectl = kubectls.get('1.33') ?? [...kubectls.values()].at(-1);
    if (!kubectl) return [];
    await using cluster = await startTestCluster({ simulate: true });
    const environment = environmentOf(cluster);
    const time = (command: readonly string[]) => async (): Promise<number> => (await runOnce(command, environment)).tookMs;
    await createPods(cluster, 'web', 3);
    const startUp = await inTurns(21, time([...wherry, 'version', '--client']), time([process.execPath, '-e', '0']));
    const get = await inTurns(21, time([...wherry, 'get', 'pods']), time([kubectl, 'get', 'pods']));
    await createPods(cluster, 'load', podCount);
    const getMany = await inTurns(3, time([...wherry, 'get', 'pods', '-A']), time([kubectl, 'get', 'pods', '-A']));
    const peak = (command: readonly string[]) => async (): Promise<number> => (await runOnce(command, environment)).peakMegabytes;
    const memory = await inTurns(3, peak([...wherry, 'get', 'pods', '-A']), peak([kubectl, 'get', 'pods', '-A']));
    return [
      {
        ...measured('start-up of the command line alone', 'ms', startUp, 'within 80 ms'),
        met: startUp.value <= 80,
      },
      measured('get pods, whole process', 'ms', get, "at most kubectl's"),
      measured(`get pods -A, ${podCount} pods, whole process`, 'ms', getMany, "at most kubectl's"),
      measured(`get pods -A, ${podCount} pods, resident memory`, 'MB', memory, "at most kubectl's"),
    ];
  },
});

const measured = (row: string, unit: string, { value, floor }: { value: number; floor: number }, target: string): Measurement => ({
  row,
  value,
  unit,
  floor,
  ratio: value / floor,
  target,
  met: value <= floor,
});

/** A user's; certificates that this machine adds to every Node's are left out. */
function environmentOf({ directory, kubeconfig, dataDirectory }: TestCluster): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;
  return { ...environment, HOME: directory, KUBECONFIG: kubeconfig, WHERRY_DATA_DIR: dataDirectory };
}

/** Runs a program to its end. Memory is the most it had resident, seen every few milliseconds. */
function runOnce([command = '', ...args]: readonly string[], environment: NodeJS.ProcessEnv): Promise<{ tookMs: number; peakMegabytes: number }> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
    let peakMegabytes = 0;
    const timer = setInterval(() => (peakMegabytes = Math.max(peakMegabytes, peakOf(child.pid))), 5);
    child.on('error', reject);
    child.on('exit', (code) => {
      clearInterval(timer);
      if (code === 0) resolve({ tookMs: performance.now() - started, peakMegabytes });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}`));
    });
  });
}

function peakOf(pid: number | undefined): number {
  try {
    return memoryMegabytes(pid, 'VmHWM');
  } catch {
    return 0; // it has ended
  }
}

async function createPods(cluster: TestCluster, prefix: string, count: number): Promise<void> {
  const { ca, certificate, key } = credentialsOf(cluster.dataDirectory);
  await using client = createHttpsClient({ server: cluster.url(), certificateAuthority: ca, certificate, key, userAgent: 'wherry-bench' });
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const name = `${prefix}-${next++}`;
      // A gate keeps the scheduler out of it.
      const spec = { containers: [{ name: 'main', image: 'nginx:1.27' }], schedulingGates: [{ name: 'example.com/wait' }] };
      await client.create(podType, { metadata: { name, namespace: 'default', labels: { app: prefix } }, spec } as Pod);
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
}
