import type { UntypedObject } from '../../../api/object.ts';
import { errorWithSource } from '../../../extension-points/commands/errors/error-with-source.ts';
import { createApplyPatch } from '../../../extension-points/commands/last-applied/apply-patch.ts';
import { lastAppliedAnnotation } from '../../../extension-points/commands/last-applied/last-applied.ts';
import { compactJson } from '../../../extension-points/commands/printers/json-text.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { createObject, patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import type { DiffContext } from './diff-command.ts';

/** The object as an apply would make it: the server is asked, and keeps nothing. `isLocked`: only if the object is still what it was. */
export async function mergedObject(
  { cluster, flags, isSet }: DiffContext,
  info: ResourceInfo,
  current: UntypedObject | undefined,
  { isLocked }: { readonly isLocked: boolean },
): Promise<UntypedObject> {
  const client = cluster.client();
  const isServerSide = flags['server-side'];
  const request = { dryRun: true, fieldManager: isServerSide && !isSet('field-manager') ? 'kubectl' : flags['field-manager'] };
  const wanted = info.object!;
  if (isServerSide) return patchObject(client, info, { format: 'apply', body: compactJson(wanted) }, { ...request, force: flags['force-conflicts'] });
  if (!current) return createObject(client, info, wanted, request);
  const { [lastAppliedAnnotation]: _, ...annotations } = wanted.metadata.annotations ?? {};
  const modified = { ...wanted, metadata: { ...wanted.metadata, annotations } };
  try {
    const { format, body } = await createApplyPatch({ modified, current }, info.resource);
    if (Object.keys(body).length === 0) return current;
    const { resourceVersion } = current.metadata;
    const locked = isLocked ? { ...body, metadata: { ...(body['metadata'] as object | undefined), resourceVersion } } : body;
    return await patchObject(client, info, { format, body: locked }, request);
  } catch (error) {
    throw errorWithSource('patching', info.source, error);
  }
}
