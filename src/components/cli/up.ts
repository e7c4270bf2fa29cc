import { spawn } from 'node:child_process';
import { createWriteStream, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { styleText } from 'node:util';
import { upsertContext } from '../../client/kubeconfig.ts';
import { createLog, errorText } from '../../kernel/log.ts';
import { portToUse, prepareDataDirectory, writeRecord } from './data-directory.ts';
import { dataDirectoryOf, kubeconfigPathOf } from './directories.ts';
import type { Distribution, RunningCluster, StageReporter } from './distribution.ts';
import type { UpFlags } from './main.ts';
import type { StageLine } from './progress.ts';
import { createProgress, renderStage } from './progress.ts';
import { removeRunFile, runningCluster, writeRunFile } from './run-file.ts';
import { becomeServer, flagsToServe } from './server-flags.ts';

/** Starts a cluster and stays with it until it is told to stop; with `--detach`, starts a process that does. Answers the exit code. */
export async function up(distribution: Distribution, flags: UpFlags): Promise<number> {
  const dataDirectory = dataDirectoryOf(flags);
  const running = runningCluster(dataDirectory);
  if (running)
    throw new Error(
      `a cluster already runs on ${dataDirectory} (pid ${running.pid}, ${running.url}); use it, or stop it with: wherry down --data-dir ${dataDirectory}`,
    );
  const nodes = chooseNodes(distribution, flags);
  prepareDataDirectory(dataDirectory);
  if (flags.detach && !process.send) return await detach(dataDirectory);
  becomeServer();
  try {
    return await stayUp(distribution, flags, { dataDirectory, ...nodes });
  } catch (error) {
    process.send?.({ failure: errorText(error) });
    throw error;
  }
}

async function stayUp(
  distribution: Distribution,
  flags: UpFlags,
  { dataDirectory, simulate, why }: { dataDirectory: string; simulate: boolean; why: string },
): Promise<number> {
  const started = performance.now();
  const progress = createProgress(process.stderr, process.send && ((line) => process.send?.(line)));
  const logFile = createWriteStream(join(dataDirectory, 'wherry.log'), { flags: 'a' });
  const log = createLog((line) => logFile.write(line), process.env['WHERRY_LOG'] === 'debug' ? 'debug' : 'info');
  process.on('uncaughtException', (error) => log.error('uncaught exception', { error, stack: error.stack }));
  process.on('unhandledRejection', (error) => log.error('unhandled rejection', { error, stack: error instanceof Error ? error.stack : undefined }));
  const stop = stopSignal();
  if (why) progress.say(why);
  const cluster = await distribution.start(
    {
      dataDirectory,
      host: flags.host,
      port: await portToUse(dataDirectory, flags.host, flags.port),
      nodes: flags.nodes,
      simulate,
      ...(flags.simulation ? { simulationFile: flags.simulation } : {}),
      extensionFiles: flags.extension,
      fakeGpus: flags.fakeGpu ?? [],
      gpus: flags.gpu ?? [],
      fakeDraGpus: flags.fakeDraGpu ?? [],
      discoverLabels: flags.discoverLabels ?? [],
      ...(flags.featureFiles ? { featureFileDirectory: resolve(flags.featureFiles) } : {}),
      ...(flags.pluginDir ? { pluginDirectory: resolve(flags.pluginDir) } : {}),
      access: flags,
      log,
      ...(flags.schedulerConfig ? { schedulerConfig: flags.schedulerConfig } : {}),
      ...(flags.kubeletConfig ? { kubeletConfig: flags.kubeletConfig } : {}),
      ...(flags.containerRuntimeEndpoint ? { containerRuntimeEndpoint: flags.containerRuntimeEndpoint } : {}),
    },
    progress,
  );
  try {
    writeRecord(dataDirectory, { kubeconfig: kubeconfigPathOf(flags), port: cluster.port });
    writeRunFile(dataDirectory, {
      url: cluster.url,
      port: cluster.port,
      localSocket: cluster.localSocket,
      startedAt: new Date().toISOString(),
      nodes: cluster.nodeNames,
      isSimulated: cluster.isSimulated,
    });
    await progress.stage('kubeconfig', async (note) => note(`context "wherry" in ${writeContext(flags, cluster)}`));
    await announceReady(cluster, progress, stop.signal, started);
    process.send?.('ready');
    process.disconnect?.();
    await stop.received;
    if (stop.keepContainers) cluster.detachContainers();
    process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}stopping…\n`);
  } finally {
    await cluster[Symbol.asyncDispose]();
    removeRunFile(dataDirectory);
  }
  return 0;
}

async function announceReady(cluster: RunningCluster, progress: StageReporter, signal: AbortSignal, started: number): Promise<void> {
  const what = cluster.nodeNames.length === 1 ? `node ${cluster.nodeNames[0]}` : `${cluster.nodeNames.length} nodes`;
  try {
    await progress.stage('nodes ready', async (note) => {
      await cluster.nodesReady(AbortSignal.any([signal, AbortSignal.timeout(60_000)]));
      note(what + (cluster.isSimulated ? ' (simulated)' : ''));
    });
  } catch (error) {
    if (signal.aborted) return;
    progress.say(`The cluster runs, but not every node is Ready (${errorText(error)}). See: kubectl --context wherry describe nodes`);
    return;
  }
  progress.say(`\nReady in ${((performance.now() - started) / 1000).toFixed(2)} s. Next:\n\n  kubectl --context wherry get nodes\n`);
}

/** `up` on a machine that cannot run containers starts simulated nodes, and says so. */
function chooseNodes(distribution: Distribution, flags: UpFlags): { simulate: boolean; why: string } {
  if (flags.simulate || flags.simulation) return { simulate: true, why: '' };
  if (flags.nodes > 1) throw new Error('several nodes on one machine are simulated ones: add --simulate, or leave --nodes out');
  if (flags.containerRuntimeEndpoint) return { simulate: false, why: '' };
  const support = distribution.containerSupport();
  if (support.isSupported) return { simulate: false, why: '' };
  return { simulate: true, why: `${support.reason}: starting a simulated node instead. Pods are scheduled and go Running, but no containers run.` };
}

function writeContext(flags: UpFlags, cluster: RunningCluster): string {
  const path = kubeconfigPathOf(flags);
  upsertContext(path, { name: 'wherry', server: cluster.url, localSocket: cluster.localSocket, ...cluster.admin });
  return path;
}

/** The first SIGINT or SIGTERM asks to stop; SIGHUP asks to stop and keep containers; a second one of any kind ends the process at once. */
function stopSignal(): { received: Promise<void>; signal: AbortSignal; readonly keepContainers: boolean } {
  const controller = new AbortController();
  let keepContainers = false;
  const received = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        if (controller.signal.aborted) process.exit(130);
        keepContainers = name === 'SIGHUP';
        controller.abort(new Error(`received ${name}`));
        resolve();
      });
    }
  });
  return {
    received,
    signal: controller.signal,
    get keepContainers() {
      return keepContainers;
    },
  };
}

/** Starts the same command in a process of its own, shows its progress, and returns once it is ready. */
async function detach(dataDirectory: string): Promise<number> {
  const output = openSync(join(dataDirectory, 'wherry.log'), 'a', 0o600);
  const child = spawn(process.execPath, [...flagsToServe(), ...process.argv.slice(1)], {
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  });
  const style: Parameters<typeof renderStage>[1] = (format, text) => styleText(format, text, { stream: process.stderr });
  let lastError = '';
  return await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('message', (message: StageLine | { readonly failure: string } | string) => {
      if (message === 'ready') {
        child.unref();
        process.stderr.write('It runs in the background. Stop it with: wherry down\n');
        return resolve(0);
      }
      if (typeof message !== 'string' && 'failure' in message) {
        lastError = message.failure;
        return;
      }
      process.stderr.write(`${typeof message === 'string' ? message : renderStage(message, style)}\n`);
    });
    child.on('exit', (code) => {
      process.stderr.write(`error: ${lastError || `the cluster did not start (exit code ${code}); see ${join(dataDirectory, 'wherry.log')}`}\n`);
      resolve(1);
    });
  });
}
