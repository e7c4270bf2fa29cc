import type { PersistentVolume, PersistentVolumeClaim, Volume } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, persistentvolumes } from '../../../api/generated/resource-types.ts';
import { nameOf } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import { type MountedVolume, VolumeError, type VolumePlugin, type VolumeRequest } from './contract.ts';
import { checkHostPath } from './host-path.ts';
import { giveToGroup } from './ownership.ts';

/** Claims whose volume is a path of this node (`hostPath`, `local`). Other volumes need a plugin of their own. */
export const persistentClaimVolumes: VolumePlugin = {
  name: 'kubernetes.io~persistent-volume',
  supports: (volume) => volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined,
  async setUp(request: VolumeRequest): Promise<MountedVolume> {
    const claim = await boundClaim(request);
    const volume = await request.services.client.get(persistentvolumes, { name: claim.spec.volumeName! }).catch(asVolumeError);
    const isReadOnly = request.volume.persistentVolumeClaim?.readOnly === true;
    return { path: await localPath(request, volume), ...(isReadOnly ? { isReadOnly } : {}) };
  },
};

/** The claim a volume stands for; a generic ephemeral volume has one of its own, named after the pod. */
export const claimName = (request: Pick<VolumeRequest, 'pod' | 'volume'>): string =>
  request.volume.persistentVolumeClaim?.claimName ?? `${nameOf(request.pod)}-${request.volume.name}`;

/** The claim, when it is bound. Throws a `VolumeError` while it is not. */
export async function boundClaim(request: VolumeRequest): Promise<PersistentVolumeClaim & { spec: { volumeName: string } }> {
  const { pod, volume, services } = request;
  const name = claimName(request);
  const claim = await services.client.get(persistentvolumeclaims, { namespace: pod.metadata.namespace!, name }).catch((error: unknown) => {
    throw isNotFound(error) ? new VolumeError(`persistentvolumeclaim "${name}" not found`, { cause: error }) : error;
  });
  const isMine = claim.metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === pod.metadata.uid);
  if (volume.ephemeral && !isMine)
    throw new VolumeError(`PVC ${pod.metadata.namespace}/${name} was not created for pod ${pod.metadata.namespace}/${nameOf(pod)} (pod is not owner)`);
  if (claim.status?.phase !== 'Bound' || !claim.spec.volumeName) throw new VolumeError('PVC is not bound');
  return claim as PersistentVolumeClaim & { spec: { volumeName: string } };
}

function asVolumeError(error: unknown): never {
  throw new VolumeError((error as Error).message, { cause: error });
}

async function localPath({ pod }: VolumeRequest, volume: PersistentVolume): Promise<string> {
  const { hostPath, local } = volume.spec;
  if (hostPath) {
    await checkHostPath(hostPath.path, hostPath.type ?? '');
    return hostPath.path;
  }
  if (!local) throw new VolumeError(`persistent volume "${nameOf(volume)}" has a source this node agent has no plugin for (${sourceOf(volume)})`);
  await checkHostPath(local.path, 'Directory');
  await giveToGroup(local.path, pod, { isReadOnly: false });
  return local.path;
}

const settings = new Set([
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);
const sourceOf = (volume: PersistentVolume): string => Object.keys(volume.spec).find((field) => !settings.has(field)) ?? 'none';

/** What kind of source a pod's volume has, for messages. */
export const volumeSource = (volume: Volume): string => Object.keys(volume).find((field) => field !== 'name') ?? 'none';
