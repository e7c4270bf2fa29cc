import { rmSync } from 'node:fs';
import { removeContext } from '../../client/kubeconfig.ts';
import { systemClock } from '../../kernel/clock.ts';
import { dataDirectoryOf, kubeconfigPathOf } from './directories.ts';
import type { Distribution } from './distribution.ts';
import { isAlive, removeRunFile, runningCluster } from './run-file.ts';

const stopWithinMs = 60_000;

/** Stops the cluster of a data directory; also one whose wherry was killed and left containers behind. Harmless when nothing runs. */
export async function down(distribution: Distribution, options: { dataDir?: string; keepContainers?: boolean; purge?: boolean; kubeconfig?: string }): Promise<void> {
  const dataDirectory = dataDirectoryOf(options);
  if (options.keepContainers && options.purge) throw new Error('--keep-containers and --purge exclude each other');
  const running = runningCluster(dataDirectory);
  if (running) await stopProcess(running.pid, options.keepContainers ? 'SIGHUP' : 'SIGTERM');
  if (!options.keepContainers) await distribution.cleanUp(dataDirectory, { purge: options.purge === true });
  removeRunFile(dataDirectory);
  if (options.purge) {
    rmSync(dataDirectory, { recursive: true, force: true });
    removeContext(kubeconfigPathOf(options), 'wherry');
  }
  process.stderr.write(running ? `stopped the cluster on ${dataDirectory}\n` : `no cluster runs on ${dataDirectory}\n`);
}

async function stopProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  process.kill(pid, signal);
  for (const deadline = Date.now() + stopWithinMs; isAlive(pid); await systemClock.sleep(50)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} did not stop within ${stopWithinMs / 1000} s; end it with: kill -9 ${pid}, then run this again`);
  }
}
