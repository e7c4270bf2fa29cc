import type { PersistentVolume, Pod } from '../../../api/generated/core-v1.ts';
import { persistentvolumes, pods, resourceslices, volumeattachments } from '../../../api/generated/resource-types.ts';
import type { ObservableLookup } from '../../../extension-points/admission/lookup.ts';
import { claimNames, configMapNames, isMirrorPod, resourceClaimNames, secretNames } from '../../../extension-points/admission/pod-references.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';

export type RelatedKind = 'pod' | 'secret' | 'configmap' | 'persistentvolumeclaim' | 'serviceaccount' | 'resourceclaim';

/**
 * Which objects have to do with which node, kept current pod by pod: an object is a node's when a pod bound there names it.
 * For each object it counts the pods per node, so that adding and removing a pod costs what the pod names and nothing else.
 */
export class NodeGraph implements AsyncDisposable {
  readonly #podsByNode = new Map<string, Map<string, number>>();
  readonly #volumesBySecret = new Map<string, Set<string>>();
  readonly #lookup: ObservableLookup;
  readonly #resources = new DisposalStack();

  constructor(lookup: ObservableLookup) {
    this.#lookup = lookup;
    this.#resources.use(
      lookup.onChange(pods, {
        added: (pod) => this.#count(pod, 1),
        updated: (pod, old) => {
          if (sameReferences(pod, old)) return;
          this.#count(old, -1);
          this.#count(pod, 1);
        },
        deleted: (pod) => this.#count(pod, -1),
      }),
    );
    this.#resources.use(
      lookup.onChange(persistentvolumes, {
        added: (volume) => this.#linkSecrets(volume),
        updated: (volume, old) => {
          this.#unlinkSecrets(old);
          this.#linkSecrets(volume);
        },
        deleted: (volume) => this.#unlinkSecrets(volume),
      }),
    );
  }

  /** Whether a pod bound to the node names the object, or for a secret also a volume that such a pod claims. */
  isRelated(node: string, kind: RelatedKind, namespace: string, name: string): boolean {
    if (this.#podsByNode.get(referenceKey(kind, namespace, name))?.has(node)) return true;
    if (kind !== 'secret') return false;
    const volumes = this.#volumesBySecret.get(`${namespace}/${name}`) ?? [];
    return [...volumes].some((volume) => this.claimsVolume(node, volume));
  }

  /** Whether a pod bound to the node claims a persistent volume. */
  claimsVolume(node: string, name: string): boolean {
    const claim = this.#lookup.get(persistentvolumes, { name })?.spec?.claimRef;
    return claim !== undefined && this.isRelated(node, 'persistentvolumeclaim', claim.namespace ?? '', claim.name ?? '');
  }

  hasAttachment(node: string, name: string): boolean {
    return this.#lookup.get(volumeattachments, { name })?.spec.nodeName === node;
  }

  hasSlice(node: string, name: string): boolean {
    return this.#lookup.get(resourceslices, { name })?.spec.nodeName === node;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources[Symbol.asyncDispose]();
  }

  #count(pod: Pod, by: 1 | -1): void {
    const node = pod.spec?.nodeName;
    if (!node) return;
    for (const key of referencesOf(pod)) {
      const nodes = this.#podsByNode.get(key) ?? new Map<string, number>();
      const count = (nodes.get(node) ?? 0) + by;
      if (count > 0) nodes.set(node, count);
      else nodes.delete(node);
      if (nodes.size > 0) this.#podsByNode.set(key, nodes);
      else this.#podsByNode.delete(key);
    }
  }

  #linkSecrets(volume: PersistentVolume): void {
    for (const key of volumeSecrets(volume)) {
      const volumes = this.#volumesBySecret.get(key) ?? new Set<string>();
      this.#volumesBySecret.set(key, volumes.add(volume.metadata.name ?? ''));
    }
  }

  #unlinkSecrets(volume: PersistentVolume): void {
    for (const key of volumeSecrets(volume)) {
      const volumes = this.#volumesBySecret.get(key);
      volumes?.delete(volume.metadata.name ?? '');
      if (volumes?.size === 0) this.#volumesBySecret.delete(key);
    }
  }
}

const referenceKey = (kind: RelatedKind, namespace: string, name: string): string => `${kind}/${namespace}/${name}`;

/** Most updates are of the status alone: then nothing is to be counted. */
function sameReferences(pod: Pod, old: Pod): boolean {
  return (
    pod.metadata.generation !== undefined &&
    pod.metadata.generation === old.metadata.generation &&
    pod.spec?.nodeName === old.spec?.nodeName &&
    pod.spec?.ephemeralContainers?.length === old.spec?.ephemeralContainers?.length &&
    [...resourceClaimNames(pod)].join() === [...resourceClaimNames(old)].join()
  );
}

function* referencesOf(pod: Pod): Generator<string> {
  const { namespace = '', name = '' } = pod.metadata;
  yield referenceKey('pod', namespace, name);
  // A node makes mirror pods itself: what one names must not open anything to the node.
  if (isMirrorPod(pod)) return;
  if (pod.spec?.serviceAccountName) yield referenceKey('serviceaccount', namespace, pod.spec.serviceAccountName);
  for (const secret of secretNames(pod)) yield referenceKey('secret', namespace, secret);
  for (const configMap of configMapNames(pod)) yield referenceKey('configmap', namespace, configMap);
  for (const claim of claimNames(pod)) yield referenceKey('persistentvolumeclaim', namespace, claim);
  for (const claim of resourceClaimNames(pod)) yield referenceKey('resourceclaim', namespace, claim);
}

/** The secrets a node needs to mount a volume, as `namespace/name`; a reference without namespace is in the claim's. */
function volumeSecrets({ spec }: PersistentVolume): string[] {
  if (!spec) return [];
  const references = [
    spec.csi?.nodePublishSecretRef,
    spec.csi?.nodeStageSecretRef,
    spec.csi?.nodeExpandSecretRef,
    spec.cephfs?.secretRef,
    spec.cinder?.secretRef,
    spec.flexVolume?.secretRef,
    spec.rbd?.secretRef,
    spec.scaleIO?.secretRef,
    spec.iscsi?.secretRef,
    spec.storageos?.secretRef,
    spec.azureFile && { name: spec.azureFile.secretName, namespace: spec.azureFile.secretNamespace },
  ];
  return references.flatMap((reference) => (reference?.name ? [`${reference.namespace || spec.claimRef?.namespace || ''}/${reference.name}`] : []));
}
