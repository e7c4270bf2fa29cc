import { ApiError } from '../../../api/status.ts';
import { compactJson } from '../../../extension-points/commands/printers/json-text.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import type { Applied, ApplyWork } from './apply-work.ts';
import { deletionWarning } from './client-side-apply.ts';
import { migrateOwnership } from './migrate-ownership.ts';

/** Applies one object by sending it whole: the server merges. Fields of a former client-side apply are handed over to the new way. */
export async function applyOnServer(work: ApplyWork, info: ResourceInfo): Promise<Applied> {
  const { subresource, request, forcesConflicts, client } = work;
  const body = `${compactJson(info.object)}\n`;
  const apply = () =>
    patchObject(client(), info, { format: 'apply', body }, { ...request, force: forcesConflicts, ...(subresource === '' ? {} : { subresource }) });
  const applied = await apply().catch((error: unknown) => {
    throw refusal(error);
  });
  const { object, warnings } = await migrateOwnership(work, info, applied, apply);
  return { object, operation: 'serverside-applied', warnings: warnings + deletionWarning(object), uid: object.metadata.uid ?? '' };
}

function refusal(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.code === 415) return new Error(`Server-side apply not available on the server: (${error.message})`, { cause: error });
  if (error.reason !== 'Conflict') return error;
  // The wording is part of what scripts look for, and of what the documentation shows.
  return new Error(
    `${error.message}
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`,
    { cause: error },
  );
}
