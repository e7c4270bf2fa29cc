import type { Pod } from '../../../api/generated/core-v1.ts';
import { cgroupPageSize, quotaOf, sharesOf } from '../containers/container-resources.ts';
import { allContainers, containerLimit, isHugePageResource, podLimit, podRequest, requestedResources } from '../resources.ts';

/** What one cgroup allows. Absent: no limit. */
export interface CgroupLimits {
  readonly cpuShares?: number;
  readonly cpuQuotaMicroseconds?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
  /** By page size as the kernel writes it: `2MB`. */
  readonly hugePageBytes?: Readonly<Record<string, number>>;
}

/** The limits of a pod's cgroup. Quota and memory are limited only when every container has such a limit (upstream's rule). */
export function podCgroupLimits(pod: Pod, options: { hugePageSizes: readonly string[]; pidsLimit?: number }): CgroupLimits {
  const regular = allContainers(pod).filter((container) => !('targetContainerName' in container));
  const allLimit = (resource: string): boolean => regular.every((container) => containerLimit(container, resource) > 0);
  const sizes = new Set([...options.hugePageSizes, ...[...requestedResources(pod)].filter(isHugePageResource)]);
  return {
    cpuShares: sharesOf(podRequest(pod, 'cpu')),
    ...(allLimit('cpu') ? { cpuQuotaMicroseconds: quotaOf(podLimit(pod, 'cpu')) } : {}),
    ...(allLimit('memory') ? { memoryBytes: podLimit(pod, 'memory') } : {}),
    ...(options.pidsLimit === undefined ? {} : { pids: options.pidsLimit }),
    hugePageBytes: Object.fromEntries([...sizes].map((resource) => [cgroupPageSize(resource), podLimit(pod, resource)])),
  };
}

/** One file to write: its name and its text. */
export type CgroupSetting = readonly [file: string, value: string];

/** The settings of a version 1 controller. */
export function settingsV1(limits: CgroupLimits): Readonly<Record<string, readonly CgroupSetting[]>> {
  return {
    cpu: [
      ...(limits.cpuShares === undefined ? [] : [['cpu.shares', String(limits.cpuShares)] as const]),
      ['cpu.cfs_period_us', '100000'],
      ['cpu.cfs_quota_us', String(limits.cpuQuotaMicroseconds ?? -1)],
    ],
    memory: [['memory.limit_in_bytes', String(limits.memoryBytes ?? -1)]],
    pids: [['pids.max', limits.pids === undefined ? 'max' : String(limits.pids)]],
    hugetlb: Object.entries(limits.hugePageBytes ?? {}).map(([size, bytes]) => [`hugetlb.${size}.limit_in_bytes`, String(bytes)] as const),
  };
}

/** The same for version 2. Shares become a weight by the OCI runtime's formula. */
export function settingsV2(limits: CgroupLimits): Readonly<Record<string, readonly CgroupSetting[]>> {
  const shares = limits.cpuShares;
  return {
    cpu: [
      ...(shares === undefined ? [] : [['cpu.weight', String(1 + Math.floor(((shares - 2) * 9999) / 262_142))] as const]),
      ['cpu.max', `${limits.cpuQuotaMicroseconds ?? 'max'} 100000`],
    ],
    memory: [['memory.max', String(limits.memoryBytes ?? 'max')]],
    pids: [['pids.max', limits.pids === undefined ? 'max' : String(limits.pids)]],
    hugetlb: Object.entries(limits.hugePageBytes ?? {}).map(([size, bytes]) => [`hugetlb.${size}.max`, String(bytes)] as const),
  };
}
