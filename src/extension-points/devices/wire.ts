/** Between the messages of the device plugin API and the contract. What comes from outside is checked and bounded here. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import {
  type ContainerAllocateResponse,
  ContainerAllocateResponseSchema,
  DeviceSchema,
  ListAndWatchResponseSchema,
  type Device as WireDevice,
} from '../../api/generated/device-plugin/device-plugin_pb.js';
import type { ContainerAllocation, Device } from './contract.ts';

/** Far more than any machine has; a list past it is an error of the plugin. */
export const maximumDevices = 65_536;
const maximumIdBytes = 253;
/** Of one device in a list: its id, and more NUMA nodes than any machine has. Decoding what is larger would hold up everything else. */
const maximumDeviceBytes = 4_096;

/** Reads the messages of one ListAndWatch stream, of which each is much like the one before: a device whose bytes are the same is the same object. */
export class DeviceListReader {
  #bytes: readonly Uint8Array[] = [];
  #devices: readonly Device[] = [];

  /** Throws when the message is malformed, or has more devices or longer ids than can be meant. */
  read(message: Uint8Array): readonly Device[] {
    const bytes = elements(message);
    if (bytes.length > maximumDevices) throw new Error(`the device plugin lists ${bytes.length} devices; ${maximumDevices} are the most`);
    const large = bytes.find((own) => own.length > maximumDeviceBytes);
    if (large) throw new Error(`the device plugin describes a device in ${large.length} bytes; ${maximumDeviceBytes} are the most`);
    const [before, known] = [this.#bytes, this.#devices];
    this.#devices = bytes.map((own, index) => {
      const old = before[index];
      return old && Buffer.compare(old, own) === 0 ? known[index]! : deviceFromWire(fromBinary(DeviceSchema, own));
    });
    this.#bytes = bytes;
    return this.#devices;
  }
}

/** The bytes of each device of a `ListAndWatchResponse`. */
function elements(message: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === ListAndWatchResponseSchema.field.devices.number && type === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(type, field);
  }
  return found;
}

function deviceFromWire({ ID, health, topology }: WireDevice): Device {
  if (ID === '' || Buffer.byteLength(ID) > maximumIdBytes)
    throw new Error(`the device plugin lists a device whose id is empty or longer than ${maximumIdBytes} bytes`);
  // A node's number that is beyond all bounds names no node, and could not be handed on.
  const numaNodes = topology?.nodes.map((node) => Number(node.ID)).filter(Number.isSafeInteger) ?? [];
  return { id: ID, health: health === 'Healthy' ? 'Healthy' : 'Unhealthy', numaNodes };
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
