import { isIP, isIPv4 } from 'node:net';
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
  ResourceClaim,
} from '../../../api/generated/resource-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { dnsLabelAt, oneOfAt, requiredAt } from '../core/field-checks.ts';
import { validateNodeSelector } from '../core/pod-scheduling-validation.ts';
import { requestNames, validateRequestReference, validateRequestReferences } from './device-claim-validation.ts';
import { driverNameAt, poolNameAt, shareIdAt } from './device-names.ts';
import {
  listLimit,
  validateBindingConditions,
  validateDeviceConfiguration,
  validateDeviceTolerations,
  validateRawObject,
} from './device-selection-validation.ts';
import { limitedAt, setAt, tooLongAt, tooManyAt } from './list-limits.ts';

const consumersLimit = 256;
const conditionsLimit = 8;
const addressesLimit = 16;

type Claim = Draft<ResourceClaim>;
type Identity = { driver?: string | undefined; pool?: string | undefined; device?: string | undefined; shareID?: string | undefined };

const identityOf = ({ driver = '', pool = '', device = '', shareID }: Identity): string =>
  [driver, pool, device, ...(shareID === undefined ? [] : [shareID])].join('/');
const allocatedDevices = ({ status }: Claim): ReadonlySet<string> => new Set((status?.allocation?.devices?.results ?? []).map(identityOf));

/** Whoever deallocates a claim need not know of the status that drivers keep beside the allocation: it goes with the devices. */
export function dropStaleDeviceStatus(draft: Claim, old: Claim): void {
  const status = draft.status;
  if (!status?.devices) return;
  const [before, now] = [allocatedDevices(old), allocatedDevices(draft)];
  const kept = status.devices.filter((device) => now.has(identityOf(device)) || !before.has(identityOf(device)));
  if (kept.length === status.devices.length) return;
  if (kept.length === 0) delete status.devices;
  else status.devices = kept;
}

/** An update of the status of a claim. */
export function validateClaimStatus(claim: Claim, old: Claim): FieldError[] {
  const { status = {} } = claim;
  const allocated = allocatedDevices(claim);
  return [
    ...setAt(status.reservedFor, {
      limit: consumersLimit,
      path: 'status.reservedFor',
      key: ({ uid = '' }) => uid,
      check: (consumer, at) => (['resource', 'name', 'uid'] as const).flatMap((field) => requiredAt(consumer[field], `${at}.${field}`)),
    }),
    ...setAt(status.devices, { limit: Infinity, path: 'status.devices', key: identityOf, check: (device, at) => validateDeviceStatus(device, allocated, at) }),
    ...validateReservations(claim, old),
    ...validateAllocationChange(claim, old),
  ];
}

function validateReservations({ metadata, status }: Claim, old: Claim): FieldError[] {
  const path = 'status.reservedFor';
  const consumers = status?.reservedFor ?? [];
  if (consumers.length === 0) return [];
  if (!status?.allocation) return [fieldError.forbidden(path, 'may not be specified when `allocated` is not set')];
  const added = consumers.some((consumer) => !old.status?.reservedFor?.some((before) => sameValue(before, consumer)));
  return metadata.deletionTimestamp && added
    ? [fieldError.forbidden(path, 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set')]
    : [];
}

function validateAllocationChange({ spec, status }: Claim, old: Claim): FieldError[] {
  const allocation = status?.allocation;
  if (!allocation) return [];
  if (old.status?.allocation) return validateImmutable(allocation, old.status.allocation, 'status.allocation');
  return validateAllocation(allocation, requestNames(spec?.devices), 'status.allocation');
}

function validateAllocation({ devices = {}, nodeSelector }: Loose<AllocationResult>, names: ReadonlySet<string>, path: string): FieldError[] {
  return [
    ...limitedAt(devices.results, listLimit, `${path}.devices.results`, (result, at) => validateResult(result, names, at)),
    ...limitedAt(devices.config, 2 * listLimit, `${path}.devices.config`, (config, at) => [
      ...oneOfAt(config.source, ['FromClaim', 'FromClass'], `${at}.source`),
      ...validateRequestReferences(config.requests, names, `${at}.requests`),
      ...validateDeviceConfiguration(config, at),
    ]),
    ...(nodeSelector ? validateNodeSelector(nodeSelector, `${path}.nodeSelector`) : []),
  ];
}

const validateResult = (result: Loose<DeviceRequestAllocationResult>, names: ReadonlySet<string>, path: string): FieldError[] => [
  ...validateRequestReference(result.request ?? '', names, `${path}.request`),
  ...validateIdentity(result, path),
  ...validateBindingConditions(result, path),
  ...validateDeviceTolerations(result.tolerations, `${path}.tolerations`),
];

const validateIdentity = ({ driver = '', pool = '', device = '', shareID }: Identity, path: string): FieldError[] => [
  ...driverNameAt(driver, `${path}.driver`),
  ...poolNameAt(pool, `${path}.pool`),
  ...dnsLabelAt(device, `${path}.device`),
  ...shareIdAt(shareID, `${path}.shareID`),
];

function validateDeviceStatus(device: Loose<AllocatedDeviceStatus>, allocated: ReadonlySet<string>, path: string): FieldError[] {
  const errors = validateIdentity(device, path);
  const conditions = device.conditions?.length ?? 0;
  if (!allocated.has(identityOf(device))) errors.push(fieldError.invalid(path, identityOf(device), 'must be an allocated device in the claim'));
  if (conditions > conditionsLimit) errors.push(tooManyAt(conditions, conditionsLimit, `${path}.conditions`));
  if (device.data !== undefined) errors.push(...validateRawObject(device.data, `${path}.data`));
  return [...errors, ...validateNetworkData(device.networkData, `${path}.networkData`)];
}

function validateNetworkData(data: Loose<NetworkDeviceData> | undefined, path: string): FieldError[] {
  return [
    ...tooLongAt(data?.interfaceName, 256, `${path}.interfaceName`),
    ...tooLongAt(data?.hardwareAddress, 128, `${path}.hardwareAddress`),
    ...setAt(data?.ips, {
      limit: addressesLimit,
      path: `${path}.ips`,
      key: (address) => address,
      check: (address, at) =>
        isInterfaceAddress(address) ? [] : [fieldError.invalid(at, address, 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)')],
    }),
  ];
}

function isInterfaceAddress(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  return rest.length === 0 && isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv4(address) ? 32 : 128);
}
