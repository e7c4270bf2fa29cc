import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { lastAppliedAnnotation } from '../../../extension-points/commands/last-applied/last-applied.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { getObject, patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import type { ApplyWork } from './apply-work.ts';
import { ownersOfAnnotation, withUpdatesApplied } from './managed-fields.ts';

const defaultManager = 'kubectl';
const annotationManager = 'kubectl-last-applied';
const retries = 5;

/**
 * Hands fields that client-side apply owns over to server-side apply, so that what a file does not name any more goes away, and keeps the annotation in case someone goes back.
 * What fails is warned about: the object itself was applied. Answers the object as it is now.
 */
export async function migrateOwnership(
  work: ApplyWork,
  info: ResourceInfo,
  applied: UntypedObject,
  applyAgain: () => Promise<UntypedObject>,
): Promise<{ object: UntypedObject; warnings: string }> {
  let object = applied;
  try {
    object = await keepAnnotation(work, info, object);
  } catch (error) {
    return { object, warnings: warning('failed to migrate kubectl.kubernetes.io/last-applied-configuration for Server-Side Apply', error) };
  }
  let migrated: UntypedObject | undefined;
  try {
    migrated = await handOver(work, info, object);
  } catch (error) {
    return { object, warnings: warning('server rejected managed fields migration to Server-Side Apply', error) };
  }
  if (!migrated) return { object, warnings: '' };
  try {
    return { object: await applyAgain(), warnings: '' };
  } catch (error) {
    return { object: migrated, warnings: warning('failed to re-apply configuration after performing Server-Side Apply migration', error) };
  }
}

/** Only the default manager's annotation is kept up to date by the server. */
async function keepAnnotation(
  { request, client, subresource }: ApplyWork,
  { resource, namespace, name }: ResourceInfo,
  object: UntypedObject,
): Promise<UntypedObject> {
  const text = object.metadata.annotations?.[lastAppliedAnnotation];
  if (request.fieldManager !== defaultManager || text === undefined) return object;
  if (ownersOfAnnotation(object.metadata.managedFields ?? [], 'Apply').length > 0) return object;
  const { apiVersion, kind } = object;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), annotations: { [lastAppliedAnnotation]: text } };
  return patchObject(
    client(),
    { resource, namespace, name },
    { format: 'apply', body: { apiVersion, kind, metadata } },
    { ...request, fieldManager: annotationManager, subresource },
  );
}

async function handOver({ request, client, subresource }: ApplyWork, info: ResourceInfo, object: UntypedObject): Promise<UntypedObject | undefined> {
  let current = object;
  const updaters = new Set(ownersOfAnnotation(object.metadata.managedFields ?? [], 'Update').map(({ manager = '' }) => manager));
  for (let retry = 1; ; retry++) {
    const managedFields = withUpdatesApplied(current.metadata.managedFields ?? [], [...updaters], request.fieldManager ?? defaultManager);
    if (!managedFields) return undefined;
    const body = [
      { op: 'replace', path: '/metadata/managedFields', value: managedFields },
      { op: 'replace', path: '/metadata/resourceVersion', value: current.metadata.resourceVersion ?? '' },
    ];
    try {
      return await patchObject(client(), info, { format: 'json', body }, { ...request, subresource });
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'Conflict' || retry === retries) throw error;
      current = await getObject(client(), info);
    }
  }
}

const warning = (what: string, error: unknown): string =>
  `Warning: ${what}. This is non-fatal and will be retried next time you apply. Error: ${error instanceof Error ? error.message : String(error)}\n`;
