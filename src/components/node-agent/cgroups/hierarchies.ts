import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One mounted cgroup tree. In version 1 every controller may have its own; version 2 has one tree for all. */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  readonly mountpoint: string;
  readonly controllers: ReadonlySet<string>;
}

/** The cgroup trees of this machine: version 1, version 2, or both (hybrid). Empty where cgroups are not mounted. */
export function readHierarchies(mountInfoPath = '/proc/self/mountinfo'): readonly CgroupHierarchy[] {
  let text: string;
  try {
    text = readFileSync(mountInfoPath, 'utf8');
  } catch {
    return []; // not Linux
  }
  const found = new Map<string, CgroupHierarchy>();
  for (const line of text.split('\n')) {
    const hierarchy = parseLine(line);
    if (hierarchy) found.set(hierarchy.mountpoint, hierarchy);
  }
  return [...found.values()];
}

/** `31 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct` */
function parseLine(line: string): CgroupHierarchy | undefined {
  const [mount, filesystem] = line.split(' - ');
  const mountpoint = mount?.split(' ')[4];
  const [type, , superOptions = ''] = filesystem?.split(' ') ?? [];
  if (!mountpoint) return undefined;
  if (type === 'cgroup2') return { version: 2, mountpoint, controllers: new Set(readWords(join(mountpoint, 'cgroup.controllers'))) };
  if (type !== 'cgroup') return undefined;
  return { version: 1, mountpoint, controllers: new Set(superOptions.split(',').filter((option) => option !== 'rw' && option !== 'ro')) };
}

function readWords(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trim().split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}
