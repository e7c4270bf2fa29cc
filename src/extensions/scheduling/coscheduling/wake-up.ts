import type { Pod } from '../../../api/generated/core-v1.ts';
import type { ClusterEventWithHint, EventResource } from '../../../extension-points/scheduling/contract.ts';
import type { PodGroup } from './pod-group-type.ts';
import { groupKeyOf, podgroups } from './pod-group-type.ts';

const { resource, version, group } = podgroups;
const podGroupResource: EventResource = `${resource}.${version}.${group}`;

/** What may help a member that this plugin refused: another member, a change of the group, and more room for a group that the cluster was too small for. */
export function wakeUps(lacksResources: (groupKey: string) => boolean): readonly ClusterEventWithHint[] {
  const isSibling = (pod: Pod, _old: unknown, current: unknown): 'queue' | 'skip' =>
    current !== undefined && groupKeyOf(current as Pod) === groupKeyOf(pod) ? 'queue' : 'skip';
  const needsRoom = (pod: Pod): 'queue' | 'skip' => (lacksResources(groupKeyOf(pod) ?? '') ? 'queue' : 'skip');
  return [
    { event: { resource: 'Pod', actions: ['Add', 'UpdatePodLabel', 'UpdatePodSchedulingGatesEliminated'] }, hint: isSibling },
    {
      event: { resource: podGroupResource, actions: ['Add', 'Update'] },
      hint: (pod, old, current) => (isChangeOf(pod, old as PodGroup | undefined, current as PodGroup) ? 'queue' : 'skip'),
    },
    { event: { resource: 'Node', actions: ['Add', 'UpdateNodeAllocatable'] }, hint: needsRoom },
    { event: { resource: 'AssignedPod', actions: ['Delete'] }, hint: needsRoom },
  ];
}

/** Its status says only what became of the members. */
function isChangeOf(pod: Pod, old: PodGroup | undefined, { metadata: { namespace, name }, spec }: PodGroup): boolean {
  return groupKeyOf(pod) === `${namespace}/${name}` && (!old || JSON.stringify(old.spec) !== JSON.stringify(spec));
}
