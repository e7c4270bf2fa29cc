import { randomUUID } from 'node:crypto';
import type { ContainerAllocation, DeviceMount, DeviceNode } from '../../../extension-points/devices/contract.ts';
import { cdiName } from './cdi-specification.ts';
import type { NvidiaConfiguration } from './configuration.ts';
import type { GpuPart } from './gpu-parts.ts';

/** What the containers of a machine need of its driver, whichever GPU they have. */
export interface DriverAccess {
  readonly nodes: readonly DeviceNode[];
  readonly mounts: readonly DeviceMount[];
}

/** Where NVIDIA's container runtime looks for the names of devices, as files, when it does not trust variables. */
const namesFolder = '/var/run/nvidia-container-devices';

/** Tells a container of its GPUs in each of the ways that are configured. `nodesOf` answers the device nodes of one. */
export function containerAccess(
  parts: readonly GpuPart[],
  configuration: NvidiaConfiguration,
  driver: DriverAccess,
  nodesOf: (part: GpuPart) => readonly DeviceNode[],
): ContainerAllocation {
  const { deviceListStrategies: strategies, deviceIdStrategy, passDeviceSpecs, gdsEnabled, mofedEnabled } = configuration;
  const names = parts.map(({ id, index }) => (deviceIdStrategy === 'index' ? index : id));
  const cdiDevices = [...names.map(cdiName), ...(gdsEnabled ? ['nvidia.com/gds=all'] : []), ...(mofedEnabled ? ['nvidia.com/mofed=all'] : [])];
  const byCdi: ContainerAllocation = {
    environment: {},
    mounts: [],
    devices: [],
    annotations: strategies.includes('cdi-annotations')
      ? { [`${configuration.cdiAnnotationPrefix}nvidia-device-plugin_${randomUUID()}`]: cdiDevices.join(',') }
      : {},
    cdiDevices: strategies.includes('cdi-cri') ? cdiDevices : [],
  };
  if (strategies.every((strategy) => strategy.startsWith('cdi-'))) return byCdi;
  const asMounts = strategies.includes('volume-mounts');
  return {
    ...byCdi,
    environment: {
      NVIDIA_VISIBLE_DEVICES: asMounts ? namesFolder : names.join(','),
      ...(gdsEnabled ? { NVIDIA_GDS: 'enabled' } : {}),
      ...(mofedEnabled ? { NVIDIA_MOFED: 'enabled' } : {}),
    },
    mounts: [
      ...(asMounts ? names.map((name) => ({ hostPath: '/dev/null', containerPath: `${namesFolder}/${name}`, readOnly: false })) : []),
      ...(passDeviceSpecs ? driver.mounts : []),
    ],
    devices: passDeviceSpecs ? distinct([...driver.nodes, ...parts.flatMap(nodesOf)]) : [],
  };
}

/** MIG devices of one GPU share its node. */
const distinct = (nodes: readonly DeviceNode[]): readonly DeviceNode[] => [...new Map(nodes.map((node) => [node.containerPath, node])).values()];
