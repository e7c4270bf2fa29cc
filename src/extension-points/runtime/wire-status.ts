/** What a runtime answers, between the CRI's messages and the contract's form. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type ContainerEventResponse,
  type ContainerEventResponseSchema,
  type ContainerEventType,
  type ContainerSchema,
  type ContainerStatsSchema,
  type ContainerStatusSchema,
  type FilesystemUsageSchema,
  type ImageSchema,
  type PodSandboxSchema,
  PodSandboxState,
  type PodSandboxStatusSchema,
  type Container as WireContainer,
  type ContainerStats as WireContainerStats,
  type ContainerStatus as WireContainerStatus,
  type FilesystemUsage as WireFilesystemUsage,
  type Image as WireImage,
  type PodSandbox as WirePodSandbox,
  type PodSandboxStatus as WirePodSandboxStatus,
} from '../../api/generated/cri/runtime_pb.js';
import type {
  Container,
  ContainerEvent,
  ContainerState,
  ContainerStats,
  ContainerStatus,
  FilesystemUsage,
  Image,
  PodSandbox,
  PodSandboxStatus,
} from './contract.ts';
import { mountFromWire, mountToWire } from './wire-config.ts';
import { fromInt64, millisecondsFromNs, nsFromMilliseconds, toInt64 } from './wire-numbers.ts';

// Positions are the wire's enum numbers.
const containerStates: readonly ContainerState[] = ['created', 'running', 'exited', 'unknown'];
const eventTypes: readonly ContainerEvent['type'][] = ['created', 'started', 'stopped', 'deleted'];

export function sandboxFromWire(wire: WirePodSandbox | WirePodSandboxStatus): PodSandbox {
  return {
    id: wire.id,
    metadata: {
      name: wire.metadata?.name ?? '',
      uid: wire.metadata?.uid ?? '',
      namespace: wire.metadata?.namespace ?? '',
      attempt: wire.metadata?.attempt ?? 0,
    },
    state: wire.state === PodSandboxState.SANDBOX_READY ? 'ready' : 'not-ready',
    createdAtMs: millisecondsFromNs(wire.createdAt),
    labels: wire.labels,
    annotations: wire.annotations,
  };
}

export const sandboxToWire = (sandbox: PodSandbox): MessageInitShape<typeof PodSandboxSchema> => sandboxCommonToWire(sandbox);

function sandboxCommonToWire(sandbox: PodSandbox) {
  return {
    id: sandbox.id,
    metadata: { ...sandbox.metadata },
    state: sandbox.state === 'ready' ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY,
    createdAt: nsFromMilliseconds(sandbox.createdAtMs),
    labels: { ...sandbox.labels },
    annotations: { ...sandbox.annotations },
  };
}

export function sandboxStatusFromWire(wire: WirePodSandboxStatus): PodSandboxStatus {
  const { network } = wire;
  const ips = network?.ip ? [network.ip, ...network.additionalIps.map(({ ip }) => ip)] : [];
  return { ...sandboxFromWire(wire), ips };
}

export function sandboxStatusToWire(status: PodSandboxStatus): MessageInitShape<typeof PodSandboxStatusSchema> {
  const [ip = '', ...others] = status.ips;
  return { ...sandboxCommonToWire(status), network: { ip, additionalIps: others.map((other) => ({ ip: other })) } };
}

export function containerFromWire(wire: WireContainer): Container {
  return { ...containerCommonFromWire(wire), sandboxId: wire.podSandboxId };
}

export function containerToWire(container: Container): MessageInitShape<typeof ContainerSchema> {
  return { ...containerCommonToWire(container), podSandboxId: container.sandboxId };
}

export function containerStatusFromWire(wire: WireContainerStatus): ContainerStatus {
  return {
    ...containerCommonFromWire(wire),
    startedAtMs: millisecondsFromNs(wire.startedAt),
    finishedAtMs: millisecondsFromNs(wire.finishedAt),
    exitCode: wire.exitCode,
    reason: wire.reason,
    message: wire.message,
    logPath: wire.logPath,
    mounts: wire.mounts.map(mountFromWire),
  };
}

export function containerStatusToWire(status: ContainerStatus): MessageInitShape<typeof ContainerStatusSchema> {
  return {
    ...containerCommonToWire(status),
    startedAt: nsFromMilliseconds(status.startedAtMs),
    finishedAt: nsFromMilliseconds(status.finishedAtMs),
    exitCode: status.exitCode,
    reason: status.reason,
    message: status.message,
    logPath: status.logPath,
    mounts: status.mounts.map(mountToWire),
  };
}

function containerCommonFromWire(wire: WireContainer | WireContainerStatus): Omit<Container, 'sandboxId'> {
  return {
    id: wire.id,
    metadata: { name: wire.metadata?.name ?? '', attempt: wire.metadata?.attempt ?? 0 },
    image: wire.image?.image ?? '',
    imageRef: wire.imageRef,
    state: containerStates[wire.state] ?? 'unknown',
    createdAtMs: millisecondsFromNs(wire.createdAt),
    labels: wire.labels,
    annotations: wire.annotations,
  };
}

function containerCommonToWire(container: Omit<Container, 'sandboxId'>) {
  return {
    id: container.id,
    metadata: { ...container.metadata },
    image: { image: container.image },
    imageRef: container.imageRef,
    state: containerStates.indexOf(container.state),
    createdAt: nsFromMilliseconds(container.createdAtMs),
    labels: { ...container.labels },
    annotations: { ...container.annotations },
  };
}

export function statsFromWire(wire: WireContainerStats): ContainerStats {
  const { cpu, memory, writableLayer } = wire;
  return {
    id: wire.attributes?.id ?? '',
    metadata: { name: wire.attributes?.metadata?.name ?? '', attempt: wire.attributes?.metadata?.attempt ?? 0 },
    labels: wire.attributes?.labels ?? {},
    ...(cpu
      ? { cpu: { timestampNs: cpu.timestamp, usageCoreNanoSeconds: cpu.usageCoreNanoSeconds?.value ?? 0n, usageNanoCores: cpu.usageNanoCores?.value ?? 0n } }
      : {}),
    ...(memory
      ? {
          memory: {
            timestampNs: memory.timestamp,
            workingSetBytes: memory.workingSetBytes?.value ?? 0n,
            usageBytes: memory.usageBytes?.value ?? 0n,
            rssBytes: memory.rssBytes?.value ?? 0n,
          },
        }
      : {}),
    ...(writableLayer ? { writableLayer: { usedBytes: writableLayer.usedBytes?.value ?? 0n, inodesUsed: writableLayer.inodesUsed?.value ?? 0n } } : {}),
  };
}

export function statsToWire(stats: ContainerStats): MessageInitShape<typeof ContainerStatsSchema> {
  const { cpu, memory, writableLayer } = stats;
  return {
    attributes: { id: stats.id, metadata: { ...stats.metadata }, labels: { ...stats.labels } },
    ...(cpu
      ? { cpu: { timestamp: cpu.timestampNs, usageCoreNanoSeconds: { value: cpu.usageCoreNanoSeconds }, usageNanoCores: { value: cpu.usageNanoCores } } }
      : {}),
    ...(memory
      ? {
          memory: {
            timestamp: memory.timestampNs,
            workingSetBytes: { value: memory.workingSetBytes },
            usageBytes: { value: memory.usageBytes },
            rssBytes: { value: memory.rssBytes },
          },
        }
      : {}),
    ...(writableLayer ? { writableLayer: { usedBytes: { value: writableLayer.usedBytes }, inodesUsed: { value: writableLayer.inodesUsed } } } : {}),
  };
}

export function eventFromWire(wire: ContainerEventResponse): ContainerEvent {
  return {
    type: eventTypes[wire.containerEventType] ?? 'stopped',
    containerId: wire.containerId,
    createdAtMs: millisecondsFromNs(wire.createdAt),
    podUid: wire.podSandboxStatus?.metadata?.uid ?? '',
  };
}

export function eventToWire(event: ContainerEvent): MessageInitShape<typeof ContainerEventResponseSchema> {
  const containerEventType: ContainerEventType = eventTypes.indexOf(event.type);
  return {
    containerId: event.containerId,
    containerEventType,
    createdAt: nsFromMilliseconds(event.createdAtMs),
    podSandboxStatus: { metadata: { uid: event.podUid } },
  };
}

export function imageFromWire(wire: WireImage): Image {
  return {
    id: wire.id,
    tags: wire.repoTags,
    digests: wire.repoDigests,
    sizeBytes: fromInt64(wire.size),
    ...(wire.uid ? { uid: fromInt64(wire.uid.value) } : {}),
    username: wire.username,
    pinned: wire.pinned,
  };
}

export function imageToWire(image: Image): MessageInitShape<typeof ImageSchema> {
  return {
    id: image.id,
    repoTags: [...image.tags],
    repoDigests: [...image.digests],
    size: toInt64(image.sizeBytes),
    ...(image.uid === undefined ? {} : { uid: { value: toInt64(image.uid) } }),
    username: image.username,
    pinned: image.pinned,
  };
}

export const filesystemFromWire = (wire: WireFilesystemUsage): FilesystemUsage => ({
  mountpoint: wire.fsId?.mountpoint ?? '',
  usedBytes: fromInt64(wire.usedBytes?.value ?? 0n),
  inodesUsed: fromInt64(wire.inodesUsed?.value ?? 0n),
});

export const filesystemToWire = (usage: FilesystemUsage): MessageInitShape<typeof FilesystemUsageSchema> => ({
  fsId: { mountpoint: usage.mountpoint },
  usedBytes: { value: toInt64(usage.usedBytes) },
  inodesUsed: { value: toInt64(usage.inodesUsed) },
});
