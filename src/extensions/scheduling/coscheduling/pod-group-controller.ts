import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { defineStatefulReconciler, type NamedController, watching } from '../../../extension-points/controllers/reconcile.ts';
import { updateStatus } from '../../../extension-points/controllers/status.ts';
import type { PodGroup, PodGroupStatus } from './pod-group-type.ts';
import { groupKeyOf, podGroupLabel, podgroups } from './pod-group-type.ts';

const byGroup = 'by-pod-group';

/**
 * Keeps the phase of every PodGroup and the counts of its members: Pending until there are enough members, Scheduling until enough of them run, Running; Failed and
 * Finished are for good.
 */
export function podGroupController(): NamedController {
  return defineStatefulReconciler(
    {
      name: 'pod-group-controller',
      primary: podgroups,
      selection: { mayBeMissing: true },
      watches: [
        watching(pods, ({ metadata: { namespace = '', labels } }) => (labels?.[podGroupLabel] ? [{ namespace, name: labels[podGroupLabel] }] : []), {
          labelSelector: podGroupLabel,
        }),
      ],
    },
    ({ client, informers }) => {
      const members = informers.informer(pods, { labelSelector: podGroupLabel });
      members.addIndex(byGroup, (pod) => [groupKeyOf(pod)!]);
      return async (key) => {
        const group = informers.informer(podgroups).get(key);
        if (!group || group.metadata.deletionTimestamp) return;
        const found = members.byIndex(byGroup, `${key.namespace}/${key.name}`);
        await updateStatus({ client, type: podgroups }, group, nextStatus(group, found));
      };
    },
  );
}

/** One step on: the status that is written leads to the next look at the group. */
export function nextStatus({ spec, status = {} }: PodGroup, members: readonly Pod[]): PodGroupStatus {
  const minMember = spec?.minMember ?? 0;
  switch (status.phase) {
    case 'Finished':
    case 'Failed':
      return status;
    case undefined:
      return { ...status, phase: 'Pending' };
    case 'Pending':
      return members.length >= minMember ? { ...status, phase: 'Scheduling', ...occupiedBy(members[0]) } : status;
    default: {
      const count = (phase: string): number => members.filter((pod) => pod.status?.phase === phase).length;
      const counts = { running: count('Running'), succeeded: count('Succeeded'), failed: count('Failed') };
      return { ...status, ...counts, phase: phaseOf(counts, members.length, minMember) };
    }
  }
}

function phaseOf(counts: { running: number; succeeded: number; failed: number }, members: number, minMember: number): NonNullable<PodGroupStatus['phase']> {
  const { running, succeeded, failed } = counts;
  if (members < minMember) return 'Pending';
  if (succeeded >= minMember) return 'Finished';
  if (failed > 0 && failed + running + succeeded >= minMember) return 'Failed';
  return running + succeeded >= minMember ? 'Running' : 'Scheduling';
}

function occupiedBy(pod: Pod | undefined): Pick<PodGroupStatus, 'occupiedBy'> {
  const owners = pod?.metadata.ownerReferences?.map(({ name }) => `${pod.metadata.namespace}/${name}`) ?? [];
  return owners.length > 0 ? { occupiedBy: owners.sort().join(',') } : {};
}
