import { parseDuration } from '../../../api/cel/duration.ts';
import type { ResourceList, Taint } from '../../../api/generated/core-v1.ts';
import { parseQuantity } from '../../../api/quantity.ts';
import { parseCpuList } from '../cpus/cpu-list.ts';
import { decodeKubeletConfiguration, type GivenConfiguration } from './decode-configuration.ts';
import { evictionThresholds } from './eviction-thresholds.ts';
import { defaultNodeSettings, type NodeSettings } from './node-settings.ts';
import { validateConfiguration } from './validation.ts';

/** A KubeletConfiguration in the agent's own terms. What is absent was not given. */
export interface KubeletConfiguration {
  readonly settings: NodeSettings;
  readonly staticPodDirectory?: string;
  readonly logDirectory?: string;
  readonly host?: string;
  readonly port?: number;
  readonly clusterDomain?: string;
  readonly clusterDns?: readonly string[];
  readonly leaseDurationSeconds?: number;
  readonly maximumPods?: number;
  readonly taints?: readonly Taint[];
  /** Fields that upstream acts upon, and this agent does not. */
  readonly ignored: readonly string[];
}

/**
 * Reads a KubeletConfiguration (`kubelet.config.k8s.io/v1beta1`), YAML or JSON: strictly, with upstream's defaults and rules for the fields that the agent acts
 * upon. Throws an Error in upstream's words for text that is no configuration, unknown and repeated fields, and values out of range.
 */
export function readKubeletConfiguration(text: string): KubeletConfiguration {
  const given = decodeKubeletConfiguration(text);
  const errors = validateConfiguration(given);
  if (errors.length > 0) throw new Error(`failed to validate kubelet configuration, error: ${errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`}`);
  const eviction = given.evictionHard && evictionThresholds(given.evictionHard, given.mergeDefaultEvictionSettings ?? false);
  return {
    settings: {
      ...placement(given),
      systemReserved: reserved('system', given.systemReserved),
      kubeReserved: reserved('kube', given.kubeReserved),
      evictionHard: eviction?.thresholds,
    },
    ...agentOptions(given),
    ignored: [
      ...Object.keys(given).filter((field) => !actedUpon.has(field)),
      ...(eviction?.ignored ?? []).map((signal) => `evictionHard[${signal}]`),
      ...Object.keys(given.featureGates ?? {})
        .filter((gate) => !Object.hasOwn(defaultNodeSettings.featureGates, gate))
        .map((gate) => `featureGates[${gate}]`),
    ],
  };
}

const actedUpon: ReadonlySet<string> = new Set([
  ...['apiVersion', 'kind', 'staticPodPath', 'podLogsDir', 'address', 'port', 'clusterDomain', 'clusterDNS', 'nodeLeaseDurationSeconds', 'maxPods'],
  ...['registerWithTaints', 'cpuManagerPolicy', 'cpuManagerPolicyOptions', 'cpuManagerReconcilePeriod', 'memoryManagerPolicy', 'reservedMemory'],
  ...['topologyManagerPolicy', 'topologyManagerScope', 'topologyManagerPolicyOptions', 'systemReserved', 'kubeReserved', 'reservedSystemCPUs'],
  ...['evictionHard', 'mergeDefaultEvictionSettings', 'featureGates'],
]);

/** Go's zero values stand for what was not given. */
function agentOptions(given: GivenConfiguration): Omit<KubeletConfiguration, 'settings' | 'ignored'> {
  const { staticPodPath, podLogsDir, address, port, clusterDomain, clusterDNS, nodeLeaseDurationSeconds, maxPods, registerWithTaints } = given;
  return {
    ...(staticPodPath ? { staticPodDirectory: staticPodPath } : {}),
    ...(podLogsDir ? { logDirectory: podLogsDir } : {}),
    ...(address ? { host: address } : {}),
    ...(port ? { port } : {}),
    ...(clusterDomain ? { clusterDomain } : {}),
    ...(clusterDNS?.length ? { clusterDns: clusterDNS } : {}),
    ...(nodeLeaseDurationSeconds ? { leaseDurationSeconds: nodeLeaseDurationSeconds } : {}),
    ...(maxPods ? { maximumPods: maxPods } : {}),
    ...(registerWithTaints?.length ? { taints: registerWithTaints } : {}),
  };
}

type Placement = Omit<NodeSettings, 'systemReserved' | 'kubeReserved' | 'evictionHard'>;

function placement(given: GivenConfiguration): Placement {
  const defaults = defaultNodeSettings;
  const periodMs = given.cpuManagerReconcilePeriod ? Number(parseDuration(given.cpuManagerReconcilePeriod).nanoseconds / 1_000_000n) : 0;
  return {
    // Validated above to be one of these.
    cpuManagerPolicy: (given.cpuManagerPolicy || defaults.cpuManagerPolicy) as NodeSettings['cpuManagerPolicy'],
    cpuManagerPolicyOptions: given.cpuManagerPolicyOptions ?? {},
    cpuManagerReconcilePeriodMs: periodMs || defaults.cpuManagerReconcilePeriodMs,
    memoryManagerPolicy: (given.memoryManagerPolicy || defaults.memoryManagerPolicy) as NodeSettings['memoryManagerPolicy'],
    reservedMemory: (given.reservedMemory ?? []).map(({ numaNode = 0, limits = {} }) => ({ numaNode, limits })),
    topologyManagerPolicy: (given.topologyManagerPolicy || defaults.topologyManagerPolicy) as NodeSettings['topologyManagerPolicy'],
    topologyManagerScope: (given.topologyManagerScope || defaults.topologyManagerScope) as NodeSettings['topologyManagerScope'],
    topologyManagerPolicyOptions: given.topologyManagerPolicyOptions ?? {},
    reservedSystemCpus: given.reservedSystemCPUs ? parseCpuList(given.reservedSystemCPUs) : undefined,
    featureGates: {
      CPUManagerPolicyAlphaOptions: given.featureGates?.['CPUManagerPolicyAlphaOptions'] ?? defaults.featureGates.CPUManagerPolicyAlphaOptions,
      CPUManagerPolicyBetaOptions: given.featureGates?.['CPUManagerPolicyBetaOptions'] ?? defaults.featureGates.CPUManagerPolicyBetaOptions,
    },
  };
}

const reservable = new Set(['cpu', 'memory', 'ephemeral-storage', 'pid']);

/** `systemReserved` or `kubeReserved`. Throws as upstream words it. */
function reserved(whose: 'system' | 'kube', given: Readonly<Record<string, string>> = {}): ResourceList {
  const failed = (problem: string): Error => new Error(`--${whose}-reserved value failed to parse: ${problem}`);
  for (const [name, value] of Object.entries(given)) {
    if (!reservable.has(name)) throw failed(`cannot reserve "${name}" resource`);
    let nano: bigint;
    try {
      ({ nano } = parseQuantity(value));
    } catch (error) {
      throw failed(`failed to parse quantity "${value}" for "${name}" resource: ${(error as Error).message}`);
    }
    if (nano < 0n) throw failed(`resource quantity for "${name}" cannot be negative: ${value}`);
  }
  return given;
}
