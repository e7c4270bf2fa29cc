import type { Capabilities, Container, EphemeralContainer, Pod, PodSpec, SecurityContext } from '../../../api/generated/core-v1.ts';
import type { KeptParts } from './debug-wishes.ts';

/** In which way something is debugged: by a container in the running pod, by one in a copy of it, by a pod on a node. */
export type DebugStyle = 'ephemeral' | 'copy' | 'node';

export const profileNames = ['legacy', 'general', 'baseline', 'restricted', 'netadmin', 'sysadmin'] as const;
export type ProfileName = (typeof profileNames)[number];

export const isProfileName = (text: string): text is ProfileName => (profileNames as readonly string[]).includes(text);

/** What a profile makes of a pod and its container for debugging. */
interface Profile {
  /** The container's security context, from the one that it has. */
  security(given: SecurityContext | undefined, style: DebugStyle): SecurityContext | undefined;
  /** On a node: the container has the node's file system at `/host`. */
  readonly mountsNode?: boolean;
  /** On a node: the pod is in the node's namespaces. */
  readonly usesNodeNamespaces?: boolean;
  /** A copy: what was the pod's own part in the cluster is taken away unless it is to be kept, and processes are shared. */
  readonly trimsCopies?: boolean;
}

const withCapabilities = (given: SecurityContext | undefined, ...added: readonly string[]): SecurityContext => {
  const capabilities: Capabilities = { ...given?.capabilities, add: [...(given?.capabilities?.add ?? []), ...added] };
  return { ...given, capabilities };
};

/** What the Pod Security Standard of that name asks for. */
const restrictedSecurity: SecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Rules: kubectl `pkg/cmd/debug/profiles.go`. */
const profiles: Readonly<Record<ProfileName, Profile>> = {
  legacy: { security: (given) => given, mountsNode: true, usesNodeNamespaces: true },
  general: {
    security: (given, style) => (style === 'node' ? undefined : withCapabilities(given, 'SYS_PTRACE')),
    mountsNode: true,
    usesNodeNamespaces: true,
    trimsCopies: true,
  },
  baseline: { security: () => undefined, trimsCopies: true },
  restricted: { security: () => restrictedSecurity, trimsCopies: true },
  netadmin: { security: (given) => withCapabilities(given, 'NET_ADMIN', 'NET_RAW'), usesNodeNamespaces: true, trimsCopies: true },
  sysadmin: { security: (given) => ({ ...given, privileged: true }), mountsNode: true, usesNodeNamespaces: true, trimsCopies: true },
};

export interface ProfileUse {
  readonly style: DebugStyle;
  /** The name of the container to debug with. */
  readonly container: string;
  readonly keep: KeptParts;
}

/** The pod as the profile wants it. */
export function withProfile(name: ProfileName, pod: Pod, { style, container, keep }: ProfileUse): Pod {
  const profile = profiles[name];
  let changed = pod;
  if (style === 'copy') changed = profile.trimsCopies ? trimmed(pod, keep) : withoutLabels(pod);
  let spec = withContainer(changed.spec, container, (found) => withSecurity(found, profile.security(found.securityContext, style)));
  if (style === 'node' && profile.usesNodeNamespaces) spec = { ...spec, hostNetwork: true, hostPID: true, hostIPC: true };
  if (style === 'node' && profile.mountsNode) spec = withNodeFiles(spec, container);
  return { ...changed, spec };
}

/** The spec with the container of that name, of any kind, changed. */
export function withContainer(spec: PodSpec, name: string, change: <T extends Container | EphemeralContainer>(container: T) => T): PodSpec {
  const changed = <T extends Container | EphemeralContainer>(containers: readonly T[] | undefined): T[] | undefined =>
    containers?.map((container) => (container.name === name ? change(container) : container));
  const { initContainers, ephemeralContainers } = spec;
  return {
    ...spec,
    ...(initContainers ? { initContainers: changed(initContainers)! } : {}),
    containers: changed(spec.containers) ?? [],
    ...(ephemeralContainers ? { ephemeralContainers: changed(ephemeralContainers)! } : {}),
  };
}

function withSecurity<T extends Container | EphemeralContainer>(container: T, securityContext: SecurityContext | undefined): T {
  const { securityContext: _, ...rest } = container;
  return { ...rest, ...(securityContext ? { securityContext } : {}) } as T;
}

const withoutLabels = (pod: Pod): Pod => {
  const { labels: _, ...metadata } = pod.metadata;
  return { ...pod, metadata };
};

/** A copy must not be taken for the pod itself: by services, by controllers, by whoever looks at its health. */
function trimmed(pod: Pod, keep: KeptParts): Pod {
  const { labels, annotations, ...metadata } = pod.metadata;
  const { initContainers, ...spec } = pod.spec;
  return {
    ...pod,
    metadata: { ...metadata, ...(labels && keep.labels ? { labels } : {}), ...(annotations && keep.annotations ? { annotations } : {}) },
    spec: {
      ...spec,
      ...(initContainers && keep.initContainers ? { initContainers } : {}),
      containers: spec.containers.map((container) => withoutProbes(container, keep)),
      shareProcessNamespace: spec.shareProcessNamespace ?? true,
    },
  };
}

function withoutProbes({ livenessProbe, readinessProbe, startupProbe, ...rest }: Container, keep: KeptParts): Container {
  return {
    ...rest,
    ...(livenessProbe && keep.liveness ? { livenessProbe } : {}),
    ...(readinessProbe && keep.readiness ? { readinessProbe } : {}),
    ...(startupProbe && keep.startup ? { startupProbe } : {}),
  };
}

const nodeVolume = 'host-root';

function withNodeFiles(spec: PodSpec, container: string): PodSpec {
  const mount = { mountPath: '/host', name: nodeVolume };
  return {
    ...spec,
    volumes: [...(spec.volumes ?? []), { name: nodeVolume, hostPath: { path: '/' } }],
    containers: spec.containers.map((found) => (found.name === container ? { ...found, volumeMounts: [...(found.volumeMounts ?? []), mount] } : found)),
  };
}

/** Whether rights that a container gets are of no use to it, as the pod's user is not root. */
export function mayLackRights({ spec }: Pod, { securityContext }: Container | EphemeralContainer): boolean {
  const { runAsUser, privileged, capabilities } = securityContext ?? {};
  if (!spec.securityContext?.runAsUser || runAsUser === 0) return false;
  return privileged === true || (capabilities?.add?.length ?? 0) > 0;
}
