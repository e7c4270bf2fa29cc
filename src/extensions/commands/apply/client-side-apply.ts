import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { errorWithSource } from '../../../extension-points/commands/errors/error-with-source.ts';
import { createApplyPatch } from '../../../extension-points/commands/last-applied/apply-patch.ts';
import { lastAppliedAnnotation, withLastApplied } from '../../../extension-points/commands/last-applied/last-applied.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { createObject } from '../../../extension-points/commands/resources/object-requests.ts';
import type { Applied, ApplyWork } from './apply-work.ts';
import { patchOnServer } from './patch-on-server.ts';
import { resourceText } from './resource-text.ts';

/** Applies one object by comparing it with what was applied last and with what the server has. */
export async function applyOnClient(work: ApplyWork, info: ResourceInfo): Promise<Applied> {
  const wanted = info.object!;
  const modified = withLastApplied(wanted);
  let current: UntypedObject;
  try {
    current = await work.current.get(info);
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NotFound') return create(work, info, modified);
    throw errorWithSource(`retrieving current configuration of:\n${resourceText(info)}\nfrom server for:`, info.source, error);
  }
  const warnings = current.metadata.annotations?.[lastAppliedAnnotation] === undefined ? missingAnnotation(work, info) : '';
  const { body, object } = await patch(work, info, { modified, current });
  return {
    object,
    operation: Object.keys(body).length === 0 ? 'unchanged' : 'configured',
    warnings: warnings + deletionWarning(object),
    uid: current.metadata.uid ?? '',
  };
}

async function create(work: ApplyWork, info: ResourceInfo, modified: UntypedObject): Promise<Applied> {
  const body = withoutNulls(modified) as UntypedObject;
  if (work.dryRun === 'client') return { object: body, operation: 'created', warnings: '', uid: '' };
  try {
    const object = await createObject(work.client(), info, body, work.request);
    return { object, operation: 'created', warnings: '', uid: object.metadata.uid ?? '' };
  } catch (error) {
    throw errorWithSource('creating', info.source, error);
  }
}

async function patch(
  work: ApplyWork,
  info: ResourceInfo,
  objects: { modified: UntypedObject; current: UntypedObject },
): Promise<{ body: Readonly<Record<string, unknown>>; object: UntypedObject }> {
  let text = '';
  try {
    if (work.dryRun === 'client') return await patchLocally(work, info, objects);
    return await patchOnServer(work, info, objects, (body) => (text = body));
  } catch (error) {
    throw errorWithSource(`applying patch:\n${text}\nto:\n${resourceText(info)}\nfor:`, info.source, error);
  }
}

async function patchLocally(
  { overwrites }: ApplyWork,
  { resource }: ResourceInfo,
  { modified, current }: { modified: UntypedObject; current: UntypedObject },
): Promise<{ body: Readonly<Record<string, unknown>>; object: UntypedObject }> {
  const { format, body } = await createApplyPatch({ modified, current }, resource, { overwrites });
  if (Object.keys(body).length === 0) return { body, object: current };
  try {
    if (format === 'merge') {
      const { applyMergePatch } = await import('../../../api/merge-patch.ts');
      return { body, object: applyMergePatch(current, body) };
    }
    const { applyStrategicMergePatch } = await import('../../../api/strategic-merge-patch.ts');
    const { builtInSchemas, kindSchema } = await import('../../../api/built-in-schemas.ts');
    return { body, object: applyStrategicMergePatch(current, body, kindSchema(resource)!, builtInSchemas) };
  } catch (error) {
    throw new Error(`applying patch locally: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const missingAnnotation = ({ program }: ApplyWork, info: ResourceInfo): string =>
  `Warning: resource ${objectName(info)} is missing the ${lastAppliedAnnotation} annotation which is required by ${program} apply. ${program} apply should only be used on resources created declaratively by either ${program} create --save-config or ${program} apply. The missing annotation will be patched automatically.\n`;

const objectName = ({ resource, name }: ResourceInfo): string => `${resource.resource}/${name}`;

export const deletionWarning = ({ metadata }: UntypedObject): string =>
  metadata.deletionTimestamp === undefined ? '' : `Warning: Detected changes to resource ${metadata.name ?? ''} which is currently being deleted.\n`;

/** A create keeps no null, as a later patch would not. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([name, inner]) => [name, withoutNulls(inner)]),
  );
}
