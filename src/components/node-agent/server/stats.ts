import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { ContainerStats } from '../../../extension-points/runtime/contract.ts';
import { timeText } from '../../../kernel/clock.ts';
import { containerNameLabel, podNameLabel, podNamespaceLabel, podUidLabel } from '../labels.ts';
import type { NodeEndpoint } from './node-endpoint.ts';

export interface NodeUsage {
  readonly cpuNanoSeconds: number;
  readonly cpuNanoCores: number;
  readonly memoryTotalBytes: number;
  readonly memoryAvailableBytes: number;
}

/** The statistics of this agent's containers, grouped by pod. Containers that are no pod's are left out. */
export async function podStats(endpoint: NodeEndpoint): Promise<ReadonlyMap<string, readonly ContainerStats[]>> {
  const known = new Set(endpoint.pods().map(({ metadata }) => metadata.uid ?? ''));
  const all = await endpoint.runtime.listContainerStats();
  return Map.groupBy(
    all.filter(({ labels }) => known.has(labels[podUidLabel] ?? '')),
    ({ labels }) => labels[podUidLabel]!,
  );
}

/** What the machine as a whole uses. Of a simulated node: what its containers claim. */
export function nodeUsage(endpoint: NodeEndpoint, stats: ReadonlyMap<string, readonly ContainerStats[]>): NodeUsage {
  if (!endpoint.isSimulated) return machineUsage();
  const all = [...stats.values()].flat();
  const sum = (read: (container: ContainerStats) => bigint | undefined): number => all.reduce((total, container) => total + Number(read(container) ?? 0n), 0);
  const used = sum(({ memory }) => memory?.workingSetBytes);
  return {
    cpuNanoSeconds: sum(({ cpu }) => cpu?.usageCoreNanoSeconds),
    cpuNanoCores: sum(({ cpu }) => cpu?.usageNanoCores),
    memoryTotalBytes: used,
    memoryAvailableBytes: 0,
  };
}

let previous: { atMs: number; nanoSeconds: number } | undefined;

function machineUsage(): NodeUsage {
  const busyMs = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const now = { atMs: Date.now(), nanoSeconds: busyMs * 1e6 };
  const elapsedMs = previous ? now.atMs - previous.atMs : 0;
  const cpuNanoCores = previous && elapsedMs > 0 ? Math.max(0, Math.round(((now.nanoSeconds - previous.nanoSeconds) / elapsedMs) * 1000)) : 0;
  if (!previous || elapsedMs > 5_000) previous = now;
  const memory = readFileSync('/proc/meminfo', 'utf8');
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(memory)?.[1] ?? 0) * 1024;
  return { cpuNanoSeconds: now.nanoSeconds, cpuNanoCores, memoryTotalBytes: bytes('MemTotal'), memoryAvailableBytes: bytes('MemAvailable') };
}

/** `/stats/summary`, as `stats/v1alpha1` has it. */
export async function statsSummary(endpoint: NodeEndpoint, nowMs: number): Promise<unknown> {
  const stats = await podStats(endpoint);
  const time = timeText(nowMs);
  const usage = nodeUsage(endpoint, stats);
  const byUid = new Map(endpoint.pods().map((pod) => [pod.metadata.uid ?? '', pod]));
  return {
    node: {
      nodeName: endpoint.nodeName,
      startTime: endpoint.node()?.metadata.creationTimestamp ?? time,
      cpu: { time, usageNanoCores: usage.cpuNanoCores, usageCoreNanoSeconds: usage.cpuNanoSeconds },
      memory: {
        time,
        availableBytes: usage.memoryAvailableBytes,
        usageBytes: usage.memoryTotalBytes - usage.memoryAvailableBytes,
        workingSetBytes: usage.memoryTotalBytes - usage.memoryAvailableBytes,
      },
      ...(endpoint.isSimulated ? {} : { fs: await filesystemStats(endpoint.directory, time) }),
    },
    pods: [...stats].map(([uid, containers]) => ({
      podRef: referenceOf(containers[0]!, uid),
      startTime: byUid.get(uid)?.status?.startTime ?? time,
      containers: containers.map((container) => containerSummary(container, byUid.get(uid)?.status?.startTime ?? time)),
      ...podTotals(containers, time),
    })),
  };
}

const referenceOf = ({ labels }: ContainerStats, uid: string): unknown => ({
  name: labels[podNameLabel] ?? '',
  namespace: labels[podNamespaceLabel] ?? '',
  uid,
});

async function filesystemStats(directory: string, time: string): Promise<unknown> {
  const { bavail, bfree, blocks, bsize, ffree, files } = await statfs(directory);
  return {
    time,
    availableBytes: bavail * bsize,
    capacityBytes: blocks * bsize,
    usedBytes: (blocks - bfree) * bsize,
    inodesFree: ffree,
    inodes: files,
    inodesUsed: files - ffree,
  };
}

const textOf = (nanoseconds: bigint): string => timeText(Number(nanoseconds / 1_000_000n));

function containerSummary({ labels, cpu, memory, writableLayer }: ContainerStats, startTime: string): unknown {
  return {
    name: labels[containerNameLabel] ?? '',
    startTime,
    ...(cpu
      ? { cpu: { time: textOf(cpu.timestampNs), usageNanoCores: Number(cpu.usageNanoCores), usageCoreNanoSeconds: Number(cpu.usageCoreNanoSeconds) } }
      : {}),
    ...(memory
      ? {
          memory: {
            time: textOf(memory.timestampNs),
            usageBytes: Number(memory.usageBytes),
            workingSetBytes: Number(memory.workingSetBytes),
            rssBytes: Number(memory.rssBytes),
          },
        }
      : {}),
    ...(writableLayer ? { rootfs: { usedBytes: Number(writableLayer.usedBytes), inodesUsed: Number(writableLayer.inodesUsed) } } : {}),
  };
}

function podTotals(containers: readonly ContainerStats[], time: string): object {
  const sum = (read: (container: ContainerStats) => bigint | undefined): number =>
    containers.reduce((total, container) => total + Number(read(container) ?? 0n), 0);
  return {
    cpu: { time, usageNanoCores: sum(({ cpu }) => cpu?.usageNanoCores), usageCoreNanoSeconds: sum(({ cpu }) => cpu?.usageCoreNanoSeconds) },
    memory: {
      time,
      usageBytes: sum(({ memory }) => memory?.usageBytes),
      workingSetBytes: sum(({ memory }) => memory?.workingSetBytes),
      rssBytes: sum(({ memory }) => memory?.rssBytes),
    },
  };
}
