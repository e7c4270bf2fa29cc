import type { Node, NodeSelectorTerm, PersistentVolume, PersistentVolumeClaim, VolumeNodeAffinity } from '../../../api/generated/core-v1.ts';
import { selectorFromObject } from '../../../api/label-selector.ts';
import { parseQuantity, type QuantityText } from '../../../api/quantity.ts';
import { matchesNodeSelectorTerm } from '../node-selector.ts';
import { classOfClaim, classOfVolume } from './storage-class.ts';

// Objects are frozen and shared, so what was read once holds.
const amounts = new WeakMap<object, bigint>();

/** How much a volume holds, in billionths of a byte; 0 when it does not say. */
export const capacityOf = (volume: PersistentVolume): bigint => remembered(volume, volume.spec.capacity?.['storage']);

/** How much a claim asks for, in billionths of a byte; 0 when it does not say. */
export const requestOf = (claim: PersistentVolumeClaim): bigint => remembered(claim, claim.spec.resources?.requests?.['storage']);

function remembered(object: object, amount: QuantityText | undefined): bigint {
  let nano = amounts.get(object);
  if (nano === undefined) amounts.set(object, (nano = amount === undefined ? 0n : parseQuantity(amount).nano));
  return nano;
}

/** Whether a volume is set aside for, or bound to, a claim. A reference without `uid` means whatever claim has the name. */
export function isBoundTo({ spec: { claimRef } }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  if (!claimRef || claimRef.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false;
  return !claimRef.uid || claimRef.uid === metadata.uid;
}

/** Whether a volume may serve a claim as far as itself goes: not another's, large enough, of the same mode and attributes, not being deleted. */
export function couldServe(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  if (volume.spec.claimRef && !isBoundTo(volume, claim)) return false;
  return (
    capacityOf(volume) >= requestOf(claim) &&
    hasSameMode(volume, claim) &&
    (volume.spec.volumeAttributesClassName ?? '') === (claim.spec.volumeAttributesClassName ?? '') &&
    !volume.metadata.deletionTimestamp
  );
}

/** Answers whether a volume that could serve the claim is free to: available, of its class, and one that its selector means. */
export function isFreeFor(claim: PersistentVolumeClaim): (volume: PersistentVolume) => boolean {
  const selector = claim.spec.selector ? selectorFromObject(claim.spec.selector) : undefined;
  const wanted = classOfClaim(claim);
  return (volume) => volume.status?.phase === 'Available' && (!selector || selector.matches(volume.metadata.labels ?? {})) && classOfVolume(volume) === wanted;
}

/** File system or block device: both say the same. */
export const hasSameMode = ({ spec: volume }: PersistentVolume, { spec: claim }: PersistentVolumeClaim): boolean =>
  (volume.volumeMode ?? 'Filesystem') === (claim.volumeMode ?? 'Filesystem');

/** Whether a volume can be mounted in every way that a claim asks for. */
export const hasAccessModes = ({ spec: volume }: PersistentVolume, { spec: claim }: PersistentVolumeClaim): boolean =>
  claim.accessModes?.every((mode) => volume.accessModes?.includes(mode)) ?? true;

/** Whether a node can reach a volume: its labels are what the volume's node affinity asks for. What that asks of fields is passed over, as upstream does. */
export const isReachable = (affinity: VolumeNodeAffinity | undefined, node: Node): boolean =>
  affinity?.required?.nodeSelectorTerms.some((term) => isMet(term, node)) ?? true;

function isMet({ matchExpressions, matchFields }: NodeSelectorTerm, node: Node): boolean {
  if (!matchExpressions?.length) return matchFields !== undefined && matchFields.length > 0;
  return matchesNodeSelectorTerm({ matchExpressions }, node);
}
