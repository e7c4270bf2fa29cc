import type { Container, Pod, ResourceList } from '../../../api/generated/core-v1.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { quantityValue } from '../quantities.ts';

/** A claim that a pod refers to. */
export interface PodClaim {
  /** The pod's own name for it; undefined for the claim that stands for the pod's extended resources. */
  readonly reference: string | undefined;
  readonly claimName: string;
  /** It was made for this pod, so the pod must be its owner. */
  readonly isMadeForPod: boolean;
}

/** The claims a pod refers to, those left out that were found not to be needed. Throws while one has not been made yet. */
export function podClaims({ metadata, spec, status }: Pod): readonly PodClaim[] {
  const found: PodClaim[] = [];
  for (const { name, resourceClaimName, resourceClaimTemplateName } of spec.resourceClaims ?? []) {
    const pod = `pod ${JSON.stringify(`${metadata.namespace}/${metadata.name}`)}`;
    if (resourceClaimName !== undefined) {
      found.push({ reference: name, claimName: resourceClaimName, isMadeForPod: false });
      continue;
    }
    if (resourceClaimTemplateName === undefined) throw new Error(`${pod}, spec.resourceClaim ${JSON.stringify(name)}: none of the supported fields are set`);
    const made = status?.resourceClaimStatuses?.find((entry) => entry.name === name);
    if (!made) throw new Error(`${pod}: ResourceClaim not created yet`);
    if (made.resourceClaimName !== undefined) found.push({ reference: name, claimName: made.resourceClaimName, isMadeForPod: true });
  }
  const extended = status?.extendedResourceClaimStatus;
  if (extended) found.push({ reference: undefined, claimName: extended.resourceClaimName, isMadeForPod: false });
  return found;
}

/** Whether a pod refers to claims at all, in which case the others of this file may throw. */
export const hasClaims = ({ spec, status }: Pod): boolean => (spec.resourceClaims?.length ?? 0) > 0 || status?.extendedResourceClaimStatus !== undefined;

/** What a container uses of a claim: the devices of one request, or all when `request` is empty. */
export interface ContainerClaim {
  readonly claimName: string;
  readonly request: string;
}

/** In upstream's order: claims as the pod names them, then extended resources. */
export function containerClaims(pod: Pod, container: Container): readonly ContainerClaim[] {
  const claims = hasClaims(pod) ? podClaims(pod) : [];
  const named = claims.flatMap(({ reference, claimName }) =>
    (container.resources?.claims ?? []).filter(({ name }) => name === reference).map(({ request = '' }) => ({ claimName, request })),
  );
  const { resourceClaimName: claimName = '', requestMappings = [] } = pod.status?.extendedResourceClaimStatus ?? {};
  const { requests = {}, limits = {} } = container.resources ?? {};
  const extended = requestMappings
    .filter(({ containerName, resourceName }) => containerName === container.name && quantityValue(requests[resourceName] ?? limits[resourceName]) > 0)
    .map(({ requestName }) => ({ claimName, request: requestName }));
  return [...named, ...extended];
}

/** Whether a claim stands for an extended resource of a container: then neither device plugins nor the node's count of it have to do with it. */
export const isClaimed = ({ status }: Pod, containerName: string, resource: string): boolean =>
  status?.extendedResourceClaimStatus?.requestMappings?.some((mapping) => mapping.containerName === containerName && mapping.resourceName === resource) ??
  false;

/** The pod as it would be without the extended resources that a claim stands for. */
export function withoutClaimed(pod: Pod): Pod {
  if (!pod.status?.extendedResourceClaimStatus) return pod;
  const counted = (list: ResourceList | undefined, container: string): ResourceList =>
    Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => !isClaimed(pod, container, name)));
  const reduced = (container: Container): Container => {
    const { requests, limits, ...rest } = container.resources ?? {};
    return { ...container, resources: { ...rest, requests: counted(requests, container.name), limits: counted(limits, container.name) } };
  };
  const { initContainers, containers } = pod.spec;
  return { ...pod, spec: { ...pod.spec, containers: containers.map(reduced), ...(initContainers ? { initContainers: initContainers.map(reduced) } : {}) } };
}

/** Throws when the pod may not use the claim, in upstream's words. */
export function checkMayUse(pod: Pod, claim: ResourceClaim, isMadeForPod: boolean): void {
  const { namespace, name, uid } = pod.metadata;
  if (isMadeForPod && claim.metadata.ownerReferences?.find(({ controller }) => controller)?.uid !== uid)
    throw new Error(`ResourceClaim ${namespace}/${claim.metadata.name} was not created for Pod ${namespace}/${name} (Pod is not owner)`);
  if (!claim.status?.reservedFor?.some((consumer) => consumer.uid === uid))
    throw new Error(`pod ${name} (${uid}) is not allowed to use ResourceClaim ${claim.metadata.name} (${claim.metadata.uid})`);
}

/** Whether a device is for a request; drivers name the request, or the part of it that was chosen. */
export const isForRequest = (requests: readonly string[], request: string): boolean =>
  request === '' || requests.length === 0 || requests.some((name) => topRequest(name) === topRequest(request));

const topRequest = (name: string): string => name.split('/', 1)[0]!;
