import type { Container, Pod, ResourceHealth, ResourceStatus } from '../../../api/generated/core-v1.ts';
import type { PreparedDevice } from '../../../extension-points/devices/dynamic/contract.ts';
import type { ClaimRecords } from './claim-record.ts';
import { isForRequest, podClaims } from './pod-claims.ts';
import type { RegisteredDrivers } from './registered-drivers.ts';

/** The devices of each claim that a container names, `claim:<name>` or `claim:<name>/<request>`, and how they are. Claims that are not prepared are left out. */
export function resourceHealth(pod: Pod, container: Container, records: ClaimRecords, drivers: Pick<RegisteredDrivers, 'healthOf'>): ResourceStatus[] {
  const names = new Map(claimNames(pod));
  const statuses = new Map<string, ResourceStatus>();
  for (const { name, request = '' } of container.resources?.claims ?? []) {
    const record = records.get(pod.metadata.namespace ?? '', names.get(name) ?? '');
    if (!record) continue;
    const resources = new Map<string, ResourceHealth>();
    for (const [driver, devices] of record.drivers)
      for (const device of devices) {
        if (!isForRequest(device.requests, request)) continue;
        const resourceID = resourceIdOf(driver, device);
        if (resources.has(resourceID)) continue;
        const { health = 'Unknown', message } = drivers.healthOf(driver, device.pool, device.device) ?? {};
        resources.set(resourceID, { resourceID, health, ...(message ? { message } : {}) });
      }
    const shown = request === '' ? `claim:${name}` : `claim:${name}/${request}`;
    if (resources.size > 0) statuses.set(shown, { name: shown, resources: [...resources.values()] });
  }
  return [...statuses.values()];
}

function claimNames(pod: Pod): [string, string][] {
  try {
    return podClaims(pod).map(({ reference = '', claimName }) => [reference, claimName]);
  } catch {
    return []; // a claim is still to be made: nothing is prepared yet
  }
}

/** As upstream: what the container sees of the device, if it sees anything. */
const resourceIdOf = (driver: string, { cdiDevices, pool, device }: PreparedDevice): string => cdiDevices[0] ?? `${driver}/${pool}/${device}`;
