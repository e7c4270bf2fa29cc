/** Finds and removes what a containerd leaves on the machine when it cannot do so itself. Everything is recognised by the directory it belongs to. */
import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { detectCgroups } from '../../../extension-points/runtime/host.ts';
import type { Layout } from './layout.ts';
import { removeIdleHostPortChains, removePodNetwork } from './pod-network.ts';
import { hasEnded, identify, type ProcessIdentity, signalProcess } from './process-identity.ts';
import { succeeds } from './run-program.ts';

/** What a container's bundle says about it. */
interface Bundle {
  readonly isSandbox: boolean;
  readonly cgroupPath: string | undefined;
  readonly shimSocket: string | undefined;
  readonly initPid: number | undefined;
}

/** Kills the shims of this containerd and what runs under them, and waits until they are gone. */
export async function killShims(layout: Layout): Promise<void> {
  const bundles = readBundles(layout);
  const inits = bundles.flatMap(({ initPid }) => (initPid === undefined ? [] : [identify(initPid)])).filter((found) => found !== undefined);
  const targets = [...shims(layout), ...inits.filter(({ pid }) => isContainerOf(pid, bundles))];
  for (const target of targets) signalProcess(target, 'SIGKILL');
  await Promise.all(targets.map((target) => hasEnded(target, 5_000)));
  // Shims listen in a directory that all containerds of the machine share.
  for (const { shimSocket } of bundles) if (shimSocket) await rm(shimSocket, { force: true });
  for (const path of ['/run/containerd/s', '/run/containerd']) removeIfEmpty(path);
}

/** The cgroups of the containers that exist now. */
export const containerCgroups = (layout: Layout): readonly string[] => readBundles(layout).flatMap(({ cgroupPath }) => cgroupPath ?? []);

/** How many containers run, sandboxes aside. */
export const countRunningContainers = (layout: Layout): number => {
  const bundles = readBundles(layout);
  return bundles.filter(({ isSandbox, initPid }) => !isSandbox && initPid !== undefined && isContainerOf(initPid, bundles)).length;
};

/** Unmounts what is mounted below the directory, innermost first: root file systems of containers, network namespaces, shared memory. */
export async function unmountBelow(directory: string): Promise<void> {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '));
  for (const point of points.filter((path) => path.startsWith(`${directory}/`)).reverse()) {
    if (!(await succeeds('umount', [point]))) await succeeds('umount', ['--lazy', point]);
  }
}

/** Takes the pod network away with the records CNI keeps outside the directory, and portmap's shared chains if they were not there before and nobody uses them. */
export async function removeNetwork(layout: Layout, madeHostPortChains: boolean): Promise<void> {
  await removePodNetwork(layout);
  const results = '/var/lib/cni/results';
  // `<network>-<sandbox>-<interface>`; the loopback network, which containerd adds to each sandbox, has a name that all share.
  const own = entriesOf(results).filter((name) => name.startsWith(`${layout.networkName}-`));
  const loopback = own.map((name) => `cni-loopback-${name.split('-')[1]}-lo`);
  for (const name of [...own, ...loopback]) await rm(join(results, name), { force: true });
  for (const path of [results, '/var/lib/cni']) removeIfEmpty(path);
  if (madeHostPortChains) await removeIdleHostPortChains();
}

/** Shims name the socket of their containerd on their command line. */
function shims(layout: Layout): readonly ProcessIdentity[] {
  const sockets = new Set([layout.socket, `${layout.socket}.ttrpc`]);
  return entriesOf('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const words = readOr(`/proc/${name}/cmdline`).split('\0');
      const isShim = /containerd-shim/.test(words[0] ?? '') && words.some((word) => sockets.has(word));
      return isShim ? [identify(Number(name))].filter((found) => found !== undefined) : [];
    });
}

function readBundles(layout: Layout): readonly Bundle[] {
  const tasks = join(layout.state, 'io.containerd.runtime.v2.task');
  const bundles = entriesOf(tasks).flatMap((namespace) => entriesOf(join(tasks, namespace)).map((id) => join(tasks, namespace, id)));
  return bundles.map((bundle) => {
    const initPid = Number(readOr(join(bundle, 'init.pid')));
    const specification = specificationIn(readOr(join(bundle, 'config.json')));
    return {
      isSandbox: specification.annotations?.['io.kubernetes.cri.container-type'] === 'sandbox',
      cgroupPath: specification.linux?.cgroupsPath,
      shimSocket: /^unix:\/\/(\/run\/containerd\/s\/\w+)$/.exec(readOr(join(bundle, 'address')).trim())?.[1],
      initPid: initPid > 1 ? initPid : undefined,
    };
  });
}

function specificationIn(text: string): { linux?: { cgroupsPath?: string }; annotations?: Record<string, string> } {
  try {
    return JSON.parse(text) as ReturnType<typeof specificationIn>;
  } catch {
    return {}; // a bundle that was never finished has no group
  }
}

/** The number in `init.pid` may have been taken by another process since: its cgroup tells. */
function isContainerOf(pid: number, bundles: readonly Bundle[]): boolean {
  const groups = readOr(`/proc/${pid}/cgroup`);
  return bundles.some(({ cgroupPath }) => cgroupPath !== undefined && groups.split('\n').some((line) => line.endsWith(`:${cgroupPath}`)));
}

/** Removes groups with the groups below, and the groups above that are empty then, in every tree. Those with processes stay. */
export async function removeCgroups(paths: readonly string[]): Promise<void> {
  const { controllers, unifiedMountpoint } = detectCgroups();
  const trees = [...new Set([...Object.values(controllers), ...(unifiedMountpoint ? [unifiedMountpoint] : []), ...namedTrees()])];
  for (let attempt = 0; attempt < 20; attempt++) {
    for (const tree of trees) for (const path of paths) removeGroup(tree, path);
    if (trees.every((tree) => paths.every((path) => !exists(join(tree, path))))) return;
    // The kernel needs a moment after the last process of a group ended.
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Trees without controllers, `name=systemd` for instance, in which runc makes groups too. */
function namedTrees(): readonly string[] {
  return readOr('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => / - cgroup .*name=/.test(line))
    .map((line) => line.split(' ')[4]!);
}

function removeGroup(tree: string, path: string): void {
  const remove = (group: string): void => {
    for (const entry of directoriesIn(group)) remove(join(group, entry));
    removeIfEmpty(group);
  };
  remove(join(tree, path));
  for (let group = dirname(path); group !== '/' && group !== '.'; group = dirname(group)) removeIfEmpty(join(tree, group));
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // In use by a neighbour, or never made.
  }
}

function directoriesIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

const exists = (path: string): boolean => entriesOf(path).length > 0;

function entriesOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
