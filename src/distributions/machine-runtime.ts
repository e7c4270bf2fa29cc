import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterOptions } from '../components/cli/distribution.ts';
import type { Runtime } from '../extension-points/runtime/contract.ts';
import { connectCri } from '../extension-points/runtime/cri.ts';
import { stopContainers } from '../extensions/runtime/containerd/remove-containerd.ts';
import { type Containerd, startContainerd } from '../extensions/runtime/containerd/start-containerd.ts';
import { errorText, type Log } from '../kernel/log.ts';
import { noteImported, withImportedImages } from './imported-images.ts';
import type { NodePlan } from './node-plan.ts';
import { cgroupRootOf } from './nodes.ts';

/** What runs this machine's containers. Disposing stops them, unless `detach` was called or the runtime is the user's own. */
export interface MachineRuntime extends AsyncDisposable {
  readonly runtime: Runtime;
  /** For the user: where it is, and whether it ran already. */
  readonly description: string;
  /** Leaves containers running when this is disposed. */
  detach(): void;
}

export const containerdDirectory = (dataDirectory: string): string => join(dataDirectory, 'containerd');

/** Starts (or takes over) the private containerd of a data directory and imports the archives of its `images` folder; with an endpoint, connects to that instead. */
export async function startMachineRuntime({ options, plan, log }: { options: ClusterOptions; plan: NodePlan; log: Log }): Promise<MachineRuntime> {
  const { dataDirectory, containerRuntimeEndpoint } = options;
  if (containerRuntimeEndpoint !== undefined) return connectToRuntime(containerRuntimeEndpoint, log);
  const directory = containerdDirectory(dataDirectory);
  const containerd = await startContainerd({ directory, log, podCidr: plan.podCidr(0), clusterCidr: plan.clusterCidr, onDispose: 'keep' });
  const imported = await importFolder(containerd, dataDirectory, log);
  const images = imported > 0 ? `, ${imported} image archive${imported === 1 ? '' : 's'} imported` : '';
  let isDetached = false;
  return {
    runtime: withImportedImages(containerd.runtime, dataDirectory),
    description: `containerd ${containerd.origin === 'adopted' ? 'taken over' : 'started'}${images}`,
    detach: () => {
      isDetached = true;
    },
    async [Symbol.asyncDispose]() {
      await containerd[Symbol.asyncDispose]();
      if (!isDetached) await stopContainers({ directory, log, cgroups: [`/${cgroupRootOf(dataDirectory)}`] });
    },
  };
}

async function connectToRuntime(endpoint: string, log: Log): Promise<MachineRuntime> {
  const runtime = await connectCri({ endpoint: endpoint.includes('://') ? endpoint : `unix://${endpoint}`, log });
  try {
    const { name, version } = await runtime.version();
    return { runtime, description: `${name} ${version} at ${endpoint}`, detach: () => {}, [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose]() };
  } catch (cause) {
    await runtime[Symbol.asyncDispose]();
    throw new Error(`no container runtime answers at ${endpoint}; start it, or leave --container-runtime-endpoint out to use a containerd of wherry's own`, {
      cause,
    });
  }
}

/** Imports what was not imported before, told by name, size and time of change. A bad archive is named in the log and does not stop the start. */
async function importFolder(containerd: Containerd, dataDirectory: string, log: Log): Promise<number> {
  const folder = join(dataDirectory, 'images');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const record = join(folder, '.imported');
  const done = new Set(existsSync(record) ? readFileSync(record, 'utf8').split('\n') : []);
  const fresh = readdirSync(folder)
    .filter((name) => /\.(?:tar|tgz|tar\.gz)$/.test(name))
    .map((name) => ({ path: join(folder, name), mark: markOf(folder, name) }));
  const wanted = fresh.filter(({ mark }) => !done.has(mark));
  let imported = 0;
  for (const { path, mark } of wanted) {
    try {
      const [archive] = await containerd.importImages([path]);
      noteImported(dataDirectory, archive?.names ?? []);
      done.add(mark);
      imported++;
    } catch (error) {
      log.warn('image archive not imported', { path, error: errorText(error) });
    }
  }
  if (imported > 0) writeFileSync(record, [...done].join('\n'));
  return imported;
}

function markOf(folder: string, name: string): string {
  const { size, mtimeMs } = statSync(join(folder, name));
  return createHash('sha256').update(`${name} ${size} ${mtimeMs}`).digest('hex');
}
