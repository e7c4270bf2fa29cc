import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../api/generated/core-v1.ts';
import type { ContainerStats } from '../../../extension-points/runtime/contract.ts';
import { type AgentDirectories, podUid } from '../directories.ts';
import { containerNameLabel } from '../labels.ts';
import { quantityValue } from '../quantities.ts';
import { containerLimit, containerRequest, podRequest, qosClassOf } from '../resources.ts';

export interface Eviction {
  readonly uid: string;
  readonly message: string;
}
type StatsByPod = ReadonlyMap<string, readonly ContainerStats[]>;

const memoryOf = ({ memory }: ContainerStats): number => Number(memory?.workingSetBytes ?? 0n);
const podMemory = (stats: StatsByPod, pod: Pod): number => (stats.get(podUid(pod)) ?? []).reduce((sum, container) => sum + memoryOf(container), 0);

/** Pods that must not be evicted: critical ones. */
const isCritical = (pod: Pod): boolean => (pod.spec.priority ?? 0) >= 2_000_000_000;

/**
 * The pod to end when memory is short: one that uses more than it asked for before one that does not, then the lowest priority, then the largest excess
 * (upstream's order).
 */
export function memoryEviction(pods: readonly Pod[], stats: StatsByPod, available: { bytes: number; thresholdBytes: number }): Eviction | undefined {
  const ranked = pods
    .filter((pod) => !isCritical(pod))
    .map((pod) => ({ pod, excess: podMemory(stats, pod) - podRequest(pod, 'memory') }))
    .sort(
      (left, right) =>
        Number(right.excess > 0) - Number(left.excess > 0) || (left.pod.spec.priority ?? 0) - (right.pod.spec.priority ?? 0) || right.excess - left.excess,
    );
  const first = ranked[0];
  if (!first) return undefined;
  const kibibytes = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`;
  const details = (stats.get(podUid(first.pod)) ?? []).map((container) => {
    const name = container.labels[containerNameLabel] ?? '';
    const spec = first.pod.spec.containers.find((candidate) => candidate.name === name);
    const request = spec ? containerRequest(spec, 'memory') : 0;
    return memoryOf(container) > request
      ? `Container ${name} was using ${kibibytes(memoryOf(container))}, request is ${request === 0 ? '0' : kibibytes(request)}, has larger consumption of memory. `
      : '';
  });
  return {
    uid: podUid(first.pod),
    message: `The node was low on resource: memory. Threshold quantity: ${kibibytes(available.thresholdBytes)}, available: ${kibibytes(available.bytes)}. ${details.join('')}`,
  };
}

/** Pods under disk pressure: best-effort ones first, then by priority. */
export function diskEviction(pods: readonly Pod[], thresholdText: string): Eviction | undefined {
  const rank = { BestEffort: 0, Burstable: 1, Guaranteed: 2 } as const;
  const [first] = pods
    .filter((pod) => !isCritical(pod))
    .sort((left, right) => (left.spec.priority ?? 0) - (right.spec.priority ?? 0) || rank[qosClassOf(left)] - rank[qosClassOf(right)]);
  return first && { uid: podUid(first), message: `The node was low on resource: ephemeral-storage. ${thresholdText}` };
}

/** Whether the pod's own disk limits need looking at: measuring costs reads of the disk. */
export const hasDiskLimits = (pod: Pod): boolean =>
  (pod.spec.volumes ?? []).some(({ emptyDir }) => emptyDir && !emptyDir.medium && quantityValue(emptyDir.sizeLimit) > 0) ||
  pod.spec.containers.some((container) => containerLimit(container, 'ephemeral-storage') > 0);

/** Ends a pod that keeps more on disk than it may: in an emptyDir, or in a container's writable layer and logs. Texts are upstream's. */
export async function localStorageEviction(pod: Pod, stats: StatsByPod, directories: AgentDirectories): Promise<Eviction | undefined> {
  const uid = podUid(pod);
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const limit = quantityValue(emptyDir?.sizeLimit);
    if (!emptyDir || emptyDir.medium || limit === 0) continue;
    const used = await bytesBelow(directories.volume(uid, 'kubernetes.io~empty-dir', name), limit);
    if (used > limit) return { uid, message: `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir.sizeLimit}". ` };
  }
  for (const container of pod.spec.containers) {
    const limit = containerLimit(container, 'ephemeral-storage');
    if (limit === 0) continue;
    const layer = (stats.get(uid) ?? []).find(({ labels }) => labels[containerNameLabel] === container.name)?.writableLayer?.usedBytes ?? 0n;
    const used = Number(layer) + (await bytesBelow(join(directories.podLog(pod), container.name), limit));
    if (used > limit)
      return {
        uid,
        message: `Container ${container.name} exceeded its local ephemeral storage limit "${container.resources?.limits?.['ephemeral-storage']}". `,
      };
  }
  return undefined;
}

/** Disk space below a folder; stops counting once it is past `enough`. */
async function bytesBelow(directory: string, enough: number): Promise<number> {
  let total = 0;
  try {
    for await (const entry of await opendir(directory, { recursive: true })) {
      const { blocks } = await lstat(join(entry.parentPath, entry.name)).catch(() => ({ blocks: 0 }));
      total += blocks * 512;
      if (total > enough) return total;
    }
  } catch {
    // Not there, or removed while it was read.
  }
  return total;
}
