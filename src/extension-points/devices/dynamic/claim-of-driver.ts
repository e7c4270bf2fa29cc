import { resourceclaims } from '../../../api/generated/resource-types.ts';
import type { DeviceRequestAllocationResult, ResourceClaim } from '../../../api/generated/resource-v1.ts';
import type { Client } from '../../../client/client.ts';
import type { AllocatedClaim, AllocatedDevice, ClaimReference } from './contract.ts';

/** Reads a claim that a driver is asked to prepare, with what of it concerns the driver. Throws when it is not that claim any more, or was not given any devices. */
export async function readAllocatedClaim(client: Pick<Client, 'get'>, { namespace, name, uid }: ClaimReference, driver: string): Promise<AllocatedClaim> {
  const object = await client.get(resourceclaims, { namespace, name });
  if (object.metadata.uid !== uid) throw new Error(`claim ${namespace}/${name} got replaced`);
  const results = object.status?.allocation?.devices?.results;
  if (!results) throw new Error(`claim ${namespace}/${name} not allocated`);
  const devices = results.filter((result) => result.driver === driver).map((result) => deviceOf(result, object, driver));
  return { namespace, name, uid, devices, object };
}

function deviceOf(
  { request, pool, device, adminAccess, shareID, consumedCapacity = {} }: DeviceRequestAllocationResult,
  claim: ResourceClaim,
  driver: string,
): AllocatedDevice {
  return {
    request,
    pool,
    device,
    isAdminAccess: adminAccess === true,
    ...(shareID ? { shareId: shareID } : {}),
    consumedCapacity: Object.fromEntries(Object.entries(consumedCapacity).map(([name, amount]) => [name, String(amount)])),
    parameters: parametersFor(request, claim, driver),
  };
}

/** What is meant for the request: for all of them, for it, or for the request it is a part of. The allocation lists what the class has first. */
function parametersFor(request: string, { status }: ResourceClaim, driver: string): readonly unknown[] {
  const [whole = ''] = request.split('/', 1);
  return (status?.allocation?.devices?.config ?? [])
    .filter(({ opaque, requests = [] }) => opaque?.driver === driver && (requests.length === 0 || requests.includes(request) || requests.includes(whole)))
    .map(({ opaque }) => opaque!.parameters);
}
