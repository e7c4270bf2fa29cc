import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeContext } from '../../client/kubeconfig.ts';
import { systemClock } from '../../kernel/clock.ts';
import { isDataDirectory, readRecord, removeDataDirectory } from './data-directory.ts';
import { dataDirectoryOf, kubeconfigPathOf } from './directories.ts';
import type { Distribution } from './distribution.ts';
import { isAlive, removeRunFile, runningCluster } from './run-file.ts';

const stopWithinMs = 60_000;

/** Stops the cluster of a data directory; also one whose wherry was killed and left containers behind. Harmless when nothing runs; touches no directory that is not wherry's. */
export async function down(
  distribution: Distribution,
  options: { dataDir?: string; keepContainers?: boolean; purge?: boolean; kubeconfig?: string },
): Promise<void> {
  const dataDirectory = dataDirectoryOf(options);
  if (options.keepContainers && options.purge) throw new Error('--keep-containers and --purge exclude each other');
  if (!isDataDirectory(dataDirectory)) {
    if (options.purge && existsSync(dataDirectory)) throw new Error(`${dataDirectory} is no data directory of wherry: nothing was removed`);
    return say(`no cluster runs on ${dataDirectory}`);
  }
  const running = runningCluster(dataDirectory);
  const orphans = running || options.keepContainers ? 0 : await distribution.countContainers(dataDirectory);
  if (running) await stopProcess(running.pid, options.keepContainers ? 'SIGHUP' : 'SIGTERM');
  if (!options.keepContainers) await distribution.cleanUp(dataDirectory, { purge: options.purge === true });
  removeRunFile(dataDirectory);
  if (running) say(`stopped the cluster on ${dataDirectory}`);
  else if (orphans > 0) say(`wherry did not run on ${dataDirectory}; stopped ${orphans} container${orphans === 1 ? '' : 's'} that it had left running`);
  else say(`no cluster runs on ${dataDirectory}`);
  if (options.purge) purge(dataDirectory, kubeconfigPathOf(options));
}

/** The context goes only if it leads to this cluster: another cluster may have taken its name since. */
function purge(dataDirectory: string, givenKubeconfig: string): void {
  const authority = join(dataDirectory, 'certificates', 'ca.crt');
  const certificateAuthority = existsSync(authority) ? readFileSync(authority, 'utf8') : undefined;
  const paths = new Set([readRecord(dataDirectory).kubeconfig ?? givenKubeconfig, givenKubeconfig]);
  const left = removeDataDirectory(dataDirectory);
  if (certificateAuthority) for (const path of paths) removeContext(path, 'wherry', { certificateAuthority });
  if (left.length > 0) say(`kept ${dataDirectory} and what is not wherry's in it: ${left.slice(0, 5).join(', ')}${left.length > 5 ? ', …' : ''}`);
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function stopProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  process.kill(pid, signal);
  for (const deadline = Date.now() + stopWithinMs; isAlive(pid); await systemClock.sleep(50)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} did not stop within ${stopWithinMs / 1000} s; end it with: kill -9 ${pid}, then run this again`);
  }
}
