import type { OwnerReference } from '../../api/generated/meta-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { groupVersion, parseGroupVersion, type ResourceType } from '../../api/resource-type.ts';

/** The one owner that controls an object. */
export const controllerOf = (object: KubernetesObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((reference) => reference.controller === true);

export const isControlledBy = (object: KubernetesObject, owner: KubernetesObject): boolean => controllerOf(object)?.uid === owner.metadata.uid;

/** A reference that makes `owner` the controller and holds up its foreground deletion. */
export function controllerReference(owner: KubernetesObject, type: ResourceType): OwnerReference {
  return {
    apiVersion: groupVersion(type),
    kind: type.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Whether a reference names an object of a resource; versions of one group are the same. */
export const isReferenceTo = (reference: OwnerReference, type: ResourceType): boolean =>
  reference.kind === type.kind && parseGroupVersion(reference.apiVersion).group === type.group;
