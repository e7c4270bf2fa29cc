/** What the machine gives containers: read from /proc, so that runtimes and the agent agree on it. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Cgroups {
  /** `hybrid`: v1 controllers, and a v2 tree beside them. `none`: no cgroup file system is mounted. */
  readonly version: 'v1' | 'v2' | 'hybrid' | 'none';
  /** Where each controller's tree is mounted: `memory` -> `/sys/fs/cgroup/memory`. With v2 all are the same. In hybrid mode, v1's where both have it. */
  readonly controllers: Readonly<Record<string, string>>;
  /** Where the v2 tree is mounted, in v2 and hybrid mode. */
  readonly unifiedMountpoint?: string;
  /** Whether groups can be made at all. */
  readonly isWritable: boolean;
}

/** Test data: text of these files instead of the machine's. */
export interface HostFiles {
  readonly mountInfo?: string;
  readonly unifiedControllers?: string;
  readonly processStatus?: string;
}

/** Finds the mounted cgroup trees. Controllers that the kernel has but nobody mounted are absent. */
export function detectCgroups(files: HostFiles = {}): Cgroups {
  const mounts = cgroupMounts(files.mountInfo ?? readFileSync('/proc/self/mountinfo', 'utf8'));
  const unified = mounts.find(({ type }) => type === 'cgroup2');
  const legacy = mounts.filter(({ type, controllers }) => type === 'cgroup' && controllers.length > 0);
  const unifiedNames = unified ? (files.unifiedControllers ?? readOr(join(unified.mountpoint, 'cgroup.controllers'), '')).split(/\s+/).filter(Boolean) : [];
  const controllers = Object.fromEntries([
    ...(unified ? unifiedNames.map((name) => [name, unified.mountpoint] as const) : []),
    ...legacy.flatMap(({ mountpoint, controllers: names }) => names.map((name) => [name, mountpoint] as const)),
  ]);
  const version = legacy.length > 0 ? (unified ? 'hybrid' : 'v1') : unified ? 'v2' : 'none';
  const probe = legacy[0]?.mountpoint ?? unified?.mountpoint;
  return { version, controllers, ...(unified ? { unifiedMountpoint: unified.mountpoint } : {}), isWritable: probe !== undefined && isWritable(probe) };
}

interface CgroupMount {
  readonly type: string;
  readonly mountpoint: string;
  readonly controllers: readonly string[];
}

/** `31 23 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu` (proc(5)): optional fields end at the dash. */
function cgroupMounts(mountInfo: string): readonly CgroupMount[] {
  return mountInfo.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const mountpoint = left.split(' ')[4];
    const [type = '', , options = ''] = right.split(' ');
    if (mountpoint === undefined || !type.startsWith('cgroup')) return [];
    const isController = (option: string): boolean =>
      !['rw', 'ro', 'noprefix', 'xattr', 'clone_children', 'cpuset_v2_mode'].includes(option) && !option.includes('=');
    return [{ type, mountpoint: mountpoint.replaceAll('\\040', ' '), controllers: type === 'cgroup' ? options.split(',').filter(isController) : [] }];
  });
}

const capabilityBits = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21, CAP_SYS_RESOURCE: 24 } as const;

/** Whether this process may do what a root shell usually may; a sandbox often drops some. Without CAP_SYS_RESOURCE, for example, no oom_score_adj can be lowered. */
export function hasCapability(name: keyof typeof capabilityBits, files: HostFiles = {}): boolean {
  const status = files.processStatus ?? readOr('/proc/self/status', '');
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> BigInt(capabilityBits[name])) & 1n) === 1n;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
