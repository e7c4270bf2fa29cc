import type { Container, Pod, PodSecurityContext, SELinuxOptions, SecurityContext } from '../../../api/generated/core-v1.ts';
import type { ContainerConfig, Image, NamespaceOption, SecurityProfile, SeLinuxOption } from '../../../extension-points/runtime/contract.ts';
import { podText } from '../directories.ts';
import { ContainerConfigError } from './environment.ts';

type RuntimeSecurity = ContainerConfig['linux']['security'];

const maskedByDefault = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const readonlyByDefault = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** The container's settings over the pod's: what upstream calls the effective security context. */
export function effectiveSecurity(pod: Pod, container: Container): SecurityContext {
  return { ...inheritable(pod.spec.securityContext ?? {}), ...container.securityContext };
}

/** The fields of a pod's security context that its containers inherit. */
function inheritable({ runAsUser, runAsGroup, runAsNonRoot, seLinuxOptions, seccompProfile, appArmorProfile }: PodSecurityContext): SecurityContext {
  const all = { runAsUser, runAsGroup, runAsNonRoot, seLinuxOptions, seccompProfile, appArmorProfile };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as SecurityContext;
}

/** Refuses root where `runAsNonRoot` forbids it. Throws `ContainerConfigError` with upstream's texts. */
export function verifyNonRoot(pod: Pod, container: Container, image: Pick<Image, 'uid' | 'username'>): void {
  const security = effectiveSecurity(pod, container);
  if (!security.runAsNonRoot) return;
  const where = `(pod: "${podText(pod)}", container: ${container.name})`;
  if (security.runAsUser !== undefined) {
    if (security.runAsUser === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  if (image.uid === 0) throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  if (image.uid !== undefined) return;
  if (image.username !== '')
    throw new ContainerConfigError(`container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`);
  throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
}

/** What the runtime is told. `targetId` is the container whose process namespace an ephemeral container joins. */
export function containerSecurity(pod: Pod, container: Container, image: Pick<Image, 'uid' | 'username'>, targetId?: string): RuntimeSecurity {
  const security = effectiveSecurity(pod, container);
  const isUnmasked = security.privileged === true || security.procMount === 'Unmasked';
  return {
    capabilitiesAdd: security.capabilities?.add ?? [],
    capabilitiesDrop: security.capabilities?.drop ?? [],
    privileged: security.privileged === true,
    namespaces: targetId === undefined ? podNamespaces(pod) : { ...podNamespaces(pod), pid: 'target', targetId },
    ...runAs(security, image),
    readonlyRootfs: security.readOnlyRootFilesystem === true,
    supplementalGroups: supplementalGroups(pod),
    // Upstream: privileged containers and those with CAP_SYS_ADMIN cannot have it; the API refuses that combination.
    noNewPrivileges: security.allowPrivilegeEscalation === false,
    maskedPaths: isUnmasked ? [] : maskedByDefault,
    readonlyPaths: isUnmasked ? [] : readonlyByDefault,
    ...seccompOf(security),
    ...(security.appArmorProfile ? { appArmor: profile(security.appArmorProfile) } : {}),
    ...(security.seLinuxOptions ? { seLinux: seLinux(security.seLinuxOptions) } : {}),
  };
}

function runAs(security: SecurityContext, image: Pick<Image, 'uid' | 'username'>): Pick<RuntimeSecurity, 'runAsUser' | 'runAsUsername' | 'runAsGroup'> {
  const group = security.runAsGroup === undefined ? {} : { runAsGroup: security.runAsGroup };
  if (security.runAsUser !== undefined) return { runAsUser: security.runAsUser, ...group };
  if (image.uid !== undefined) return { runAsUser: image.uid, ...group };
  if (image.username !== '') return { runAsUsername: image.username, ...group };
  // A group without a user is refused by the CRI; root is what the image would run as.
  return security.runAsGroup === undefined ? {} : { runAsUser: 0, ...group };
}

function seccompOf(security: SecurityContext): { seccomp: SecurityProfile } {
  if (security.privileged) return { seccomp: { type: 'Unconfined' } };
  return { seccomp: security.seccompProfile ? profile(security.seccompProfile) : { type: 'Unconfined' } };
}

const profile = (from: { type: SecurityProfile['type']; localhostProfile?: string }): SecurityProfile => ({
  type: from.type,
  ...(from.localhostProfile === undefined ? {} : { localhostRef: from.localhostProfile }),
});

export const seLinux = (from: SELinuxOptions): SeLinuxOption => ({
  user: from.user ?? '',
  role: from.role ?? '',
  type: from.type ?? '',
  level: from.level ?? '',
});

/** fsGroup comes with the groups a pod asks for, so that its processes can write to volumes. */
export function supplementalGroups(pod: Pod): number[] {
  const { supplementalGroups: groups = [], fsGroup } = pod.spec.securityContext ?? {};
  return fsGroup === undefined || groups.includes(fsGroup) ? [...groups] : [...groups, fsGroup];
}

/** Which namespaces a pod shares with the node or between its containers. */
export function podNamespaces(pod: Pod): NamespaceOption {
  return {
    network: pod.spec.hostNetwork ? 'node' : 'pod',
    pid: pod.spec.hostPID ? 'node' : pod.spec.shareProcessNamespace ? 'pod' : 'container',
    ipc: pod.spec.hostIPC ? 'node' : 'pod',
  };
}
