import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DynamicResourceSchema } from '../../../api/generated/pod-resources/pod-resources_pb.js';
import type { ClaimInUse } from './contract.ts';

/** A claim as the pod resources API shows it. */
export const dynamicResourceOf = ({ namespace, name, devices }: ClaimInUse): MessageInitShape<typeof DynamicResourceSchema> => ({
  claimName: name,
  claimNamespace: namespace,
  claimResources: devices.map(({ driver, pool, device, cdiDevices, shareId }) => ({
    cdiDevices: cdiDevices.map((qualified) => ({ name: qualified })),
    driverName: driver,
    poolName: pool,
    deviceName: device,
    ...(shareId ? { shareId } : {}),
  })),
});
