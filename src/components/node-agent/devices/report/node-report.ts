import type { Container, Pod } from '../../../../api/generated/core-v1.ts';
import { nameOf } from '../../../../api/object.ts';
import { cpuListText } from '../../cpus/cpu-list.ts';
import { podUid } from '../../directories.ts';
import type { ClaimInUse, DriverReport, DynamicResources } from '../../dynamic-resources/contract.ts';
import type { Pinning } from '../../topology/pinning.ts';
import { containersOf } from '../../topology/topology-manager.ts';
import type { DeviceManager } from '../contract.ts';
import type { DeviceResourceReport } from '../device-report.ts';
import { type HugePageReport, reportHugePages } from './huge-page-report.ts';

/** What the containers of a node have for themselves, and what there is of it: the answer of the agent's `/devices`. */
export interface NodeDeviceReport {
  readonly resources: readonly DeviceResourceReport[];
  /** Of dynamic resource allocation. */
  readonly drivers: readonly DriverReport[];
  readonly claims: readonly ClaimReport[];
  readonly hugePages: readonly HugePageReport[];
  /** CPUs that one container has for itself; `allocatable` as the kernel writes lists, empty when no container can have any. */
  readonly cpus: { readonly allocatable: string; readonly exclusive: readonly (HolderReport & { readonly cpus: string })[] };
  /** What holds `device-plugins` and `plugins_registry`. */
  readonly pluginDirectory: string;
}

export interface HolderReport {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** When the node took the pod. */
  readonly since?: string;
}

/** A claim that is made ready for pods of the node. */
export interface ClaimReport extends ClaimInUse {
  readonly heldBy: readonly HolderReport[];
}

export interface NodeReportParts {
  readonly devices: Pick<DeviceManager, 'report' | 'directory'> | undefined;
  readonly dynamicResources: Pick<DynamicResources, 'claimsOf' | 'drivers'> | undefined;
  readonly pinning: Pick<Pinning, 'cpusOf' | 'allocatableCpus'>;
  readonly pods: readonly Pod[];
  /** Where `/sys` of the machine is looked for; undefined for a simulated node, which has no huge pages. */
  readonly machineRoot: string | undefined;
}

export async function reportNode({ devices, dynamicResources, pinning, pods, machineRoot }: NodeReportParts): Promise<NodeDeviceReport> {
  const exclusive = pods.flatMap((pod) =>
    containersOf(pod).flatMap((container) => {
      const cpus = pinning.cpusOf(podUid(pod), container.name);
      return cpus.size > 0 ? [{ ...holder(pod, container), cpus: cpuListText(cpus) }] : [];
    }),
  );
  return {
    resources: devices?.report(pods) ?? [],
    drivers: dynamicResources?.drivers() ?? [],
    claims: dynamicResources ? claimReports(pods, dynamicResources) : [],
    hugePages: machineRoot === undefined ? [] : await reportHugePages(machineRoot),
    cpus: { allocatable: cpuListText(pinning.allocatableCpus), exclusive },
    pluginDirectory: devices?.directory ?? '',
  };
}

function claimReports(pods: readonly Pod[], dynamicResources: Pick<DynamicResources, 'claimsOf'>): readonly ClaimReport[] {
  const claims = new Map<string, ClaimReport & { heldBy: HolderReport[] }>();
  for (const pod of pods)
    for (const container of containersOf(pod))
      for (const claim of dynamicResources.claimsOf(pod, container)) {
        const key = `${claim.namespace}/${claim.name}`;
        const known = claims.get(key) ?? { ...claim, heldBy: [] };
        known.heldBy.push(holder(pod, container));
        claims.set(key, known);
      }
  return [...claims.values()];
}

const holder = (pod: Pod, { name }: Container): HolderReport => ({
  namespace: pod.metadata.namespace ?? '',
  pod: nameOf(pod),
  container: name,
  ...(pod.status?.startTime ? { since: pod.status.startTime } : {}),
});
