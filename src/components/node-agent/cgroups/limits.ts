import type { Pod } from '../../../api/generated/core-v1.ts';
import { cgroupPageSize, quotaOf, sharesOf } from '../containers/container-resources.ts';
import { containerLimit, podLimit, podRequest } from '../resources.ts';

/** What one cgroup allows. Absent: no limit. */
export interface CgroupLimits {
  readonly cpuShares?: number;
  readonly cpuQuotaMicroseconds?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
  /** By page size as the kernel writes it: `2MB`. */
  readonly hugePageBytes?: Readonly<Record<string, number>>;
}

/**
 * The limits of a pod's cgroup. Quota and memory are limited only when the pod as a whole or every container has such a limit (upstream's rule); of huge pages a
 * pod gets what it requested, of each size of the node, and of the others none. A pod with CPUs of its own has no quota, which would only make it wait.
 */
export function podCgroupLimits(pod: Pod, options: { hugePageSizes: readonly string[]; pidsLimit?: number; hasOwnCpus?: (pod: Pod) => boolean }): CgroupLimits {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const isLimited = (resource: string): boolean =>
    containerLimit(pod.spec, resource) > 0 || containers.every((container) => containerLimit(container, resource) > 0);
  return {
    cpuShares: sharesOf(podRequest(pod, 'cpu')),
    ...(isLimited('cpu') && !options.hasOwnCpus?.(pod) ? { cpuQuotaMicroseconds: quotaOf(podLimit(pod, 'cpu')) } : {}),
    ...(isLimited('memory') ? { memoryBytes: podLimit(pod, 'memory') } : {}),
    ...(options.pidsLimit === undefined ? {} : { pids: options.pidsLimit }),
    hugePageBytes: Object.fromEntries(options.hugePageSizes.map((resource) => [cgroupPageSize(resource), podRequest(pod, resource)])),
  };
}

/** One file to write: its name and its text. Kernels that do not have an optional one need no warning. */
export type CgroupSetting = readonly [file: string, value: string, isOptional?: 'optional'];

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
    hugetlb: hugePageSettings(limits, 'limit_in_bytes'),
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
    hugetlb: hugePageSettings(limits, 'max'),
  };
}

/** Pages that are used, and (from Linux 5.7 on) those that are reserved: a program that maps too many is told when it maps, not killed when it touches them. */
const hugePageSettings = ({ hugePageBytes = {} }: CgroupLimits, limit: string): CgroupSetting[] =>
  Object.entries(hugePageBytes).flatMap(([size, bytes]): CgroupSetting[] => [
    [`hugetlb.${size}.${limit}`, String(bytes)],
    [`hugetlb.${size}.rsvd.${limit}`, String(bytes), 'optional'],
  ]);
