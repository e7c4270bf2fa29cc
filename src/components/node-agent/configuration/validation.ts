import { parseDuration } from '../../../api/cel/duration.ts';
import { parseQuantity } from '../../../api/quantity.ts';
import { parseCpuList } from '../cpus/cpu-list.ts';
import { isHugePageResource } from '../resources.ts';
import type { GivenConfiguration } from './decode-configuration.ts';

const topologyPolicies = ['none', 'best-effort', 'restricted', 'single-numa-node'];
const topologyScopes = ['container', 'pod'];

/** What is wrong with the fields that are acted upon, in upstream's words and order; empty when nothing is. */
export function validateConfiguration(given: GivenConfiguration): string[] {
  return [...numbers(given), ...topology(given), ...reservedCpus(given), ...reservedMemory(given), ...policies(given)];
}

function* numbers({ nodeLeaseDurationSeconds, maxPods, port, registerWithTaints = [] }: GivenConfiguration): Generator<string> {
  if (nodeLeaseDurationSeconds && nodeLeaseDurationSeconds < 0) yield 'invalid configuration: nodeLeaseDurationSeconds must be greater than 0';
  if (maxPods && maxPods < 0) yield `invalid configuration: maxPods (--max-pods) ${maxPods} must not be a negative number`;
  if (port && (port < 1 || port > 65_535)) yield `invalid configuration: port (--port) ${port} must be between 1 and 65535, inclusive`;
  if (registerWithTaints.some(({ timeAdded }) => timeAdded !== undefined)) yield 'invalid configuration: taint.TimeAdded is not nil';
}

function* topology({ topologyManagerPolicy, topologyManagerScope }: GivenConfiguration): Generator<string> {
  const quoted = topologyPolicies.map((name) => JSON.stringify(name));
  if (topologyManagerPolicy && !topologyPolicies.includes(topologyManagerPolicy))
    yield `invalid configuration: topologyManagerPolicy (--topology-manager-policy) ${JSON.stringify(topologyManagerPolicy)} must be one of: [${quoted.join(' ')}]`;
  if (topologyManagerScope && !topologyScopes.includes(topologyManagerScope))
    yield `invalid configuration: topologyManagerScope (--topology-manager-scope) ${JSON.stringify(topologyManagerScope)} must be one of: "container", or "pod"`;
}

function* reservedCpus({ reservedSystemCPUs, systemReservedCgroup, kubeReservedCgroup }: GivenConfiguration): Generator<string> {
  if (!reservedSystemCPUs) return;
  if (systemReservedCgroup || kubeReservedCgroup)
    yield "invalid configuration: can't use reservedSystemCPUs (--reserved-cpus) with systemReservedCgroup (--system-reserved-cgroup) or kubeReservedCgroup (--kube-reserved-cgroup)";
  const problem = problemOf(() => parseCpuList(reservedSystemCPUs));
  if (problem) yield `invalid configuration: unable to parse reservedSystemCPUs (--reserved-cpus) ${reservedSystemCPUs}, error: ${problem}`;
}

function* reservedMemory({ reservedMemory: reservations = [] }: GivenConfiguration): Generator<string> {
  const seen = new Set<string>();
  for (const { numaNode = 0, limits = {} } of reservations)
    for (const [name, quantity] of Object.entries(limits)) {
      if (name !== 'memory' && !isHugePageResource(name))
        yield `invalid configuration: the limit type "${name}" for NUMA node ${numaNode} is not supported, only [memory hugepages-<HugePageSize>] is accepted`;
      if (parseQuantity(quantity).nano === 0n) yield `invalid configuration: reserved memory may not be zero for NUMA node ${numaNode} and resource "${name}"`;
      const key = `${numaNode}/${name}`;
      if (seen.has(key)) yield `invalid configuration: the reserved memory has a duplicate value for NUMA node ${numaNode} and resource "${name}"`;
      seen.add(key);
    }
}

/** Upstream finds these when it makes the managers. */
function* policies({ cpuManagerPolicy, memoryManagerPolicy, cpuManagerReconcilePeriod }: GivenConfiguration): Generator<string> {
  if (cpuManagerPolicy && !['none', 'static'].includes(cpuManagerPolicy)) yield `unknown policy: "${cpuManagerPolicy}"`;
  if (memoryManagerPolicy === 'BestEffort') yield 'policy "BestEffort" is not available for platform "linux"';
  else if (memoryManagerPolicy && !['None', 'Static'].includes(memoryManagerPolicy)) yield `unknown policy: "${memoryManagerPolicy}"`;
  if (cpuManagerReconcilePeriod && parseDuration(cpuManagerReconcilePeriod).nanoseconds < 0n)
    yield `invalid configuration: cpuManagerReconcilePeriod ${cpuManagerReconcilePeriod} must not be negative`;
}

function problemOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
