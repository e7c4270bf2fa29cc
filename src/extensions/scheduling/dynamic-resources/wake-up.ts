import type { Pod } from '../../../api/generated/core-v1.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import type { ClusterEventWithHint } from '../../../extension-points/scheduling/contract.ts';
import { claimsOf, type Lookups } from './read-pod.ts';

/** What may make a pod schedulable that waits for devices. */
export const dynamicResourcesEvents = (lookups: Pick<Lookups, 'ledger'>): readonly ClusterEventWithHint[] => [
  { event: { resource: 'Node', actions: ['Add', 'UpdateNodeLabel', 'UpdateNodeAllocatable'] } },
  {
    event: { resource: 'resource.k8s.io/ResourceClaim', actions: ['Add', 'Update'] },
    hint: (pod, old, current) => (helps(pod, old as ResourceClaim | undefined, current as ResourceClaim, lookups) ? 'queue' : 'skip'),
  },
  {
    event: { resource: 'UnscheduledPod', actions: ['UpdatePodGeneratedResourceClaim'] },
    hint: (pod, _old, current) => {
      const changed = current as Pod;
      return changed.metadata.uid === pod.metadata.uid && typeof claimsOf(changed, lookups) !== 'string' ? 'queue' : 'skip';
    },
  },
  { event: { resource: 'resource.k8s.io/DeviceClass', actions: ['Add', 'Update'] } },
  { event: { resource: 'resource.k8s.io/ResourceSlice', actions: ['Add', 'Update'] } },
];

/** Devices that became free may be anybody's; other changes concern those that use the claim. */
function helps(pod: Pod, old: ResourceClaim | undefined, current: ResourceClaim, lookups: Pick<Lookups, 'ledger'>): boolean {
  const own = claimsOf(pod, lookups);
  if (typeof own === 'string') return false;
  if (old?.status?.allocation && !current.status?.allocation) return true;
  const isOwn = own.some(({ metadata }) => metadata.uid === current.metadata.uid);
  return isOwn && (!old || !sameValue(old.status ?? {}, current.status ?? {}));
}
