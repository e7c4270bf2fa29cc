import type { UntypedObject } from '../../../../api/object.ts';
import { deleteOptionsOf } from '../../../../extension-points/commands/deletion/deletion-flags.ts';
import type { ServedResource } from '../../../../extension-points/commands/discovery/contract.ts';
import { deleteObject } from '../../../../extension-points/commands/resources/object-requests.ts';
import type { ApplyWork } from '../apply-work.ts';

/** Deletes one object, unless it is only looked what would be done. */
export async function deletePruned(work: ApplyWork, resource: ServedResource, { metadata }: UntypedObject): Promise<void> {
  if (work.dryRun === 'client') return;
  const options = deleteOptionsOf(work.propagationPolicy, work.gracePeriodSeconds, { dryRun: work.dryRun === 'server' });
  await deleteObject(work.client(), { resource, namespace: metadata.namespace, name: metadata.name ?? '' }, options);
}
