/** What the agent asks for, between the contract's form and the CRI's messages. The reverse direction serves runtimes written in TypeScript. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type ContainerConfigSchema,
  type LinuxContainerResourcesSchema,
  type MountSchema,
  type PodSandboxConfigSchema,
  type SecurityProfileSchema,
  Signal,
  type ContainerConfig as WireContainerConfig,
  type Mount as WireMount,
  type NamespaceOption as WireNamespaceOption,
  type SecurityProfile as WireProfile,
  type LinuxContainerResources as WireResources,
  type PodSandboxConfig as WireSandboxConfig,
  type SELinuxOption as WireSeLinux,
} from '../../api/generated/cri/runtime_pb.js';
import {
  type ContainerConfig,
  type LinuxContainerResources,
  type Mount,
  type NamespaceMode,
  type NamespaceOption,
  type PodSandboxConfig,
  type PortMapping,
  RuntimeError,
  type SecurityProfile,
  type SeLinuxOption,
} from './contract.ts';
import { fromInt64, toInt64 } from './wire-numbers.ts';

// Positions are the wire's enum numbers.
const namespaceModes: readonly NamespaceMode[] = ['pod', 'container', 'node', 'target'];
const protocols: readonly PortMapping['protocol'][] = ['TCP', 'UDP', 'SCTP'];
const propagations: readonly Mount['propagation'][] = ['private', 'host-to-container', 'bidirectional'];
const profileTypes: readonly SecurityProfile['type'][] = ['RuntimeDefault', 'Unconfined', 'Localhost'];

export function sandboxConfigToWire(config: PodSandboxConfig): MessageInitShape<typeof PodSandboxConfigSchema> {
  const { security } = config.linux;
  return {
    metadata: { ...config.metadata },
    hostname: config.hostname,
    logDirectory: config.logDirectory,
    ...(config.dns ? { dnsConfig: { servers: [...config.dns.servers], searches: [...config.dns.searches], options: [...config.dns.options] } } : {}),
    portMappings: config.portMappings.map((mapping) => ({ ...mapping, protocol: protocols.indexOf(mapping.protocol) })),
    labels: { ...config.labels },
    annotations: { ...config.annotations },
    linux: {
      cgroupParent: config.linux.cgroupParent,
      sysctls: { ...config.linux.sysctls },
      ...(config.linux.resources ? { resources: resourcesToWire(config.linux.resources) } : {}),
      ...(config.linux.overhead ? { overhead: resourcesToWire(config.linux.overhead) } : {}),
      securityContext: {
        namespaceOptions: namespacesToWire(security.namespaces),
        privileged: security.privileged,
        readonlyRootfs: security.readonlyRootfs,
        supplementalGroups: security.supplementalGroups.map(toInt64),
        ...userToWire(security),
        ...(security.seccomp ? { seccomp: profileToWire(security.seccomp) } : {}),
        ...(security.seLinux ? { selinuxOptions: { ...security.seLinux } } : {}),
      },
    },
  };
}

export function sandboxConfigFromWire(wire: WireSandboxConfig | undefined): PodSandboxConfig {
  if (!wire?.metadata) throw new RuntimeError('INVALID_ARGUMENT', 'sandbox config: metadata is required');
  const security = wire.linux?.securityContext;
  return {
    metadata: { name: wire.metadata.name, uid: wire.metadata.uid, namespace: wire.metadata.namespace, attempt: wire.metadata.attempt },
    hostname: wire.hostname,
    logDirectory: wire.logDirectory,
    ...(wire.dnsConfig ? { dns: { servers: wire.dnsConfig.servers, searches: wire.dnsConfig.searches, options: wire.dnsConfig.options } } : {}),
    portMappings: wire.portMappings.map(({ protocol, containerPort, hostPort, hostIp }) => ({
      protocol: protocols[protocol] ?? 'TCP',
      containerPort,
      hostPort,
      hostIp,
    })),
    labels: wire.labels,
    annotations: wire.annotations,
    linux: {
      cgroupParent: wire.linux?.cgroupParent ?? '',
      sysctls: wire.linux?.sysctls ?? {},
      ...(wire.linux?.resources ? { resources: resourcesFromWire(wire.linux.resources) } : {}),
      ...(wire.linux?.overhead ? { overhead: resourcesFromWire(wire.linux.overhead) } : {}),
      security: {
        namespaces: namespacesFromWire(security?.namespaceOptions),
        privileged: security?.privileged ?? false,
        readonlyRootfs: security?.readonlyRootfs ?? false,
        supplementalGroups: (security?.supplementalGroups ?? []).map(fromInt64),
        ...userFromWire(security),
        ...(security?.seccomp ? { seccomp: profileFromWire(security.seccomp) } : {}),
        ...(security?.selinuxOptions ? { seLinux: seLinuxFromWire(security.selinuxOptions) } : {}),
      },
    },
  };
}

export function containerConfigToWire(config: ContainerConfig): MessageInitShape<typeof ContainerConfigSchema> {
  return {
    metadata: { ...config.metadata },
    image: { image: config.image, userSpecifiedImage: config.userSpecifiedImage },
    command: [...config.command],
    args: [...config.args],
    workingDir: config.workingDirectory,
    envs: config.environment.map(({ name, value }) => ({ key: name, value: Buffer.from(value) })),
    mounts: config.mounts.map(mountToWire),
    devices: config.devices.map((device) => ({ ...device })),
    CDIDevices: config.cdiDevices.map((name) => ({ name })),
    labels: { ...config.labels },
    annotations: { ...config.annotations },
    logPath: config.logPath,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    ...(config.stopSignal ? { stopSignal: signalToWire(config.stopSignal) } : {}),
    linux: { resources: resourcesToWire(config.linux.resources), securityContext: containerSecurityToWire(config.linux.security) },
  };
}

function containerSecurityToWire(security: ContainerConfig['linux']['security']) {
  return {
    capabilities: { addCapabilities: [...security.capabilitiesAdd], dropCapabilities: [...security.capabilitiesDrop] },
    privileged: security.privileged,
    namespaceOptions: namespacesToWire(security.namespaces),
    ...userToWire(security),
    ...(security.runAsUsername ? { runAsUsername: security.runAsUsername } : {}),
    readonlyRootfs: security.readonlyRootfs,
    supplementalGroups: security.supplementalGroups.map(toInt64),
    noNewPrivs: security.noNewPrivileges,
    maskedPaths: [...security.maskedPaths],
    readonlyPaths: [...security.readonlyPaths],
    ...(security.seccomp ? { seccomp: profileToWire(security.seccomp) } : {}),
    ...(security.appArmor ? { apparmor: profileToWire(security.appArmor) } : {}),
    ...(security.seLinux ? { selinuxOptions: { ...security.seLinux } } : {}),
  };
}

export function containerConfigFromWire(wire: WireContainerConfig | undefined): ContainerConfig {
  if (!wire?.metadata) throw new RuntimeError('INVALID_ARGUMENT', 'container config: metadata is required');
  if (!wire.image?.image) throw new RuntimeError('INVALID_ARGUMENT', 'container config: image is required');
  return {
    metadata: { name: wire.metadata.name, attempt: wire.metadata.attempt },
    image: wire.image.image,
    userSpecifiedImage: wire.image.userSpecifiedImage,
    command: wire.command,
    args: wire.args,
    workingDirectory: wire.workingDir,
    environment: wire.envs.map(({ key, value }) => ({ name: key, value: Buffer.from(value).toString() })),
    mounts: wire.mounts.map(mountFromWire),
    devices: wire.devices.map(({ containerPath, hostPath, permissions }) => ({ containerPath, hostPath, permissions })),
    cdiDevices: wire.CDIDevices.map(({ name }) => name),
    labels: wire.labels,
    annotations: wire.annotations,
    logPath: wire.logPath,
    stdin: wire.stdin,
    stdinOnce: wire.stdinOnce,
    tty: wire.tty,
    ...(wire.stopSignal === Signal.RUNTIME_DEFAULT ? {} : { stopSignal: signalFromWire(wire.stopSignal) }),
    linux: { resources: resourcesFromWire(wire.linux?.resources), security: containerSecurityFromWire(wire) },
  };
}

function containerSecurityFromWire(wire: WireContainerConfig): ContainerConfig['linux']['security'] {
  const security = wire.linux?.securityContext;
  return {
    capabilitiesAdd: security?.capabilities?.addCapabilities ?? [],
    capabilitiesDrop: security?.capabilities?.dropCapabilities ?? [],
    privileged: security?.privileged ?? false,
    namespaces: namespacesFromWire(security?.namespaceOptions),
    ...userFromWire(security),
    ...(security?.runAsUsername ? { runAsUsername: security.runAsUsername } : {}),
    readonlyRootfs: security?.readonlyRootfs ?? false,
    supplementalGroups: (security?.supplementalGroups ?? []).map(fromInt64),
    noNewPrivileges: security?.noNewPrivs ?? false,
    maskedPaths: security?.maskedPaths ?? [],
    readonlyPaths: security?.readonlyPaths ?? [],
    ...(security?.seccomp ? { seccomp: profileFromWire(security.seccomp) } : {}),
    ...(security?.apparmor ? { appArmor: profileFromWire(security.apparmor) } : {}),
    ...(security?.selinuxOptions ? { seLinux: seLinuxFromWire(security.selinuxOptions) } : {}),
  };
}

export function resourcesToWire(resources: LinuxContainerResources): MessageInitShape<typeof LinuxContainerResourcesSchema> {
  return {
    cpuPeriod: toInt64(resources.cpuPeriod),
    cpuQuota: toInt64(resources.cpuQuota),
    cpuShares: toInt64(resources.cpuShares),
    memoryLimitInBytes: toInt64(resources.memoryLimitBytes),
    memorySwapLimitInBytes: toInt64(resources.memorySwapLimitBytes),
    oomScoreAdj: toInt64(resources.oomScoreAdj),
    cpusetCpus: resources.cpusetCpus,
    cpusetMems: resources.cpusetMems,
    hugepageLimits: resources.hugepageLimits.map(({ pageSize, limitBytes }) => ({ pageSize, limit: toInt64(limitBytes) })),
    unified: { ...resources.unified },
  };
}

/** Absent resources are all zero, which means unset. */
export function resourcesFromWire(wire: WireResources | undefined): LinuxContainerResources {
  return {
    cpuPeriod: fromInt64(wire?.cpuPeriod ?? 0n),
    cpuQuota: fromInt64(wire?.cpuQuota ?? 0n),
    cpuShares: fromInt64(wire?.cpuShares ?? 0n),
    memoryLimitBytes: fromInt64(wire?.memoryLimitInBytes ?? 0n),
    memorySwapLimitBytes: fromInt64(wire?.memorySwapLimitInBytes ?? 0n),
    oomScoreAdj: fromInt64(wire?.oomScoreAdj ?? 0n),
    cpusetCpus: wire?.cpusetCpus ?? '',
    cpusetMems: wire?.cpusetMems ?? '',
    hugepageLimits: (wire?.hugepageLimits ?? []).map(({ pageSize, limit }) => ({ pageSize, limitBytes: fromInt64(limit) })),
    unified: wire?.unified ?? {},
  };
}

export function mountToWire(mount: Mount): MessageInitShape<typeof MountSchema> {
  return {
    containerPath: mount.containerPath,
    hostPath: mount.hostPath,
    readonly: mount.readonly,
    selinuxRelabel: mount.seLinuxRelabel,
    propagation: propagations.indexOf(mount.propagation),
  };
}

export function mountFromWire(wire: WireMount): Mount {
  return {
    containerPath: wire.containerPath,
    hostPath: wire.hostPath,
    readonly: wire.readonly,
    seLinuxRelabel: wire.selinuxRelabel,
    propagation: propagations[wire.propagation] ?? 'private',
  };
}

function namespacesToWire(option: NamespaceOption) {
  return {
    network: namespaceModes.indexOf(option.network),
    pid: namespaceModes.indexOf(option.pid),
    ipc: namespaceModes.indexOf(option.ipc),
    targetId: option.targetId ?? '',
  };
}

function namespacesFromWire(wire: WireNamespaceOption | undefined): NamespaceOption {
  const mode = (number: number | undefined): NamespaceMode => namespaceModes[number ?? 0] ?? 'pod';
  return { network: mode(wire?.network), pid: mode(wire?.pid), ipc: mode(wire?.ipc), ...(wire?.targetId ? { targetId: wire.targetId } : {}) };
}

interface RunAs {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
}
interface WireRunAs {
  readonly runAsUser?: { readonly value: bigint };
  readonly runAsGroup?: { readonly value: bigint };
}

function userToWire({ runAsUser, runAsGroup }: RunAs): WireRunAs {
  return {
    ...(runAsUser === undefined ? {} : { runAsUser: { value: toInt64(runAsUser) } }),
    ...(runAsGroup === undefined ? {} : { runAsGroup: { value: toInt64(runAsGroup) } }),
  };
}

function userFromWire(wire: WireRunAs | undefined): RunAs {
  return {
    ...(wire?.runAsUser ? { runAsUser: fromInt64(wire.runAsUser.value) } : {}),
    ...(wire?.runAsGroup ? { runAsGroup: fromInt64(wire.runAsGroup.value) } : {}),
  };
}

function profileToWire(profile: SecurityProfile): MessageInitShape<typeof SecurityProfileSchema> {
  return { profileType: profileTypes.indexOf(profile.type), localhostRef: profile.localhostRef ?? '' };
}

function profileFromWire(wire: WireProfile): SecurityProfile {
  return { type: profileTypes[wire.profileType] ?? 'RuntimeDefault', ...(wire.localhostRef ? { localhostRef: wire.localhostRef } : {}) };
}

const seLinuxFromWire = ({ user, role, type, level }: WireSeLinux): SeLinuxOption => ({ user, role, type, level });

/** `SIGTERM`, `TERM` and `SIGRTMIN+1` alike. Throws INVALID_ARGUMENT for a signal the CRI does not know. */
function signalToWire(name: string): Signal {
  const wireName = `SIG${name.toUpperCase().replace(/^SIG/, '')}`.replace('+', 'PLUS').replace('-', 'MINUS');
  const signal = (Signal as unknown as Readonly<Record<string, number | undefined>>)[wireName];
  if (signal === undefined) throw new RuntimeError('INVALID_ARGUMENT', `"${name}" is not a signal the runtime knows`);
  return signal;
}

const signalFromWire = (signal: Signal): string => (Signal[signal] ?? 'SIGTERM').replace('PLUS', '+').replace('MINUS', '-');
