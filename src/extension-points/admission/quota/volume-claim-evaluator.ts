import type { PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims } from '../../../api/generated/resource-types.ts';
import { compareQuantities, type Quantity, roundUpQuantity } from '../../../api/quantity.ts';
import { one, readAmount, sameAmounts } from './amounts.ts';
import type { QuotaEvaluator } from './evaluator.ts';
import { matchesValues } from './quota-scopes.ts';
import { countName } from './resource-names.ts';

const objectCount = countName(persistentvolumeclaims);
const claims = 'persistentvolumeclaims';
const storage = 'requests.storage';
const ofClassSuffix = '.storageclass.storage.k8s.io/';
const deprecatedClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** Claims of volumes: their number and the storage they ask for, altogether and by storage class. */
export const volumeClaimEvaluator: QuotaEvaluator = {
  resource: persistentvolumeclaims,
  handles({ operation, subresource, object, oldObject }) {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    if (subresource === '') return true;
    // What a volume was expanded to, and the class its attributes have, are in the status.
    return (
      subresource === 'status' &&
      operation === 'UPDATE' &&
      isCountedOtherwise(object as unknown as PersistentVolumeClaim, oldObject as unknown as PersistentVolumeClaim)
    );
  },
  matchingNames: (given) =>
    [...given].filter(
      (name) =>
        name === objectCount ||
        name === claims ||
        name === storage ||
        name.endsWith(`${ofClassSuffix}${claims}`) ||
        name.endsWith(`${ofClassSuffix}${storage}`),
    ),
  isInScope: (object, scope) =>
    scope.scopeName === 'VolumeAttributesClass' && matchesValues(scope, [...attributesClassesOf(object as unknown as PersistentVolumeClaim)]),
  usage: (object) => usageOf(object as unknown as PersistentVolumeClaim),
};

const isCountedOtherwise = (claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean =>
  !sameAmounts(usageOf(claim), usageOf(old)) || attributesClassesOf(claim).symmetricDifference(attributesClassesOf(old)).size > 0;

function usageOf(claim: PersistentVolumeClaim): Map<string, Quantity> {
  const className = claim.metadata.annotations?.[deprecatedClassAnnotation] ?? claim.spec?.storageClassName ?? '';
  const usage = new Map([
    [claims, one],
    [objectCount, one],
  ]);
  if (className) usage.set(`${className}${ofClassSuffix}${claims}`, one);
  const bytes = storageOf(claim);
  if (bytes) usage.set(storage, bytes);
  if (bytes && className) usage.set(`${className}${ofClassSuffix}${storage}`, bytes);
  return usage;
}

/** Whole bytes. Of what was asked for and what was allocated the larger counts: a volume cannot shrink. */
function storageOf({ spec, status }: PersistentVolumeClaim): Quantity | undefined {
  const asked = spec?.resources?.requests?.['storage'];
  if (asked === undefined) return undefined;
  const wanted = roundUpQuantity(readAmount(asked), 0);
  const allocated = roundUpQuantity(readAmount(status?.allocatedResources?.['storage']), 0);
  return compareQuantities(allocated, wanted) > 0 ? allocated : wanted;
}

/** Every class that the attributes of the volume have, or are to get. */
const attributesClassesOf = ({ spec, status }: PersistentVolumeClaim): Set<string> =>
  new Set(
    [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName].filter(
      (name): name is string => name !== undefined && name !== '',
    ),
  );
