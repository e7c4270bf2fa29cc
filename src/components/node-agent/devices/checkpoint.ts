import { crc32 } from 'node:zlib';
import { allocationFromBytes, allocationToBytes } from '../../../extension-points/devices/wire.ts';
import type { AllocatedDevice, DeviceAllocation } from './allocations.ts';

/** What an agent must know again after a restart. */
export interface CheckpointContent {
  readonly allocations: readonly DeviceAllocation[];
  /** Resources whose plugins were there. */
  readonly registeredResources: readonly string[];
}

interface PodDevicesEntry {
  readonly PodUID: string;
  readonly ContainerName: string;
  readonly ResourceName: string;
  /** Device ids by NUMA node; -1 for devices near to none. */
  readonly DeviceIDs: Readonly<Record<string, readonly string[]>>;
  /** Base64 of the plugin's `ContainerAllocateResponse`. */
  readonly AllocResp: string;
}

/** The file's layout is the kubelet's, for people and tools that read it; the checksum is the CRC-32 of the text of `Data`, since the kubelet's depends on Go. */
export function checkpointText({ allocations, registeredResources }: CheckpointContent): string {
  const registered = JSON.stringify(Object.fromEntries(registeredResources.map((name) => [name, []])));
  const data = `{"PodDeviceEntries":[${allocations.map(allocationText).join()}],"RegisteredDevices":${registered}}`;
  return `{"Data":${data},"Checksum":${crc32(data)}}`;
}

/** Throws when the text is not a checkpoint, or not as it was written. */
export function readCheckpointText(text: string): CheckpointContent {
  const { Data, Checksum } = JSON.parse(text) as {
    Data: { PodDeviceEntries: readonly PodDevicesEntry[]; RegisteredDevices: Readonly<Record<string, readonly string[]>> };
    Checksum: number;
  };
  if (crc32(JSON.stringify(Data)) !== Checksum) throw new Error('checkpoint is corrupted');
  return { allocations: Data.PodDeviceEntries.map(allocationOf), registeredResources: Object.keys(Data.RegisteredDevices) };
}

/** Allocations never change, so each is written out once. */
const texts = new WeakMap<DeviceAllocation, string>();

/** One entry of the checkpoint. */
export function allocationText(allocation: DeviceAllocation): string {
  let text = texts.get(allocation);
  if (text === undefined) texts.set(allocation, (text = JSON.stringify(entryOf(allocation))));
  return text;
}

function entryOf({ podUid, containerName, resourceName, devices, answer }: DeviceAllocation): PodDevicesEntry {
  const byNode: Record<string, string[]> = {};
  for (const { id, numaNodes } of devices) for (const node of numaNodes.length > 0 ? numaNodes : [-1]) (byNode[node] ??= []).push(id);
  return {
    PodUID: podUid,
    ContainerName: containerName,
    ResourceName: resourceName,
    DeviceIDs: byNode,
    AllocResp: Buffer.from(allocationToBytes(answer)).toString('base64'),
  };
}

/** Throws when the text is not an entry. */
export const allocationOfText = (text: string): DeviceAllocation => allocationOf(JSON.parse(text) as PodDevicesEntry);

function allocationOf({ PodUID, ContainerName, ResourceName, DeviceIDs, AllocResp }: PodDevicesEntry): DeviceAllocation {
  const devices = new Map<string, AllocatedDevice>();
  for (const [node, ids] of Object.entries(DeviceIDs))
    for (const id of ids) {
      const numaNodes = devices.get(id)?.numaNodes ?? [];
      devices.set(id, { id, numaNodes: node === '-1' ? numaNodes : [...numaNodes, Number(node)] });
    }
  return {
    podUid: PodUID,
    containerName: ContainerName,
    resourceName: ResourceName,
    devices: [...devices.values()],
    answer: allocationFromBytes(Buffer.from(AllocResp, 'base64')),
  };
}
