import type { ServedResource } from '../../../extension-points/commands/discovery/contract.ts';

const withRevisions = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);
/** Kinds that kubectl knows of and that have no revisions. */
const withoutRevisions = new Set(['apps/ReplicaSet', 'batch/Job', 'batch/CronJob', '/Pod', '/ReplicationController']);

/** Throws for a kind without revisions, in kubectl's words; `part` is what is missing: `history viewer`. */
export function requireRevisions({ group, kind }: ServedResource, part: string, verb: string): void {
  if ((group === 'apps' || group === 'extensions') && withRevisions.has(kind)) return;
  const name = JSON.stringify(group === '' ? kind : `${kind}.${group}`);
  if (withoutRevisions.has(`${group}/${kind}`)) throw new Error(`no ${part} has been implemented for ${name}`);
  throw new Error(`error retrieving ${verb} for ${name}, no visitor method exists for {${group} ${kind}}`);
}
