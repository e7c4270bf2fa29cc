import type { ContainerDevices } from '../devices/contract.ts';

/** Both; of what both set, the second's. */
export function mergedDevices(first: ContainerDevices, second: ContainerDevices): ContainerDevices {
  const names = new Set(second.environment.map(({ name }) => name));
  const nodes = new Set(second.devices.map(({ containerPath }) => containerPath));
  const mounts = new Set(second.mounts.map(({ containerPath }) => containerPath));
  return {
    environment: [...first.environment.filter(({ name }) => !names.has(name)), ...second.environment],
    devices: [...first.devices.filter(({ containerPath }) => !nodes.has(containerPath)), ...second.devices],
    mounts: [...first.mounts.filter(({ containerPath }) => !mounts.has(containerPath)), ...second.mounts],
    annotations: { ...first.annotations, ...second.annotations },
    cdiDevices: [...new Set([...first.cdiDevices, ...second.cdiDevices])],
    additionalGroups: [...new Set([...(first.additionalGroups ?? []), ...(second.additionalGroups ?? [])])],
  };
}
