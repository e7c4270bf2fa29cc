import type { Container, EphemeralContainer, Pod, PodSpec, Volume } from '../../api/generated/core-v1.ts';

/** All containers of a pod: init, ordinary and ephemeral. */
export const allContainers = (spec: PodSpec | undefined): readonly (Container | EphemeralContainer)[] =>
  spec ? [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])] : [];

/** A pod that a node made from a local file and shows to the API server. */
export const isMirrorPod = (pod: Pod): boolean => pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;

/** The secrets a pod names: for pulling images, in environments and in volumes. */
export function secretNames(pod: Pod): Set<string> {
  const names = new Set<string>();
  for (const { name } of pod.spec?.imagePullSecrets ?? []) add(names, name);
  for (const container of allContainers(pod.spec)) {
    for (const source of container.envFrom ?? []) add(names, source.secretRef?.name);
    for (const variable of container.env ?? []) add(names, variable.valueFrom?.secretKeyRef?.name);
  }
  for (const volume of pod.spec?.volumes ?? []) addVolumeSecrets(names, volume);
  return names;
}

/** The config maps a pod names, in environments and in volumes. */
export function configMapNames(pod: Pod): Set<string> {
  const names = new Set<string>();
  for (const container of allContainers(pod.spec)) {
    for (const source of container.envFrom ?? []) add(names, source.configMapRef?.name);
    for (const variable of container.env ?? []) add(names, variable.valueFrom?.configMapKeyRef?.name);
  }
  for (const volume of pod.spec?.volumes ?? []) {
    add(names, volume.configMap?.name);
    for (const source of volume.projected?.sources ?? []) add(names, source.configMap?.name);
  }
  return names;
}

/** The claims behind a pod's volumes; a generic ephemeral volume's claim is named after pod and volume. */
export function claimNames(pod: Pod): Set<string> {
  const names = new Set<string>();
  for (const volume of pod.spec?.volumes ?? []) {
    add(names, volume.persistentVolumeClaim?.claimName);
    if (volume.ephemeral) add(names, `${pod.metadata.name ?? ''}-${volume.name}`);
  }
  return names;
}

/** The resource claims a pod uses, generated ones as its status tells. */
export function resourceClaimNames(pod: Pod): Set<string> {
  const names = new Set<string>();
  for (const claim of pod.spec?.resourceClaims ?? []) add(names, claim.resourceClaimName);
  for (const status of pod.status?.resourceClaimStatuses ?? []) add(names, status.resourceClaimName);
  add(names, pod.status?.extendedResourceClaimStatus?.resourceClaimName);
  return names;
}

function addVolumeSecrets(names: Set<string>, volume: Volume): void {
  add(names, volume.secret?.secretName);
  add(names, volume.csi?.nodePublishSecretRef?.name);
  add(names, volume.azureFile?.secretName);
  for (const source of [volume.cephfs, volume.cinder, volume.flexVolume, volume.rbd, volume.scaleIO, volume.iscsi, volume.storageos])
    add(names, source?.secretRef?.name);
  for (const source of volume.projected?.sources ?? []) add(names, source.secret?.name);
}

function add(names: Set<string>, name: string | undefined): void {
  if (name) names.add(name);
}
