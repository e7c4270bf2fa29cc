import { readFile, statfs } from 'node:fs/promises';
import { readOr } from './machine.ts';

/** When a node counts as short of something. */
export interface PressureThresholds {
  readonly memoryAvailableBytes: number;
  /** Parts of 1. */
  readonly diskAvailable: number;
  readonly inodesFree: number;
  readonly pidsAvailable: number;
}

/**
 * Upstream's 100Mi for memory. Disk thresholds are lower than upstream's 10 %: people run this on machines whose disks are theirs to fill, and losing every pod
 * at 90 % helps nobody.
 */
export const defaultThresholds: PressureThresholds = { memoryAvailableBytes: 100 * 1024 ** 2, diskAvailable: 0.01, inodesFree: 0.01, pidsAvailable: 0.02 };

/** What is left of the machine. */
export interface Availability {
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly diskTotalBytes: number;
  readonly inodes: number;
  readonly inodesTotal: number;
  readonly pids: number;
  readonly pidsTotal: number;
}

export interface Pressure {
  readonly memory: boolean;
  readonly disk: boolean;
  readonly pids: boolean;
}
export const noPressure: Pressure = { memory: false, disk: false, pids: false };

export async function readAvailability(directory: string): Promise<Availability> {
  const [memory, disk] = await Promise.all([readFile('/proc/meminfo', 'utf8').catch(() => ''), statfs(directory)]);
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(memory)?.[1];
  const pidsTotal = Number(readOr('/proc/sys/kernel/pid_max', '0')) || Infinity;
  const running = Number(/\/(\d+) \d+\s*$/.exec(readOr('/proc/loadavg', ''))?.[1] ?? 0);
  return {
    memoryBytes: kibibytes ? Number(kibibytes) * 1024 : Infinity,
    diskBytes: disk.bavail * disk.bsize,
    diskTotalBytes: disk.blocks * disk.bsize,
    inodes: disk.ffree,
    inodesTotal: disk.files,
    pids: pidsTotal - running,
    pidsTotal,
  };
}

export function pressureOf(available: Availability, thresholds: PressureThresholds): Pressure {
  const isShort = (left: number, total: number, part: number): boolean => Number.isFinite(total) && total > 0 && left < total * part;
  return {
    memory: available.memoryBytes < thresholds.memoryAvailableBytes,
    disk:
      isShort(available.diskBytes, available.diskTotalBytes, thresholds.diskAvailable) ||
      isShort(available.inodes, available.inodesTotal, thresholds.inodesFree),
    pids: isShort(available.pids, available.pidsTotal, thresholds.pidsAvailable),
  };
}
