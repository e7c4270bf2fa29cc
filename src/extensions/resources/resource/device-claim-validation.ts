import type {
  DeviceClaim,
  DeviceClaimConfiguration,
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
} from '../../../api/generated/resource-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { dnsLabelAt } from '../core/field-checks.ts';
import { deviceClassNameAt, fullyQualifiedDeviceNameAt } from './device-names.ts';
import { listLimit, validateDeviceConfiguration, validateDeviceTolerations, validateSelectors } from './device-selection-validation.ts';
import { limitedAt, setAt } from './list-limits.ts';

const alternativesLimit = 8;
const wrongReference = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** Fills the mode and the count of every request. */
export function applyDeviceClaimDefaults(claim: Loose<DeviceClaim> | undefined): void {
  for (const { exactly, firstAvailable = [] } of claim?.requests ?? []) {
    for (const request of exactly ? [exactly, ...firstAvailable] : firstAvailable) {
      request.allocationMode ||= 'ExactCount';
      if (request.allocationMode === 'ExactCount') request.count ||= 1;
    }
  }
}

/** `spec.devices` of a claim. */
export function validateDeviceClaim(claim: Loose<DeviceClaim>, path: string): FieldError[] {
  const names = requestNames(claim);
  return [
    ...setAt(claim.requests, { limit: listLimit, path: `${path}.requests`, key: ({ name = '' }) => name, check: validateRequest }),
    ...limitedAt(claim.constraints, listLimit, `${path}.constraints`, (constraint, at) => validateConstraint(constraint, names, at)),
    ...limitedAt(claim.config, listLimit, `${path}.config`, (config, at) => validateClaimConfiguration(config, names, at)),
  ];
}

/** What other parts of a claim may call its requests: `request`, or `request/alternative`. */
export function requestNames(claim: Loose<DeviceClaim> | undefined): ReadonlySet<string> {
  const names = (claim?.requests ?? []).flatMap(({ name = '', firstAvailable = [] }) => [
    name,
    ...firstAvailable.map((request) => `${name}/${request.name ?? ''}`),
  ]);
  return new Set(names);
}

/** Names of requests of the claim, each once. */
export const validateRequestReferences = (references: readonly string[] | undefined, names: ReadonlySet<string>, path: string): FieldError[] =>
  setAt(references, { limit: listLimit, path, key: (name) => name, check: (name, at) => validateRequestReference(name, names, at) });

/** The name of a request of the claim. */
export function validateRequestReference(name: string, names: ReadonlySet<string>, path: string): FieldError[] {
  const segments = name.split('/');
  if (segments.length > 2) return [fieldError.invalid(path, name, wrongReference)];
  return [...segments.flatMap((segment) => dnsLabelAt(segment, path)), ...(names.has(name) ? [] : [fieldError.invalid(path, name, wrongReference)])];
}

function validateRequest({ name = '', exactly, firstAvailable = [] }: Loose<DeviceRequest>, path: string): FieldError[] {
  const errors = dnsLabelAt(name, `${path}.name`);
  const hasAlternatives = firstAvailable.length > 0;
  if (!exactly && !hasAlternatives) return [...errors, fieldError.required(path, 'exactly one of `exactly` or `firstAvailable` is required')];
  if (exactly && hasAlternatives)
    return [...errors, fieldError.invalid(path, null, 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set')];
  if (exactly) return [...errors, ...validateDemand(exactly, `${path}.exactly`)];
  const check = (request: Loose<DeviceSubRequest>, at: string): FieldError[] => [
    ...dnsLabelAt(request.name ?? '', `${at}.name`),
    ...validateDemand(request, at),
  ];
  return [...errors, ...setAt(firstAvailable, { limit: alternativesLimit, path: `${path}.firstAvailable`, key: (request) => request.name ?? '', check })];
}

function validateDemand(request: Loose<ExactDeviceRequest> | Loose<DeviceSubRequest>, path: string): FieldError[] {
  const { allocationMode = '', count = 0 } = request;
  return [
    ...deviceClassNameAt(request.deviceClassName ?? '', `${path}.deviceClassName`),
    ...validateSelectors(request.selectors, `${path}.selectors`),
    ...validateCount(allocationMode, count, path),
    ...validateDeviceTolerations(request.tolerations, `${path}.tolerations`),
  ];
}

function validateCount(mode: string, count: number, path: string): FieldError[] {
  if (mode === 'All') return count === 0 ? [] : [fieldError.invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'")];
  if (mode === 'ExactCount') return count > 0 ? [] : [fieldError.invalid(`${path}.count`, count, 'must be greater than zero')];
  return [fieldError.notSupported(`${path}.allocationMode`, mode, ['All', 'ExactCount'])];
}

function validateConstraint({ requests, matchAttribute, distinctAttribute }: Loose<DeviceConstraint>, names: ReadonlySet<string>, path: string): FieldError[] {
  const errors = validateRequestReferences(requests, names, `${path}.requests`);
  if (matchAttribute !== undefined) return [...errors, ...fullyQualifiedDeviceNameAt(matchAttribute, `${path}.matchAttribute`)];
  if (distinctAttribute !== undefined) return [...errors, ...fullyQualifiedDeviceNameAt(distinctAttribute, `${path}.distinctAttribute`)];
  return [...errors, fieldError.required(path, 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set')];
}

const validateClaimConfiguration = (config: Loose<DeviceClaimConfiguration>, names: ReadonlySet<string>, path: string): FieldError[] => [
  ...validateRequestReferences(config.requests, names, `${path}.requests`),
  ...validateDeviceConfiguration(config, path),
];
