import { deviceclasses, pods, resourceclaims } from '../../../api/generated/resource-types.ts';
import type { DeviceClass, DeviceRequest, DeviceSubRequest, ExactDeviceRequest, ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { type Quantity, quantityOf, subtractQuantities } from '../../../api/quantity.ts';
import type { ObjectLookup } from '../lookup.ts';
import { type Amounts, addTo, one, raiseTo } from './amounts.ts';
import type { QuotaEvaluator } from './evaluator.ts';
import { countName, deviceClassPrefix, devicesOfClassSuffix, isExtendedInQuota, requestsPrefix } from './resource-names.ts';

const objectCount = countName(resourceclaims);
const ofClassPrefix = `${requestsPrefix}${deviceClassPrefix}`;
/** The most devices one claim can get; who asks for all may get as many. */
const mostDevices = 32;
const extendedClaimAnnotation = 'resource.kubernetes.io/extended-resource-claim';

export interface DeviceClaimDependencies {
  readonly lookup: ObjectLookup;
  /** What a pod uses by the rules of pods. */
  readonly podUsage: QuotaEvaluator['usage'];
}

/** Claims of devices: their number, and how many devices of each class they may get. A class that stands behind an extended resource counts as that, too. */
export function createDeviceClaimEvaluator({ lookup, podUsage }: DeviceClaimDependencies): QuotaEvaluator {
  const extendedNameOf = (className: string): string => lookup.get(deviceclasses, { name: className })?.spec.extendedResourceName ?? '';
  const standsBehind = (name: string): boolean => lookup.list(deviceclasses).some((deviceClass) => extendedNamesOf(deviceClass).includes(name));
  return {
    resource: resourceclaims,
    reads: [deviceclasses, pods],
    handles: ({ operation, subresource }) => subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
    matchingNames: (given) =>
      [...given].filter((name) => {
        if (name === objectCount || name.endsWith(devicesOfClassSuffix)) return true;
        if (!isExtendedInQuota(name)) return false;
        return standsBehind(name.slice(requestsPrefix.length));
      }),
    usage(object) {
      const claim = object as unknown as ResourceClaim;
      const usage = new Map<string, Quantity>([[objectCount, one]]);
      for (const request of claim.spec?.devices?.requests ?? []) addTo(usage, devicesOf(request));
      const counted = verifiedPodUsage(claim, lookup, podUsage);
      for (const [name, amount] of asExtendedResources(usage, extendedNameOf)) {
        // What the pod asked for as an extended resource is counted with the pod.
        const rest = subtractQuantities(amount, counted?.get(name) ?? quantityOf(0));
        if (rest.nano > 0n) usage.set(name, rest);
      }
      return usage;
    },
  };
}

const extendedNamesOf = ({ metadata, spec }: DeviceClass): string[] => [
  `${deviceClassPrefix}${metadata.name}`,
  ...(spec.extendedResourceName ? [spec.extendedResourceName] : []),
];

/** Of alternatives the one counts that takes most, for each class. */
function devicesOf(request: DeviceRequest): Amounts {
  // Before resource.k8s.io/v1beta2 what is asked for stood in the request itself.
  const exactly = request.exactly ?? ('deviceClassName' in request ? (request as unknown as ExactDeviceRequest) : undefined);
  if (!request.firstAvailable?.length) return exactly ? devicesOfOne(exactly) : new Map();
  const most = new Map<string, Quantity>();
  for (const alternative of request.firstAvailable) raiseTo(most, devicesOfOne(alternative));
  return most;
}

function devicesOfOne({ deviceClassName, allocationMode, count }: ExactDeviceRequest | DeviceSubRequest): Amounts {
  const devices = allocationMode === 'All' ? mostDevices : allocationMode === 'ExactCount' ? (count ?? 0) : 0;
  return new Map([[`${deviceClassName}${devicesOfClassSuffix}`, quantityOf(devices)]]);
}

function asExtendedResources(usage: Amounts, extendedNameOf: (className: string) => string): Map<string, Quantity> {
  const extended = new Map<string, Quantity>();
  for (const [name, amount] of usage) {
    const className = name.endsWith(devicesOfClassSuffix) ? name.slice(0, -devicesOfClassSuffix.length) : '';
    if (className === '') continue;
    extended.set(`${ofClassPrefix}${className}`, amount);
    const own = extendedNameOf(className);
    if (own) extended.set(`${requestsPrefix}${own}`, amount);
  }
  return extended;
}

/** What the pod uses that a claim was made for in place of extended resources; undefined when the claim only says so. */
function verifiedPodUsage(claim: ResourceClaim, lookup: ObjectLookup, podUsage: QuotaEvaluator['usage']): Amounts | undefined {
  const owner = podOwnerOf(claim);
  const { namespace = '', name = '' } = claim.metadata;
  const pod = owner && lookup.get(pods, { namespace, name: owner.name });
  if (!pod || pod.metadata.uid !== owner.uid) return undefined;
  const status = pod.status?.extendedResourceClaimStatus;
  if (status ? status.resourceClaimName !== name : !isFirstOf(claim, owner.uid, lookup)) return undefined;
  return podUsage(pod);
}

function podOwnerOf({ metadata }: ResourceClaim): { readonly name: string; readonly uid: string } | undefined {
  if (metadata.annotations?.[extendedClaimAnnotation] !== 'true') return undefined;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return owner?.kind === 'Pod' && owner.apiVersion === 'v1' ? owner : undefined;
}

/** A pod that does not say which claim is its own has only one: the oldest, and of several the first by name. */
function isFirstOf({ metadata: { namespace = '', name = '', creationTimestamp = '' } }: ResourceClaim, podUid: string, lookup: ObjectLookup): boolean {
  return lookup.list(resourceclaims, namespace).every(({ metadata, ...other }) => {
    if (podOwnerOf({ metadata, ...other })?.uid !== podUid) return true;
    const [made, otherMade] = [creationTimestamp, metadata.creationTimestamp ?? ''];
    return otherMade === made ? (metadata.name ?? '') >= name : otherMade > made;
  });
}
