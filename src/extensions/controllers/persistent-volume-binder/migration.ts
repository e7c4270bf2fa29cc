import { isDeepStrictEqual } from 'node:util';
import type { PersistentVolume, PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, persistentvolumes } from '../../../api/generated/resource-types.ts';
import { driverOfPlugin } from '../../../extension-points/scheduling/volumes/in-tree-drivers.ts';
import { betaStorageProvisioner, migratedTo, provisionedBy, storageProvisioner } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import type { BinderContext } from './binder-context.ts';

const ownFinalizer = 'kubernetes.io/pv-controller';
const externalFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

type Annotations = Readonly<Record<string, string>>;

/** Annotations that say which CSI driver does the work of a former plugin; the same object when they do already. */
export function withMigration(annotations: Annotations, provisioner: string | undefined): Annotations {
  if (provisioner === undefined) return annotations;
  const driver = driverOfPlugin(provisioner)?.driver;
  const { [migratedTo]: old, ...rest } = annotations;
  if (driver === old || (driver === undefined && !old)) return annotations;
  return driver === undefined ? rest : { ...rest, [migratedTo]: driver };
}

/** Answers the claim with the annotation it should have, written if need be. */
export async function annotateClaim(claim: PersistentVolumeClaim, context: BinderContext): Promise<PersistentVolumeClaim> {
  const { annotations } = claim.metadata;
  const changed = annotations && withMigration(annotations, annotations[storageProvisioner] ?? annotations[betaStorageProvisioner]);
  if (changed === annotations) return claim;
  return context.claims.wrote(await context.client.replace(persistentvolumeclaims, { ...claim, metadata: { ...claim.metadata, annotations: { ...changed } } }));
}

/** The same for a volume, with the finalizers that whoever deletes it needs. */
export async function annotateVolume(volume: PersistentVolume, context: BinderContext): Promise<PersistentVolume> {
  const { annotations, finalizers = [] } = volume.metadata;
  const changed = annotations && withMigration(annotations, annotations[provisionedBy]);
  const wanted = deletionFinalizers(volume);
  if (changed === annotations && isDeepStrictEqual(wanted, finalizers)) return volume;
  const metadata = { ...volume.metadata, ...(changed ? { annotations: { ...changed } } : {}), finalizers: [...wanted] };
  return context.volumes.wrote(await context.client.replace(persistentvolumes, { ...volume, metadata }));
}

/** A volume that a plugin of Kubernetes' own made is kept until the plugin deleted what is behind it; other volumes are their makers' to keep. */
function deletionFinalizers({ metadata: { annotations, finalizers = [] }, spec }: PersistentVolume): readonly string[] {
  const maker = annotations?.[provisionedBy];
  if (maker === undefined) return finalizers;
  if (driverOfPlugin(maker)) return finalizers.filter((name) => name !== ownFinalizer);
  if (!maker.startsWith('kubernetes.io/')) return finalizers;
  const others = finalizers.filter((name) => name !== externalFinalizer && (name !== ownFinalizer || spec.persistentVolumeReclaimPolicy === 'Delete'));
  return spec.persistentVolumeReclaimPolicy === 'Delete' && !others.includes(ownFinalizer) ? [...others, ownFinalizer] : others;
}
