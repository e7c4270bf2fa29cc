import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { detectCgroups, hasCapability } from '../../../extension-points/runtime/host.ts';
import type { Log } from '../../../kernel/log.ts';
import type { Machine } from './configuration.ts';
import type { Layout } from './layout.ts';
import { type MachineRecord, readMachineRecord, writeMachineRecord } from './machine-record.ts';
import { bootId } from './process-identity.ts';
import { runProgram, succeeds } from './run-program.ts';

/** Finds out what the machine gives containers by trying it, and says once what it lacks. Throws when containers cannot run at all. */
export async function detectMachine(layout: Layout, log: Log): Promise<Machine> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('containers need root on Linux: start as root, or with simulated nodes');
  const cgroups = detectCgroups();
  if (cgroups.version === 'none' || !cgroups.isWritable)
    throw new Error('containers need a writable cgroup file system under /sys/fs/cgroup: mount one, or start with simulated nodes');
  const machine: Machine = {
    ...(await tryOut(layout)),
    canLowerOomScore: hasCapability('CAP_SYS_RESOURCE'),
    hasHugePageController: 'hugetlb' in cgroups.controllers && (cgroups.version === 'v2' || cgroups.controllers['hugetlb'] !== cgroups.unifiedMountpoint),
    networkPrograms: networkPrograms(),
  };
  for (const [lack, message] of lacks(machine)) if (lack) log.warn(message);
  log.debug('the machine was looked at', { cgroups: cgroups.version, snapshotter: machine.snapshotter, packetFilter: machine.packetFilter ?? 'none' });
  return machine;
}

/** What only an attempt can tell: once per boot, and again while something is missing, for it may have been installed since. */
async function tryOut(layout: Layout): Promise<MachineRecord['tried']> {
  const known = readMachineRecord(layout);
  if (known?.bootId === bootId() && known.tried.snapshotter === 'overlayfs' && known.tried.packetFilter === 'nft' && known.tried.canMapPorts)
    return known.tried;
  const [hasOverlay, hasNft, natRules] = await Promise.all([
    canMountOverlay(layout.directory),
    succeeds('nft', ['--check', 'add', 'table', 'ip', 'wherry']),
    runProgram('iptables', ['-w', '-t', 'nat', '-S']).catch(() => undefined),
  ]);
  const canMapPorts = natRules !== undefined;
  const tried: MachineRecord['tried'] = {
    snapshotter: hasOverlay ? 'overlayfs' : 'native',
    packetFilter: hasNft ? 'nft' : canMapPorts ? 'iptables' : undefined,
    canMapPorts,
  };
  const madeHostPortChains = known?.madeHostPortChains ?? !/^-N CNI-HOSTPORT-DNAT$/m.test(natRules ?? '');
  writeMachineRecord(layout, { bootId: bootId(), tried, madeHostPortChains });
  return tried;
}

const lacks = (machine: Machine): readonly (readonly [boolean, string])[] => [
  [machine.snapshotter === 'native', 'overlayfs cannot be mounted here: images are copied for each container, which takes time and space'],
  [!machine.canLowerOomScore, 'CAP_SYS_RESOURCE is missing: containers cannot be protected from the out-of-memory killer'],
  [machine.packetFilter === undefined, 'neither nft nor iptables works here: pods cannot reach addresses outside the node'],
  [machine.networkPrograms !== undefined && !machine.canMapPorts, 'iptables does not work here: hostPort of pods is not served'],
  [
    machine.networkPrograms === undefined,
    'no CNI plugins in /opt/cni/bin or /usr/lib/cni: only pods with hostNetwork can start; on Debian install containernetworking-plugins',
  ],
];

/** Tries, because a kernel may know overlayfs and yet refuse it on the file system that holds the directory. */
async function canMountOverlay(directory: string): Promise<boolean> {
  await mkdir(directory, { recursive: true });
  const trial = await mkdtemp(join(directory, 'overlay-'));
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(trial, name)) as [string, string, string, string];
  try {
    await Promise.all([lower, upper, work, merged].map((path) => mkdir(path)));
    await runProgram('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, merged]);
    await runProgram('umount', [merged]);
    return true;
  } catch {
    return false; // any failure means the same: containerd could not mount it either
  } finally {
    await rm(trial, { recursive: true, force: true });
  }
}

/** The first usual place that has the plugins the generated network is made of. */
function networkPrograms(): string | undefined {
  return ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'].find((path) => ['bridge', 'host-local', 'loopback'].every((name) => isProgram(join(path, name))));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
