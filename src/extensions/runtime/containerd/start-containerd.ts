import { mkdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Image, Runtime } from '../../../extension-points/runtime/contract.ts';
import { connectCri } from '../../../extension-points/runtime/cri.ts';
import { type Clock, systemClock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { containerdConfiguration, type Machine } from './configuration.ts';
import { ContainerdProcess } from './containerd-process.ts';
import { detectMachine } from './detect-machine.ts';
import { type ImportedImage, type ImportOptions, importArchive, importImages, untilListed } from './import-images.ts';
import { type Layout, layoutOf } from './layout.ts';
import { pauseImageArchive, pauseImageName } from './pause-image.ts';
import { writePodNetwork } from './pod-network.ts';
import { type RemoveOptions, removeContainerd, stopContainers } from './remove-containerd.ts';

export interface ContainerdOptions {
  /** Everything containerd keeps lies in here; absolute, on a local file system. */
  readonly directory: string;
  readonly log: Log;
  /** Range of the node's pod addresses, if it is known already; else no pod gets an address until the agent calls `updateRuntimeConfig`. */
  readonly podCidr?: string;
  /** Range of all pods of the cluster: packets to it keep their sender. Default: the node's. */
  readonly clusterCidr?: string;
  /** Name of the sandbox image. Default: an image that wherry makes itself. */
  readonly pauseImage?: string;
  /** Where CNI plugins are, and network configurations of the user's own, which replace the generated one. */
  readonly cniDirectories?: { readonly binaries?: string; readonly configuration?: string };
  /** Cgroups that the agent makes for pods, to be removed with everything else. */
  readonly cgroups?: readonly string[];
  /** What disposing does with containerd. Containers run on either way. Default `keep`: the next start takes it over. */
  readonly onDispose?: 'keep' | 'stop';
  readonly clock?: Clock;
  /** Ends the start. */
  readonly signal?: AbortSignal;
}

export interface Containerd extends AsyncDisposable {
  readonly runtime: Runtime;
  /** Path of the gRPC socket. */
  readonly socket: string;
  /** Whether a containerd of an earlier run was taken over. */
  readonly origin: 'adopted' | 'started';
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  readonly pauseImage: string;
  /** The bridge of the pods; undefined when the user brought a network. */
  readonly bridge: string | undefined;
  importImages(files: ImportOptions['files'], options?: Pick<ImportOptions, 'onProgress' | 'signal'>): Promise<readonly ImportedImage[]>;
  /** Kills all containers and stops containerd; images stay. */
  stopEverything(): Promise<void>;
  /** As `stopEverything`, and deletes the directory. */
  removeEverything(): Promise<void>;
}

/**
 * Starts a containerd of our own, or takes over the one an earlier run left: nothing else on the machine is disturbed, and several can run side by side.
 * It outlives this process, so that pods survive a restart of wherry, and is started again when it dies. Rejects, saying what to do, when the machine cannot run containers.
 */
export async function startContainerd(options: ContainerdOptions): Promise<Containerd> {
  const { log, clock = systemClock, signal, pauseImage = pauseImageName } = options;
  const layout = layoutOf(options.directory);
  await Promise.all([layout.directory, layout.registries, layout.networkDirectory].map((path) => mkdir(path, { recursive: true, mode: 0o700 })));
  const [detected, cri] = await Promise.all([detectMachine(layout, log), connectCri({ endpoint: `unix://${layout.socket}`, log })]);
  const machine = { ...detected, networkPrograms: options.cniDirectories?.binaries ?? detected.networkPrograms };
  const networkDirectory = options.cniDirectories?.configuration ?? layout.networkDirectory;
  const network = options.cniDirectories?.configuration === undefined ? networkOf(layout, machine, options) : undefined;
  const configuration = containerdConfiguration({ layout, machine, pauseImage, networkDirectory });
  const containerd = new ContainerdProcess({ layout, configuration, clock, log, probe: () => cri.status() });
  try {
    const [origin] = await allSettledOrThrow(containerd.start(signal), setFirstRange(network, options.podCidr));
    if (pauseImage === pauseImageName) await ensurePauseImage(layout, machine, cri);
    return handle({ options, layout, containerd, cri, origin, pauseImage, network });
  } catch (error) {
    await containerd.stop();
    await cri[Symbol.asyncDispose]();
    throw error;
  }
}

type SetRange = (podCidr: string) => Promise<void>;

/** How the agent sets the node's range. */
function networkOf(layout: Layout, machine: Machine, { clusterCidr }: ContainerdOptions): SetRange {
  return async (node) => {
    if (machine.networkPrograms !== undefined) await writePodNetwork(layout, machine, { node, cluster: clusterCidr ?? node });
  };
}

async function setFirstRange(network: SetRange | undefined, podCidr: string | undefined): Promise<void> {
  if (podCidr !== undefined) await network?.(podCidr);
}

async function ensurePauseImage(layout: Layout, { snapshotter }: Machine, cri: Runtime): Promise<void> {
  if (await cri.imageStatus(pauseImageName)) return;
  await importArchive({ socket: layout.socket, snapshotter, source: Readable.from([pauseImageArchive()]) });
  await untilListed(cri, pauseImageName);
}

/** Waits for both, so that nothing is still under way when one has failed. */
async function allSettledOrThrow<A, B>(left: Promise<A>, right: Promise<B>): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([left, right]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
}

interface Parts {
  readonly options: ContainerdOptions;
  readonly layout: Layout;
  readonly containerd: ContainerdProcess;
  readonly cri: Runtime & AsyncDisposable;
  readonly origin: Containerd['origin'];
  readonly pauseImage: string;
  readonly network: SetRange | undefined;
}

function handle({ options, layout, containerd, cri, origin, pauseImage, network }: Parts): Containerd {
  const { directory, log, cgroups = [] } = options;
  const end = async (stop: (target: RemoveOptions) => Promise<void>): Promise<void> => {
    containerd.release();
    await stop({ directory, log, cgroups });
    await cri[Symbol.asyncDispose]();
  };
  return {
    runtime: withPinnedImage(network ? { ...cri, updateRuntimeConfig: (range) => (range === '' ? Promise.resolve() : network(range)) } : cri, pauseImage),
    socket: layout.socket,
    origin,
    get pid() {
      return containerd.pid;
    },
    pauseImage,
    bridge: network ? layout.networkName : undefined,
    importImages: (files, importOptions) => importImages({ socket: layout.socket, files, log, ...importOptions }),
    stopEverything: () => end(stopContainers),
    removeEverything: () => end(removeContainerd),
    async [Symbol.asyncDispose]() {
      if (options.onDispose === 'stop') await containerd.stop();
      else containerd.release();
      await cri[Symbol.asyncDispose]();
    },
  };
}

/** Marks the sandbox image, as newer containerds do, so that it is not collected with unused images. */
function withPinnedImage(runtime: Runtime, pauseImage: string): Runtime {
  const mark = (image: Image): Image => (image.tags.includes(pauseImage) ? { ...image, pinned: true } : image);
  return {
    ...runtime,
    listImages: async () => (await runtime.listImages()).map(mark),
    imageStatus: async (reference) => {
      const image = await runtime.imageStatus(reference);
      return image && mark(image);
    },
  };
}
