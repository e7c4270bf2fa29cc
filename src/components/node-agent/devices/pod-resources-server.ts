import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import {
  type ContainerDevicesSchema,
  type ContainerMemorySchema,
  PodResourcesLister,
  type PodResourcesSchema,
} from '../../../api/generated/pod-resources/pod-resources_pb.js';
import { nameOf } from '../../../api/object.ts';
import type { DevicePlugins } from '../../../extension-points/devices/run.ts';
import { RuntimeError } from '../../../extension-points/runtime/contract.ts';
import { serveGrpc, unaryMethod } from '../../../extension-points/runtime/grpc-server.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { sortedCpus } from '../cpus/cpu-list.ts';
import { podUid } from '../directories.ts';
import type { DynamicResources } from '../dynamic-resources/contract.ts';
import { dynamicResourceOf } from '../dynamic-resources/dynamic-resource-of.ts';
import type { MemoryBlock } from '../memory/memory-state.ts';
import { isSidecar } from '../resources.ts';
import type { AllocatedDevice, Allocations } from './allocations.ts';
import type { DeviceHost } from './contract.ts';

export interface PodResourcesOptions {
  /** Folder for `kubelet.sock`. */
  readonly directory: string;
  readonly host: Pick<DeviceHost, 'activePods' | 'podByName' | 'pinned'>;
  readonly allocations: Allocations;
  readonly plugins: DevicePlugins;
  /** The claims that a container uses. Default: none. */
  readonly claimsOf?: DynamicResources['claimsOf'] | undefined;
  readonly clock: Clock;
}

/** Serves the pod resources API v1: which devices, claims, CPUs and memory the containers of the node hold. CPUs and memory are those that policies gave to single containers. */
export async function servePodResources(options: PodResourcesOptions): Promise<AsyncDisposable> {
  const { directory, host, plugins, clock } = options;
  await mkdir(directory, { recursive: true, mode: 0o750 });
  const { method } = PodResourcesLister;
  const limit = createLimit(clock);
  const shown = (pod: Pod): MessageInitShape<typeof PodResourcesSchema> => podResources(pod, options);
  return serveGrpc(join(directory, 'kubelet.sock'), [
    unaryMethod(method.list, async () => {
      limit();
      return { podResources: host.activePods().map(shown) };
    }),
    unaryMethod(method.getAllocatableResources, async () => {
      limit();
      return {
        devices: plugins.resourceNames().flatMap((name) => healthyDevices(name, plugins)),
        cpuIds: cpuIds(host.pinned?.allocatableCpus ?? []),
        memory: (host.pinned?.allocatableMemory ?? []).map(memoryEntry),
      };
    }),
    unaryMethod(method.get, async ({ podName, podNamespace }) => {
      limit();
      const pod = host.podByName(podNamespace, podName);
      if (!pod) throw new Error(`pod ${podName} in namespace ${podNamespace} not found`);
      return { podResources: shown(pod) };
    }),
  ]);
}

/** Containers that have ended by the time others run hold nothing any more: only sidecars and app containers are shown. */
function podResources(pod: Pod, { host, allocations, claimsOf }: PodResourcesOptions): MessageInitShape<typeof PodResourcesSchema> {
  const containers: Container[] = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers];
  return {
    name: nameOf(pod),
    namespace: pod.metadata.namespace ?? '',
    containers: containers.map((container) => ({
      name: container.name,
      devices: allocations
        .ofContainer(podUid(pod), container.name)
        .flatMap(({ resourceName, devices }) => devices.flatMap((device) => entriesOf(resourceName, device))),
      cpuIds: cpuIds(host.pinned?.cpusOf(podUid(pod), container.name) ?? []),
      memory: (host.pinned?.memoryOf(podUid(pod), container.name) ?? []).map(memoryEntry),
      dynamicResources: (claimsOf?.(pod, container) ?? []).map(dynamicResourceOf),
    })),
  };
}

const cpuIds = (cpus: Iterable<number>): bigint[] => sortedCpus(cpus).map(BigInt);

const memoryEntry = ({ type, size, numaAffinity }: MemoryBlock): MessageInitShape<typeof ContainerMemorySchema> => ({
  memoryType: type,
  size: BigInt(size),
  topology: { nodes: numaAffinity.map((node) => ({ ID: BigInt(node) })) },
});

function healthyDevices(resourceName: string, plugins: DevicePlugins): MessageInitShape<typeof ContainerDevicesSchema>[] {
  const resource = plugins.resource(resourceName);
  if (!resource) return [];
  return [...resource.devices.values()].filter(({ id }) => resource.healthy.has(id)).flatMap((device) => entriesOf(resourceName, device));
}

/** Upstream has an entry for every device and NUMA node. */
function entriesOf(resourceName: string, { id, numaNodes }: AllocatedDevice): MessageInitShape<typeof ContainerDevicesSchema>[] {
  const entry = { resourceName, deviceIds: [id] };
  if (numaNodes.length === 0) return [entry];
  return numaNodes.map((node) => ({ ...entry, topology: { nodes: [{ ID: BigInt(node) }] } }));
}

const callsPerSecond = 100;
const burst = 10;

/** Throws when calls come too fast. */
function createLimit(clock: Clock): () => void {
  let tokens = burst;
  let atMs = clock.now();
  return () => {
    const nowMs = clock.now();
    tokens = Math.min(burst, tokens + ((nowMs - atMs) * callsPerSecond) / 1_000);
    atMs = nowMs;
    if (tokens < 1) throw new RuntimeError('RESOURCE_EXHAUSTED', 'rejected by rate limit');
    tokens--;
  };
}
