import { randomUUID } from 'node:crypto';
import type { ContainerConfig, LinuxContainerResources, NamespaceOption, PodSandboxConfig } from './contract.ts';

const podNamespaces: NamespaceOption = { network: 'pod', pid: 'container', ipc: 'pod' };

/** Resources that ask for nothing. */
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

/** A complete sandbox configuration for a pod called `name`. On the host's network a pod has no hostname of its own. */
export function sandboxConfig(
  name: string,
  logDirectory: string,
  options: { readonly cgroupParent?: string; readonly namespaces?: NamespaceOption } = {},
): PodSandboxConfig {
  return {
    metadata: { name, uid: randomUUID(), namespace: 'conformance', attempt: 0 },
    hostname: options.namespaces?.network === 'node' ? '' : name,
    logDirectory,
    portMappings: [],
    labels: { 'io.kubernetes.pod.name': name },
    annotations: { note: 'kept as it is' },
    linux: {
      cgroupParent: options.cgroupParent ?? '',
      sysctls: {},
      security: { namespaces: options.namespaces ?? podNamespaces, privileged: false, readonlyRootfs: false, supplementalGroups: [] },
    },
  };
}

/** A complete container configuration. */
export function containerConfig(name: string, image: string, words: readonly string[], overrides: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    metadata: { name, attempt: 0 },
    image,
    userSpecifiedImage: image,
    command: words,
    args: [],
    workingDirectory: '',
    environment: [],
    mounts: [],
    devices: [],
    cdiDevices: [],
    labels: { 'io.kubernetes.container.name': name },
    annotations: {},
    logPath: `${name}.log`,
    stdin: false,
    stdinOnce: false,
    tty: false,
    linux: {
      resources: noResources,
      security: {
        capabilitiesAdd: [],
        capabilitiesDrop: [],
        privileged: false,
        namespaces: podNamespaces,
        readonlyRootfs: false,
        supplementalGroups: [],
        noNewPrivileges: false,
        maskedPaths: [],
        readonlyPaths: [],
      },
    },
    ...overrides,
  };
}

/** A command that runs until it is told to stop, and then ends with success. */
export const untilStopped = ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 0.05; done'];
