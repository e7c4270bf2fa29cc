import type { DevicePlugin } from '../../../extension-points/devices/contract.ts';
import { followDevices } from '../../../extension-points/devices/hardware/follow-devices.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { containerAccess } from './container-access.ts';
import type { NvidiaMachine } from './nvidia-machine.ts';
import { preferredGpus } from './preferred-gpus.ts';

/** Offers one resource of a machine. */
export function nvidiaPlugin(resourceName: string, machine: NvidiaMachine, clock: Clock): DevicePlugin {
  return {
    resourceName,
    devices: (signal) =>
      followDevices(
        async () => {
          await machine.lookAgain();
          return machine.devicesOf(resourceName);
        },
        { clock, signal },
      ),
    async allocate(deviceIds) {
      const offered = machine.offered(resourceName);
      const gpus = deviceIds.map((id) => offered.get(id) ?? unknownDevice(resourceName, id));
      if (machine.configuration.timeSlicing.failRequestsGreaterThanOne && gpus.length > 1 && gpus.some(({ isReplica }) => isReplica))
        throw new Error(`request for '${resourceName}: ${gpus.length}' too large: maximum request size for shared resources is 1`);
      const parts = [...new Map(gpus.map(({ part }) => [part.id, part])).values()];
      return containerAccess(parts, machine.configuration, await machine.driverAccess(), machine.nodesOf);
    },
    async preferredAllocation(request) {
      return preferredGpus(request, machine.offered(resourceName));
    },
  };
}

function unknownDevice(resourceName: string, id: string): never {
  throw new Error(`invalid allocation request for "${resourceName}": invalid request: unknown device: ${id}`);
}
