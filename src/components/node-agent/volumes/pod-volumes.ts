import { mkdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod, Volume } from '../../../api/generated/core-v1.ts';
import type { EventRecorder } from '../../../client/events.ts';
import type { Log } from '../../../kernel/log.ts';
import { type AgentDirectories, podUid } from '../directories.ts';
import type { PodAddresses } from '../downward-api.ts';
import type { ObjectReader } from '../object-reader.ts';
import { type MountedVolume, VolumeError, type VolumePlugin, type VolumeServices } from './contract.ts';
import { ObjectWatches, referenceKey, referencesOf } from './object-watches.ts';
import { volumeSource } from './persistent-claim.ts';

/** The volumes of an agent's pods. */
export interface PodVolumes extends AsyncDisposable {
  /** Makes what is missing and renews what changed; cheap when there is nothing to do. Throws a `VolumeError` after telling of it in an event. */
  setUp(pod: Pod, addresses: PodAddresses): Promise<ReadonlyMap<string, MountedVolume>>;
  /** When `setUp` has to be called again for content that expires. */
  refreshAtMs(uid: string): number | undefined;
  /** Unmounts and removes all volumes of a pod. */
  tearDown(uid: string): Promise<void>;
}

export interface PodVolumesDeps {
  readonly directories: AgentDirectories;
  readonly plugins: readonly VolumePlugin[];
  readonly services: VolumeServices;
  readonly events: EventRecorder;
  readonly log: Log;
  /** What a pod's volumes show has changed: `setUp` should run. */
  readonly onStale: (uid: string) => void;
}

interface PodState {
  readonly mounted: Map<string, MountedVolume>;
  /** Volumes to make anew although they are there. */
  readonly stale: Set<string>;
  metadata: Pod['metadata'] | undefined;
  addresses: string;
}

export function createPodVolumes(deps: PodVolumesDeps): PodVolumes {
  return new VolumeHost(deps);
}

class VolumeHost implements PodVolumes {
  readonly #deps: PodVolumesDeps;
  readonly #pods = new Map<string, PodState>();
  readonly #watches: ObjectWatches;
  #memory: Promise<string> | undefined;

  constructor(deps: PodVolumesDeps) {
    this.#deps = deps;
    const { client, clock } = deps.services;
    this.#watches = new ObjectWatches({ client, clock, log: deps.log, onChange: (uid) => this.#markStale(uid) });
  }

  async setUp(pod: Pod, addresses: PodAddresses): Promise<ReadonlyMap<string, MountedVolume>> {
    const state = this.#stateOf(pod, addresses);
    const results = await Promise.allSettled((pod.spec.volumes ?? []).map((volume) => this.#setUpOne(pod, volume, addresses, state)));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason;
    return state.mounted;
  }

  refreshAtMs(uid: string): number | undefined {
    const times = [...(this.#pods.get(uid)?.mounted.values() ?? [])].flatMap(({ refreshAtMs }) => (refreshAtMs === undefined ? [] : [refreshAtMs]));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async tearDown(uid: string): Promise<void> {
    const { directories, services } = this.#deps;
    this.#watches.removeAll(uid);
    services.tokens.forget(uid);
    const folders = [directories.subPaths(uid), directories.podVolumes(uid), ...(await this.#memoryFolders(uid))];
    for (const folder of folders) {
      for (const mount of await services.mounter.mountsBelow(folder)) await services.mounter.unmount(mount);
      // Never delete through a mount: what is behind it is not ours.
      if ((await services.mounter.mountsBelow(folder)).length > 0) throw new VolumeError(`volumes below ${folder} are still mounted`);
      await rm(folder, { recursive: true, force: true });
    }
    this.#pods.delete(uid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watches[Symbol.dispose]();
    const memory = join(this.#deps.directories.root, 'memory');
    // Volumes of pods that go on running stay; an empty file system is taken away.
    if (this.#memory && this.#pods.size === 0) {
      const { mounter } = this.#deps.services;
      for (const mount of await mounter.mountsBelow(memory))
        await mounter.unmount(mount).catch((error: unknown) => this.#deps.log.warn('memory for volumes not unmounted', { error }));
      await rm(memory, { recursive: true, force: true }).catch(() => {}); // still mounted: it stays
    }
  }

  #stateOf(pod: Pod, addresses: PodAddresses): PodState {
    const uid = podUid(pod);
    const state = this.#pods.get(uid) ?? { mounted: new Map(), stale: new Set(), metadata: undefined, addresses: '' };
    this.#pods.set(uid, state);
    const addressText = addresses.podIps.join();
    // Downward API volumes show labels, annotations and addresses.
    if (state.metadata?.labels !== pod.metadata.labels || state.metadata?.annotations !== pod.metadata.annotations || state.addresses !== addressText)
      for (const { name, downwardAPI, projected } of pod.spec.volumes ?? [])
        if (downwardAPI ?? projected?.sources?.some((source) => source.downwardAPI)) state.stale.add(name);
    state.metadata = pod.metadata;
    state.addresses = addressText;
    return state;
  }

  #markStale(uid: string): void {
    const state = this.#pods.get(uid);
    if (!state) return;
    for (const name of state.mounted.keys()) state.stale.add(name);
    this.#deps.onStale(uid);
  }

  async #setUpOne(pod: Pod, volume: Volume, addresses: PodAddresses, state: PodState): Promise<void> {
    const known = state.mounted.get(volume.name);
    const plugin = this.#deps.plugins.find((candidate) => candidate.supports(volume));
    const isDue = known?.refreshAtMs !== undefined && known.refreshAtMs <= this.#deps.services.clock.now();
    if (known && !isDue && !(plugin?.isUpdated && state.stale.has(volume.name))) return;
    try {
      if (!plugin) throw new VolumeError(`volume source ${volumeSource(volume)} is not supported by this node agent`);
      state.stale.delete(volume.name);
      const mounted = await this.#make(pod, volume, addresses, plugin);
      state.mounted.set(volume.name, plugin.isReadOnly ? { ...mounted, isReadOnly: true } : mounted);
    } catch (error) {
      const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`;
      this.#deps.events.record(pod, 'Warning', 'FailedMount', message);
      throw new VolumeError(message, { cause: error });
    }
  }

  async #make(pod: Pod, volume: Volume, addresses: PodAddresses, plugin: VolumePlugin): Promise<MountedVolume> {
    const { services } = this.#deps;
    const versions = new Map<string, string | undefined>();
    const directory = await this.#directoryOf(pod, volume, plugin);
    try {
      return await plugin.setUp({ pod, volume, directory, addresses, services: { ...services, objects: recording(services.objects, versions) } });
    } finally {
      for (const reference of referencesOf(volume, pod.metadata.namespace!)) this.#watches.add(reference, podUid(pod), versions.get(referenceKey(reference)));
    }
  }

  async #directoryOf(pod: Pod, volume: Volume, plugin: VolumePlugin): Promise<string> {
    const { directories } = this.#deps;
    const directory = plugin.isSecret
      ? join(await this.#memoryRoot(), podUid(pod), plugin.name, volume.name)
      : directories.volume(podUid(pod), plugin.name, volume.name);
    mkdirSync(join(directory, '..'), { recursive: true, mode: 0o750 });
    return directory;
  }

  /** One file system in memory for all secrets of the node; a folder on disk, for the owner only, where mounting is not allowed. */
  #memoryRoot(): Promise<string> {
    this.#memory ??= this.#mountMemory();
    return this.#memory;
  }

  async #mountMemory(): Promise<string> {
    const { directories, services, log } = this.#deps;
    const root = join(directories.root, 'memory');
    await mkdir(root, { recursive: true, mode: 0o700 });
    if ((await services.mounter.mountsBelow(root)).includes(root)) return root;
    try {
      await services.mounter.mount('tmpfs', root, ['mode=0755']);
    } catch (error) {
      log.warn('secrets are kept on disk: a file system in memory cannot be mounted here', { error });
    }
    return root;
  }

  async #memoryFolders(uid: string): Promise<string[]> {
    return [join(this.#memory ? await this.#memory : join(this.#deps.directories.root, 'memory'), uid)];
  }
}

/** Notes the versions of the objects that are read. */
function recording(objects: ObjectReader, versions: Map<string, string | undefined>): ObjectReader {
  return {
    async configMap(namespace, name) {
      const object = await objects.configMap(namespace, name);
      versions.set(referenceKey({ kind: 'configmaps', namespace, name }), object.metadata.resourceVersion);
      return object;
    },
    async secret(namespace, name) {
      const object = await objects.secret(namespace, name);
      versions.set(referenceKey({ kind: 'secrets', namespace, name }), object.metadata.resourceVersion);
      return object;
    },
  };
}
