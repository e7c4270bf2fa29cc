import { mkdirSync } from 'node:fs';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { nameOf } from '../../../api/object.ts';
import type { LinuxContainerResources, PodSandboxConfig, PortMapping } from '../../../extension-points/runtime/contract.ts';
import { noResources, quotaOf, sharesOf } from '../containers/container-resources.ts';
import { podNamespaces, seLinux } from '../containers/security-context.ts';
import { podUid } from '../directories.ts';
import { podLabels } from '../labels.ts';
import { quantityMilli, quantityValue } from '../quantities.ts';
import { allContainers, podLimit, podRequest } from '../resources.ts';
import { podDns } from './dns.ts';
import { sandboxHostname } from './hostname.ts';
import type { PodServices } from './pod-services.ts';

type SandboxServices = Pick<PodServices, 'agentMark' | 'cgroups' | 'directories' | 'dns' | 'events' | 'isSimulated' | 'runtime' | 'runtimeHandler'>;

/** What the runtime is told of a pod's sandbox. The same for all of its containers as long as the sandbox lives. */
export function sandboxConfig(pod: Pod, attempt: number, services: SandboxServices): PodSandboxConfig {
  const { config: dns, warning } = services.isSimulated ? { config: undefined, warning: undefined } : podDns(pod, services.dns);
  if (warning) services.events.record(pod, 'Warning', 'MissingClusterDNS', warning);
  const security = pod.spec.securityContext ?? {};
  return {
    metadata: { name: nameOf(pod), namespace: pod.metadata.namespace ?? '', uid: podUid(pod), attempt },
    hostname: sandboxHostname(pod, services.dns.clusterDomain),
    logDirectory: services.directories.podLog(pod),
    ...(dns ? { dns } : {}),
    portMappings: pod.spec.hostNetwork ? [] : portMappings(pod),
    labels: { ...pod.metadata.labels, ...podLabels(pod, services.agentMark) },
    annotations: pod.metadata.annotations ?? {},
    linux: {
      cgroupParent: services.cgroups.parentOf(pod),
      sysctls: Object.fromEntries((security.sysctls ?? []).map(({ name, value }) => [name.replaceAll('/', '.'), value])),
      resources: podResources(pod),
      ...(pod.spec.overhead ? { overhead: overheadOf(pod) } : {}),
      security: {
        namespaces: podNamespaces(pod),
        privileged: allContainers(pod).some((container) => container.securityContext?.privileged),
        readonlyRootfs: false,
        ...(security.runAsUser === undefined ? {} : { runAsUser: security.runAsUser }),
        ...(security.runAsGroup === undefined || security.runAsUser === undefined ? {} : { runAsGroup: security.runAsGroup }),
        supplementalGroups: [...(security.fsGroup === undefined ? [] : [security.fsGroup]), ...(security.supplementalGroups ?? [])],
        seccomp: { type: 'RuntimeDefault' },
        ...(security.seLinuxOptions ? { seLinux: seLinux(security.seLinuxOptions) } : {}),
      },
    },
  };
}

function portMappings(pod: Pod): PortMapping[] {
  return allContainers(pod)
    .flatMap((container) => container.ports ?? [])
    .filter(({ hostPort }) => hostPort)
    .map((port) => ({
      protocol: port.protocol ?? 'TCP',
      containerPort: port.containerPort,
      hostPort: port.hostPort!,
      hostIp: port.hostIP ?? '',
    }));
}

const podResources = (pod: Pod): LinuxContainerResources => ({
  ...noResources,
  cpuPeriod: 100_000,
  cpuShares: sharesOf(podRequest(pod, 'cpu')),
  cpuQuota: quotaOf(podLimit(pod, 'cpu')),
  memoryLimitBytes: podLimit(pod, 'memory'),
});

function overheadOf(pod: Pod): LinuxContainerResources {
  const { cpu, memory } = pod.spec.overhead ?? {};
  return {
    ...noResources,
    cpuPeriod: 100_000,
    cpuShares: sharesOf(quantityMilli(cpu)),
    cpuQuota: quotaOf(quantityMilli(cpu)),
    memoryLimitBytes: quantityValue(memory),
  };
}

/** Makes and starts a sandbox; answers its id. */
export async function runSandbox(pod: Pod, config: PodSandboxConfig, services: SandboxServices): Promise<string> {
  const handler = await services.runtimeHandler(pod);
  if (!services.isSimulated) {
    requireHostUsers(pod, handler);
    mkdirSync(config.logDirectory, { recursive: true, mode: 0o755 });
  }
  return services.runtime.runPodSandbox(config, handler);
}

/** An isolation that was asked for is never left out silently: the runtime contract has no user namespaces. */
function requireHostUsers(pod: Pod, handler: string): void {
  if (pod.spec.hostUsers !== false) return;
  throw new Error(
    `can't set \`spec.hostUsers: false\`, ${handler === '' ? 'runtime' : `RuntimeClass handler ${JSON.stringify(handler)}`} does not support user namespaces`,
  );
}
