import type { PersistentVolumeClaim, Pod } from '../../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, pods as podResource } from '../../../../api/generated/resource-types.ts';
import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';
import { defineDescriber } from '../contract.ts';
import { listObjects } from '../list-objects.ts';
import { writeLines } from '../page/multi-line.ts';
import { localTime } from '../page/times.ts';
import { writeClaim } from '../storage/claim.ts';

export const persistentVolumeClaimDescriber = defineDescriber<PersistentVolumeClaim, { readonly users: readonly string[] }>({
  resources: [persistentvolumeclaims],
  find: async (claim, context) => ({
    users: usersOf(claim, await listObjects(context, { resource: podResource, namespace: claim.metadata.namespace })),
  }),
  sections: [
    (page, claim, { now }) => writeClaim(page, claim, { now, isWhole: true }),
    (page, _claim, { users }) => writeLines(page, 'Used By', users),
    (page, { status }) => {
      const conditions = status?.conditions ?? [];
      if (conditions.length === 0) return;
      page.line(0, 'Conditions:');
      page.line(1, 'Type', 'Status', 'LastProbeTime', 'LastTransitionTime', 'Reason', 'Message');
      page.line(1, '----', '------', '-----------------', '------------------', '------', '-------');
      for (const { type, status: value, lastProbeTime, lastTransitionTime, reason = '', message = '' } of conditions)
        page.line(1, `${type} `, `${value} `, `${localTime(lastProbeTime)} `, `${localTime(lastTransitionTime)} `, `${reason} `, message);
    },
  ],
});

/** The pods that mount a claim, once for each volume that does, and those it belongs to. Sorted names. */
function usersOf({ metadata }: PersistentVolumeClaim, pods: readonly Pod[]): string[] {
  const users = pods.flatMap((pod) =>
    (pod.spec?.volumes ?? []).filter(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === metadata.name).map(() => pod),
  );
  for (const { kind, uid } of metadata.ownerReferences ?? []) {
    const owner = kind === 'Pod' ? pods.find((pod) => pod.metadata.uid === uid) : undefined;
    if (owner && !users.includes(owner)) users.push(owner);
  }
  return users.map((pod) => pod.metadata.name ?? '').sort(compareText);
}
