import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import type { LinuxContainerResources } from '../../../extension-points/runtime/contract.ts';
import { quantityValue } from '../quantities.ts';
import { containerLimit, containerRequest, isSidecar, qosClassOf } from '../resources.ts';

export const noResources: LinuxContainerResources = {
  cpuPeriod: 0,
  cpuQuota: 0,
  cpuShares: 0,
  memoryLimitBytes: 0,
  oomScoreAdj: 0,
  cpusetCpus: '',
  cpusetMems: '',
  hugepageLimits: [],
  unified: {},
  memorySwapLimitBytes: 0,
};

const cpuPeriodMicroseconds = 100_000;
const minimumQuotaMicroseconds = 1_000;
/** The kernel's bounds of cpu.shares. */
const minimumShares = 2;
const maximumShares = 262_144;

export const sharesOf = (milliCpu: number): number =>
  milliCpu === 0 ? minimumShares : Math.min(maximumShares, Math.max(minimumShares, Math.floor((milliCpu * 1024) / 1000)));
/** 0 when there is no limit. */
export const quotaOf = (milliCpu: number): number =>
  milliCpu === 0 ? 0 : Math.max(minimumQuotaMicroseconds, Math.floor((milliCpu * cpuPeriodMicroseconds) / 1000));

export interface NodeResourceFacts {
  readonly memoryCapacityBytes: number;
  /** As the node names them: `hugepages-2Mi`, ... */
  readonly hugePageSizes: readonly string[];
}

/** What a container may use, as the CRI is told (facts: cpu shares and quota over 100 ms, memory, OOM score by QoS, one huge page limit per size of the node). */
export function containerResources(pod: Pod, container: Container, facts: NodeResourceFacts): LinuxContainerResources {
  const quota = quotaOf(containerLimit(container, 'cpu'));
  return {
    ...noResources,
    cpuShares: sharesOf(containerRequest(container, 'cpu')),
    cpuPeriod: cpuPeriodMicroseconds,
    cpuQuota: quota,
    memoryLimitBytes: containerLimit(container, 'memory'),
    oomScoreAdj: oomScoreAdjustment(pod, container, facts.memoryCapacityBytes),
    hugepageLimits: hugePageLimits(pod, container, facts.hugePageSizes),
  };
}

/** -997 guaranteed (and node-critical), 1000 best-effort, in between by how little memory the container asked for. */
export function oomScoreAdjustment(pod: Pod, container: Container, memoryCapacityBytes: number): number {
  if ((pod.spec.priority ?? 0) >= 2_000_001_000) return -997;
  const qos = qosClassOf(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const ofRequest = (of: Container): number => 1000 - Math.floor((1000 * containerRequest(of, 'memory')) / Math.max(1, memoryCapacityBytes));
  let score = ofRequest(container);
  // A sidecar must outlive the container it serves: it gets the lowest score among the pod's containers.
  if (isSidecar(container)) for (const other of pod.spec.containers) score = Math.min(score, ofRequest(other));
  if (score < 3) return 3;
  return score === 1000 ? 999 : score;
}

/** `hugepages-2Mi` is `2MB` for the CRI and in cgroup file names. */
export function cgroupPageSize(resource: string): string {
  const bytes = quantityValue(resource.slice('hugepages-'.length));
  for (const [unit, size] of [
    ['GB', 1024 ** 3],
    ['MB', 1024 ** 2],
    ['KB', 1024],
  ] as const)
    if (bytes >= size) return `${Math.floor(bytes / size)}${unit}`;
  return `${bytes}B`;
}

/** One limit per size of the node: the container's own, else the pod's, else 0. */
function hugePageLimits(pod: Pod, container: Container, sizes: readonly string[]): LinuxContainerResources['hugepageLimits'] {
  return sizes.map((resource) => ({
    pageSize: cgroupPageSize(resource),
    limitBytes: containerLimit(container.resources?.limits?.[resource] === undefined ? pod.spec : container, resource),
  }));
}
