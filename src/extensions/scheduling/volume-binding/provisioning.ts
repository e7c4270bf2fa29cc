import type { Node, PersistentVolumeClaim, TopologySelectorTerm } from '../../../api/generated/core-v1.ts';
import type { CSIDriver, CSIStorageCapacity, StorageClass } from '../../../api/generated/storage-v1.ts';
import { selectorFromObject } from '../../../api/label-selector.ts';
import { quantityValue } from '../../../api/quantity.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import { classOfClaim } from '../../../extension-points/scheduling/volumes/storage-class.ts';
import { noProvisioner } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';

export interface ProvisioningLookup {
  storageClass(name: string): StorageClass | undefined;
  driver(name: string): CSIDriver | undefined;
  /** Those of a class. */
  capacities(storageClass: string): readonly CSIStorageCapacity[];
}

/** A volume that is yet to be made; `capacity` is where it would come from, when drivers say so. */
export interface Provision {
  readonly claim: PersistentVolumeClaim;
  readonly capacity?: CSIStorageCapacity;
}

/** Whether a volume can be made for a claim where the node reaches it. Throws when the claim's class is missing. */
export function provisionOn(node: Node, claim: PersistentVolumeClaim, lookup: ProvisioningLookup): Provision | 'no-volume' | 'no-space' {
  const name = classOfClaim(claim);
  if (name === '') throw new Error(`no class for claim "${claim.metadata.namespace}/${claim.metadata.name}"`);
  const storageClass = lookup.storageClass(name);
  if (!storageClass) throw new Error(`failed to find storage class ${JSON.stringify(name)}`);
  const { provisioner, allowedTopologies = [] } = storageClass;
  if (!provisioner || provisioner === noProvisioner || !isAllowed(allowedTopologies, node)) return 'no-volume';
  const requested = claim.spec.resources?.requests?.['storage'];
  // Only drivers that ask for it have what is left of their storage looked at.
  if (requested === undefined || !lookup.driver(provisioner)?.spec.storageCapacity) return { claim };
  const bytes = quantityValue(requested);
  const capacity = lookup.capacities(name).find((candidate) => (volumeLimitOf(candidate) ?? -1) >= bytes && isAccessible(candidate, node));
  return capacity ? { claim, capacity } : 'no-space';
}

/** The largest volume in bytes that can be made; undefined when it does not say. */
export function volumeLimitOf({ maximumVolumeSize, capacity }: CSIStorageCapacity): number | undefined {
  const limit = maximumVolumeSize ?? capacity;
  return limit === undefined ? undefined : quantityValue(limit);
}

/** No terms mean everywhere; a term without expressions means nowhere. */
const isAllowed = (terms: readonly TopologySelectorTerm[], node: Node): boolean =>
  terms.length === 0 ||
  terms.some(
    ({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.length > 0 && matchLabelExpressions.every(({ key, values }) => values.includes(labelOf(node, key) as string)),
  );

const isAccessible = ({ nodeTopology }: CSIStorageCapacity, { metadata }: Node): boolean =>
  nodeTopology !== undefined && selectorFromObject(nodeTopology).matches(metadata.labels ?? {});
