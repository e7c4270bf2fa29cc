import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../api/generated/core-v1.ts';
import type { Log } from '../../../kernel/log.ts';
import { sharesOf } from '../containers/container-resources.ts';
import { podUid } from '../directories.ts';
import { podRequest, type QosClass, qosClassOf } from '../resources.ts';
import { type CgroupHierarchy, readHierarchies } from './hierarchies.ts';
import { type CgroupLimits, podCgroupLimits, settingsV1, settingsV2 } from './limits.ts';

/** The cgroups of an agent's pods: `/<root>/kubepods[/burstable|/besteffort]/pod<uid>`. */
export interface PodCgroups {
  /** What the CRI calls the cgroup parent of a sandbox. */
  parentOf(pod: Pod): string;
  /** Creates or updates the pod's cgroup. Cheap when nothing changed. Never throws: a controller that is missing is reported once. */
  ensure(pod: Pod): void;
  /** Kills what still runs in the pod's cgroup and removes it. */
  remove(uid: string): Promise<void>;
  /** The pods that have a cgroup here. */
  listPodUids(): Promise<string[]>;
  /** Removes the whole tree; only what is empty goes. */
  removeAll(): Promise<void>;
}

export interface PodCgroupOptions {
  /** First path element, own to each cluster so that several live side by side. */
  readonly root: string;
  readonly hugePageSizes: readonly string[];
  /** Whether any of a pod's containers has CPUs for itself alone. Default: none has. */
  readonly hasOwnCpus?: (pod: Pod) => boolean;
  readonly log: Log;
  readonly hierarchies?: readonly CgroupHierarchy[];
}

/** For simulated nodes and machines without cgroups. */
export const noCgroups: PodCgroups = { parentOf: () => '', ensure: () => {}, remove: async () => {}, listPodUids: async () => [], removeAll: async () => {} };

/** Controllers the agent itself writes to; the OCI runtime makes the others' directories. */
const managed = ['cpu', 'memory', 'pids', 'hugetlb'];
const tiers: Readonly<Record<QosClass, string>> = { Guaranteed: '', Burstable: 'burstable', BestEffort: 'besteffort' };

export function createPodCgroups(options: PodCgroupOptions): PodCgroups {
  const { root, log } = options;
  const hierarchies = options.hierarchies ?? readHierarchies();
  const writable = hierarchies.filter((hierarchy) => managed.some((controller) => hierarchy.controllers.has(controller)));
  const applied = new Map<string, string>();
  const burstableMilli = new Map<string, number>();
  const reported = new Set<string>();
  const top = join('/', root, 'kubepods');

  const reportOnce = (what: string, error: unknown): void => {
    if (reported.has(what)) return;
    reported.add(what);
    log.warn('a cgroup setting cannot be made here; going on without it', { setting: what, error });
  };

  const write = (hierarchy: CgroupHierarchy, path: string, limits: CgroupLimits): void => {
    const directory = join(hierarchy.mountpoint, path);
    try {
      prepare(hierarchy, path);
    } catch (error) {
      return reportOnce(`${hierarchy.mountpoint} directory`, error);
    }
    const settings = hierarchy.version === 1 ? settingsV1(limits) : settingsV2(limits);
    for (const controller of managed) {
      if (!hierarchy.controllers.has(controller)) continue;
      for (const [file, value, isOptional] of settings[controller] ?? []) writeSetting(join(directory, file), value, isOptional ? undefined : reportOnce);
    }
  };
  const apply = (path: string, limits: CgroupLimits): void => {
    const text = JSON.stringify(limits);
    if (applied.get(path) === text) return;
    applied.set(path, text);
    const usesHugePages = Object.values(limits.hugePageBytes ?? {}).some((bytes) => bytes > 0);
    if (usesHugePages && !writable.some(({ controllers }) => controllers.has('hugetlb')))
      reportOnce('hugetlb controller', new Error('no cgroup tree has it: pods can use more huge pages than they asked for'));
    for (const hierarchy of writable) write(hierarchy, path, limits);
  };
  const updateTiers = (): void => {
    apply(join(top, 'besteffort'), { cpuShares: sharesOf(0) });
    apply(join(top, 'burstable'), { cpuShares: sharesOf([...burstableMilli.values()].reduce((sum, milli) => sum + milli, 0)) });
  };
  const parentOf = (pod: Pod): string => join(top, tiers[qosClassOf(pod)], `pod${podUid(pod)}`);
  const pathsOf = (uid: string): string[] => Object.values(tiers).map((tier) => join(top, tier, `pod${uid}`));

  return {
    parentOf,
    ensure(pod) {
      if (qosClassOf(pod) === 'Burstable') burstableMilli.set(podUid(pod), podRequest(pod, 'cpu'));
      updateTiers();
      apply(parentOf(pod), podCgroupLimits(pod, options));
    },
    async remove(uid) {
      if (burstableMilli.delete(uid)) updateTiers();
      for (const path of pathsOf(uid)) {
        applied.delete(path);
        for (const hierarchy of hierarchies) await removeTree(join(hierarchy.mountpoint, path));
      }
    },
    async listPodUids() {
      const uids = new Set<string>();
      for (const hierarchy of hierarchies)
        for (const tier of Object.values(tiers))
          for (const name of await namesIn(join(hierarchy.mountpoint, top, tier))) if (name.startsWith('pod')) uids.add(name.slice(3));
      return [...uids];
    },
    async removeAll() {
      for (const hierarchy of hierarchies) await removeTree(join(hierarchy.mountpoint, '/', root));
    },
  };
}

/** Makes the directory; in version 2 also hands the controllers down, level by level. */
function prepare(hierarchy: CgroupHierarchy, path: string): void {
  const directory = join(hierarchy.mountpoint, path);
  if (hierarchy.version === 1) return void mkdirSync(directory, { recursive: true });
  const wanted = ['cpu', 'memory', 'pids', 'hugetlb', 'cpuset', 'io'].filter((controller) => hierarchy.controllers.has(controller));
  let current = hierarchy.mountpoint;
  for (const part of path.split('/').filter(Boolean)) {
    for (const controller of wanted) enableController(current, controller);
    current = join(current, part);
    mkdirSync(current, { recursive: true });
  }
}

function enableController(directory: string, controller: string): void {
  try {
    writeFileSync(join(directory, 'cgroup.subtree_control'), `+${controller}`);
  } catch {
    // Not delegated to us; the missing setting is reported when it is written.
  }
}

function writeSetting(file: string, value: string, report: ((what: string, error: unknown) => void) | undefined): void {
  try {
    if (existsSync(file)) writeFileSync(file, value);
    else if (value !== 'max' && value !== '-1' && value !== '0') report?.(file.split('/').at(-1)!, new Error('the kernel does not offer it'));
  } catch (error) {
    report?.(file.split('/').at(-1)!, error);
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return []; // not there
  }
}

/** Deepest first, as the kernel demands. A cgroup that still has processes has them killed where the kernel offers it. */
async function removeTree(directory: string): Promise<void> {
  const children = await namesIn(directory);
  for (const child of children) await removeTree(join(directory, child));
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      return await rmdir(directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') return;
      await writeFile(join(directory, 'cgroup.kill'), '1').catch(() => {}); // version 2 only
      await new Promise((resolve) => setTimeout(resolve, 10 << attempt));
    }
  }
}
