/** Between the messages of the device plugin API and the contract. What comes from outside is checked and bounded here. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type ContainerAllocateResponse,
  ContainerAllocateResponseSchema,
  ListAndWatchResponseSchema,
  type Device as WireDevice,
} from '../../api/generated/device-plugin/device-plugin_pb.js';
import type { ContainerAllocation, Device } from './contract.ts';

/** Far more than any machine has; a list past it is an error of the plugin. */
export const maximumDevices = 65_536;
const maximumIdBytes = 253;

/** Reads one message of ListAndWatch. Throws when it is malformed, or has more devices or longer ids than can be meant. */
export function devicesFromBytes(bytes: Uint8Array): readonly Device[] {
  const { devices } = fromBinary(ListAndWatchResponseSchema, bytes);
  if (devices.length > maximumDevices) throw new Error(`the device plugin lists ${devices.length} devices; ${maximumDevices} are the most`);
  // A device that is listed twice is what the last entry says, as in upstream's maps.
  return [...new Map(devices.map((device) => [device.ID, deviceFromWire(device)])).values()];
}

function deviceFromWire({ ID, health, topology }: WireDevice): Device {
  if (ID === '' || Buffer.byteLength(ID) > maximumIdBytes)
    throw new Error(`the device plugin lists a device whose id is empty or longer than ${maximumIdBytes} bytes`);
  return { id: ID, health: health === 'Healthy' ? 'Healthy' : 'Unhealthy', numaNodes: topology?.nodes.map((node) => Number(node.ID)) ?? [] };
}

export const devicesToWire = (devices: readonly Device[]): MessageInitShape<typeof ListAndWatchResponseSchema> => ({
  devices: devices.map(({ id, health, numaNodes }) => ({
    ID: id,
    health,
    ...(numaNodes.length > 0 ? { topology: { nodes: numaNodes.map((node) => ({ ID: BigInt(node) })) } } : {}),
  })),
});

export const allocationFromWire = ({ envs, mounts, devices, annotations, cdiDevices }: ContainerAllocateResponse): ContainerAllocation => ({
  environment: envs,
  mounts: mounts.map(({ containerPath, hostPath, readOnly }) => ({ containerPath, hostPath, readOnly })),
  devices: devices.map(({ containerPath, hostPath, permissions }) => ({ containerPath, hostPath, permissions })),
  annotations,
  cdiDevices: cdiDevices.map(({ name }) => name),
});

export const allocationToWire = (allocation: ContainerAllocation): MessageInitShape<typeof ContainerAllocateResponseSchema> => ({
  envs: { ...allocation.environment },
  mounts: allocation.mounts.map((mount) => ({ ...mount })),
  devices: allocation.devices.map((device) => ({ ...device })),
  annotations: { ...allocation.annotations },
  cdiDevices: allocation.cdiDevices.map((name) => ({ name })),
});

/** As the agent's checkpoint keeps it. */
export const allocationToBytes = (allocation: ContainerAllocation): Uint8Array =>
  toBinary(ContainerAllocateResponseSchema, create(ContainerAllocateResponseSchema, allocationToWire(allocation)));
export const allocationFromBytes = (bytes: Uint8Array): ContainerAllocation => allocationFromWire(fromBinary(ContainerAllocateResponseSchema, bytes));
