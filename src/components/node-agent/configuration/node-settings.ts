import type { ResourceList } from '../../../api/generated/core-v1.ts';
import type { CpuSet } from '../cpus/cpu-list.ts';
import type { CpuPolicyGates } from '../cpus/policy-options.ts';
import type { MemoryReservation } from '../memory/reserved-memory.ts';
import type { TopologyPolicyName } from '../topology/policies.ts';
import type { TopologyScope } from '../topology/topology-manager.ts';

/** How much must be left of something: an amount, or a part of 1 of all there is. */
export type Threshold = { readonly amount: number } | { readonly part: number };

/** Upstream's signals that this agent acts on. */
export type EvictionSignal = 'memory.available' | 'nodefs.available' | 'nodefs.inodesFree' | 'pid.available';

/** How a node divides its machine: what it keeps for itself, and how it places what pods ask for. Fields are those of the KubeletConfiguration. */
export interface NodeSettings {
  readonly cpuManagerPolicy: 'none' | 'static';
  readonly cpuManagerPolicyOptions: Readonly<Record<string, string>>;
  readonly cpuManagerReconcilePeriodMs: number;
  readonly memoryManagerPolicy: 'None' | 'Static';
  readonly reservedMemory: readonly MemoryReservation[];
  readonly topologyManagerPolicy: TopologyPolicyName;
  readonly topologyManagerScope: TopologyScope;
  readonly topologyManagerPolicyOptions: Readonly<Record<string, string>>;
  readonly systemReserved: ResourceList;
  readonly kubeReserved: ResourceList;
  /** Instead of the amounts of cpu above, these CPUs. */
  readonly reservedSystemCpus: CpuSet | undefined;
  /** Undefined: the agent's own. Signals that are not named have no threshold. */
  readonly evictionHard: ReadonlyMap<EvictionSignal, Threshold> | undefined;
  readonly featureGates: CpuPolicyGates;
}

/** A node without a configuration. */
export const defaultNodeSettings: NodeSettings = {
  cpuManagerPolicy: 'none',
  cpuManagerPolicyOptions: {},
  cpuManagerReconcilePeriodMs: 10_000,
  memoryManagerPolicy: 'None',
  reservedMemory: [],
  topologyManagerPolicy: 'none',
  topologyManagerScope: 'container',
  topologyManagerPolicyOptions: {},
  systemReserved: {},
  kubeReserved: {},
  reservedSystemCpus: undefined,
  evictionHard: undefined,
  featureGates: { CPUManagerPolicyAlphaOptions: false, CPUManagerPolicyBetaOptions: true },
};
