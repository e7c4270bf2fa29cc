import type { Pod } from '../../../api/generated/core-v1.ts';
import { deviceclasses, resourceclaims } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { keyOf } from '../../../api/object.ts';
import type { PostFilterResult, SchedulingHandle, SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { skip, success, unresolvable } from '../../../extension-points/scheduling/contract.ts';
import { matchesNodeSelector } from '../../../extension-points/scheduling/node-selector.ts';
import { claimsOf, classesOf, isInUse, isReservedFor } from './pod-claims.ts';

const stateKey = 'DynamicResources';

/**
 * Keeps pods to nodes where the devices are that their resource claims were allocated, and reserves the claims for them. It allocates nothing itself: a pod with a claim
 * that nobody allocated is refused with upstream's words for a cluster whose drivers have no device left.
 */
export default function dynamicResources(_args: unknown, { informers, client }: Pick<SchedulingHandle, 'informers' | 'client'>): SchedulingPlugin {
  const claims = informers.informer(resourceclaims);
  const classes = informers.informer(deviceclasses);

  const objectionTo = (claim: ResourceClaim, pod: Pod): string | undefined => {
    if (claim.status?.allocation) return isInUse(claim, pod) ? 'resourceclaim in use' : undefined;
    for (const { request, deviceClass } of classesOf(claim))
      if (!classes.get({ name: deviceClass })) return `request ${request}: device class ${deviceClass} does not exist`;
    return undefined;
  };

  const postFilter: NonNullable<SchedulingPlugin['postFilter']> = (state): PostFilterResult => {
    const used = state.read<readonly ResourceClaim[]>(stateKey);
    // Another plugin refused the pod as a whole before this one was asked: upstream then has nothing more to say, and nobody preempts.
    if (!used) return { status: unresolvable('not found') };
    return { status: { code: 'unschedulable', reasons: [used.length === 0 ? 'no new claims to deallocate' : 'still not schedulable'] } };
  };

  return {
    preEnqueue(pod) {
      const used = claimsOf(pod, claims);
      return typeof used === 'string' ? unresolvable(used) : success;
    },
    preFilter(state, pod) {
      state.write(stateKey, []);
      if (!pod.spec?.resourceClaims?.length) return { status: skip };
      const used = claimsOf(pod, claims);
      if (typeof used === 'string') return { status: unresolvable(used) };
      if (used.length === 0) return { status: skip };
      const objection = used.map((claim) => objectionTo(claim, pod)).find((text) => text !== undefined);
      if (objection !== undefined) return { status: unresolvable(objection) };
      state.write(stateKey, used);
      return { status: success };
    },
    filter(state, _pod, { node }) {
      const allocations = (state.read<readonly ResourceClaim[]>(stateKey) ?? []).map(({ status }) => status?.allocation);
      if (allocations.includes(undefined)) return unresolvable('cannot allocate all claims');
      const isThere = allocations.every((allocation) => !allocation?.nodeSelector || matchesNodeSelector(allocation.nodeSelector, node));
      return isThere ? success : unresolvable('resourceclaim not available on the node');
    },
    postFilter,
    reviewPostFilter: postFilter,
    preBindPreFlight: (state) => (state.read<readonly ResourceClaim[]>(stateKey)?.length ? success : skip),
    async preBind(state, pod) {
      const reservation = { resource: 'pods', name: pod.metadata.name, uid: pod.metadata.uid };
      for (const claim of state.read<readonly ResourceClaim[]>(stateKey) ?? []) {
        if (isReservedFor(claim, pod)) continue;
        const { resourceVersion } = claim.metadata;
        const body = { metadata: { resourceVersion }, status: { reservedFor: [...(claim.status?.reservedFor ?? []), reservation] } };
        await client.patch(resourceclaims, keyOf(claim), { type: 'merge', body }, { subresource: 'status' });
      }
      return success;
    },
    sign: (pod) => (pod.spec?.resourceClaims?.length ? undefined : ''),
    eventsToRegister: () => [
      { event: { resource: 'Node', actions: ['Add', 'UpdateNodeLabel', 'UpdateNodeAllocatable'] } },
      {
        event: { resource: 'resource.k8s.io/ResourceClaim', actions: ['Add', 'Update'] },
        hint: (pod, _old, current) => (isUsed(current as ResourceClaim, claimsOf(pod, claims)) ? 'queue' : 'skip'),
      },
      {
        event: { resource: 'UnscheduledPod', actions: ['UpdatePodGeneratedResourceClaim'] },
        hint: (pod, _old, current) => ((current as Pod).metadata.uid === pod.metadata.uid ? 'queue' : 'skip'),
      },
      { event: { resource: 'resource.k8s.io/DeviceClass', actions: ['Add', 'Update'] } },
    ],
  };
}

const isUsed = ({ metadata }: ResourceClaim, used: readonly ResourceClaim[] | string): boolean =>
  typeof used !== 'string' && used.some((claim) => claim.metadata.uid === metadata.uid);
