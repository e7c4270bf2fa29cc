import { setTimeout as sleep } from 'node:timers/promises';
import { canRunContainers, startTestCluster } from '../test/fixtures/cluster.ts';
import { testImages } from '../test/fixtures/images/index.ts';
import { run } from '../test/fixtures/run.ts';
import { megabytesIn, memoryMegabytes } from './processes.ts';
import type { Row } from './row.ts';

/** Resident memory of the one wherry process with 20 pods that run, after it has been quiet for 30 s; the floor is an empty Node program. */
export const createRow = (): Row => ({
  name: 'memory',
  title: 'resident memory',
  async measure() {
    await using cluster = await startTestCluster(canRunContainers ? { images: await testImages('busybox') } : { simulate: true });
    await cluster.mustKubectl(['create', 'deployment', 'idle', '--image=busybox', '--replicas=20', '--', 'sleep', '100000']);
    await cluster.mustKubectl(['rollout', 'status', 'deployment/idle', '--timeout=180s'], { timeoutMs: 200_000 });
    await sleep(30_000);
    const value = memoryMegabytes(cluster.pid(), 'VmRSS');
    const { stdout } = await run(process.execPath, ['-e', "process.stdout.write(require('node:fs').readFileSync('/proc/self/status'))"]);
    const floor = megabytesIn(stdout, 'VmRSS');
    return [{ row: 'resident memory, idle cluster with 20 pods', value, unit: 'MB', floor, ratio: value / floor, target: 'at most 180 MB', met: value <= 180 }];
  },
});
