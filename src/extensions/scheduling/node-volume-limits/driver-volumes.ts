import { randomUUID } from 'node:crypto';
import type { PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '../../../api/generated/core-v1.ts';
import type { CSINode, StorageClass } from '../../../api/generated/storage-v1.ts';
import { claimOfVolume, ownershipProblem } from '../../../extension-points/scheduling/volumes/claims-of-pod.ts';
import { driverOfPlugin, inTreeDriverOf, isScheduledAsDriver } from '../../../extension-points/scheduling/volumes/in-tree-drivers.ts';
import { classOfClaim } from '../../../extension-points/scheduling/volumes/storage-class.ts';

export interface VolumeLookup {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  storageClass(name: string): StorageClass | undefined;
}

/** A claim is missing: the pod waits for it. */
export class ClaimNotFound extends Error {}

/** A volume to be made has no handle yet: it gets one that no driver would give. */
const unmade = randomUUID();

/** Volumes that CSI drivers attach: the driver by `driver/handle`, so that a volume that several pods use counts once. */
export type DriverVolumes = Map<string, string>;

export const driverVolumeKey = (driver: string, handle: string): string => `${driver}/${handle}`;

/**
 * Adds the volumes of a pod that CSI drivers attach. Claims that are missing are passed over, unless `isRequired`: then a `ClaimNotFound` is thrown. Throws too
 * when an ephemeral volume's claim is not the pod's, and when a volume of a former plugin cannot be understood.
 */
export function addDriverVolumes(found: DriverVolumes, pod: Pod, node: CSINode | undefined, lookup: VolumeLookup, isRequired: boolean): void {
  const namespace = pod.metadata.namespace ?? '';
  for (const volume of pod.spec?.volumes ?? []) {
    const use = claimOfVolume(pod, volume);
    if (!use) addInline(found, volume, namespace, node);
    else {
      if (use.name === '') throw new Error('PersistentVolumeClaim had no name');
      const claim = lookup.claim(namespace, use.name);
      if (!claim && isRequired) throw new ClaimNotFound(`looking up PVC ${namespace}/${use.name}: persistentvolumeclaim ${JSON.stringify(use.name)} not found`);
      if (claim) addClaimed(found, pod, claim, use.isEphemeral, node, lookup);
    }
  }
}

/** Whether a pod has a volume that a driver might attach: one with a claim, or one of a former plugin. */
export const mayBeAttached = (volume: Volume): boolean =>
  volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined || inTreeDriverOf(volume) !== undefined;

function addInline(found: DriverVolumes, volume: Volume, namespace: string, node: CSINode | undefined): void {
  const entry = inTreeDriverOf(volume);
  if (!entry || !node || !isScheduledAsDriver(entry.plugin)) return;
  found.set(driverVolumeKey(entry.driver, entry.handleOfInline(volume, namespace)), entry.driver);
}

function addClaimed(found: DriverVolumes, pod: Pod, claim: PersistentVolumeClaim, isEphemeral: boolean, node: CSINode | undefined, lookup: VolumeLookup): void {
  const problem = isEphemeral ? ownershipProblem(pod, claim) : undefined;
  if (problem !== undefined) throw new Error(problem);
  const volume = claim.spec.volumeName ? lookup.volume(claim.spec.volumeName) : undefined;
  const attached = volume ? ofVolume(volume, node) : ofClass(claim, node, lookup);
  if (attached?.driver && attached.handle) found.set(driverVolumeKey(attached.driver, attached.handle), attached.driver);
}

interface Attached {
  readonly driver: string;
  readonly handle: string;
}

function ofVolume(volume: PersistentVolume, node: CSINode | undefined): Attached | undefined {
  const { csi } = volume.spec;
  if (csi) return { driver: csi.driver, handle: csi.volumeHandle };
  const entry = inTreeDriverOf(volume.spec);
  if (!entry || !node || !isScheduledAsDriver(entry.plugin)) return undefined;
  try {
    return { driver: entry.driver, handle: entry.handleOfVolume(volume) };
  } catch {
    // A volume that says too little about itself is not counted, as upstream does not: no driver could attach it.
    return undefined;
  }
}

/** A claim without a class, or with a missing one, is bound before its pod is scheduled, and counts then. */
function ofClass(claim: PersistentVolumeClaim, node: CSINode | undefined, { storageClass }: VolumeLookup): Attached | undefined {
  const name = classOfClaim(claim);
  const provisioner = name === '' ? undefined : storageClass(name)?.provisioner;
  if (!provisioner) return undefined;
  const handle = `${unmade}-${claim.metadata.namespace}/${claim.metadata.name}`;
  const entry = driverOfPlugin(provisioner);
  if (!entry) return { driver: provisioner, handle };
  return node && isScheduledAsDriver(entry.plugin) ? { driver: entry.driver, handle } : undefined;
}
