import { applyJsonPatch } from '../../../api/json-patch.ts';
import { applyMergePatch } from '../../../api/merge-patch.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { parseGroupVersion } from '../../../api/resource-type.ts';
import { ApiError } from '../../../api/status.ts';

export const patchFormats = ['json', 'merge', 'strategic'] as const;
export type LocalPatchFormat = (typeof patchFormats)[number];

/** What a patch makes of an object, without a server. Throws for patches that do not fit, and for a strategic one of a kind that is not built in. */
export async function applyPatch(object: UntypedObject, format: LocalPatchFormat, patch: unknown): Promise<UntypedObject> {
  try {
    if (format === 'json') return applyJsonPatch(object, patch);
    if (format === 'merge') return applyMergePatch(object, patch);
    return await applyStrategic(object, patch);
  } catch (error) {
    // The words are a server's; here there is none.
    if (error instanceof ApiError) throw new Error(reasonOf(error), { cause: error });
    throw error;
  }
}

async function applyStrategic(object: UntypedObject, patch: unknown): Promise<UntypedObject> {
  const [{ builtInSchemas, kindSchema }, { applyStrategicMergePatch }] = await Promise.all([
    import('../../../api/built-in-schemas.ts'),
    import('../../../api/strategic-merge-patch.ts'),
  ]);
  const { apiVersion = '', kind = '' } = object;
  const { group, version } = parseGroupVersion(apiVersion);
  const schema = kindSchema({ group, version, kind });
  if (!schema) throw new Error(`strategic merge patch is not supported for ${group}/${version}, Kind=${kind} locally, try --type merge`);
  return applyStrategicMergePatch(object, patch, schema, builtInSchemas);
}

function reasonOf(error: ApiError): string {
  const reason = error.cause instanceof Error ? error.cause.message : error.message;
  const missing = /doc is missing key: (.*?)(?:: missing value)?$/.exec(reason);
  return missing ? `Object to be patched is missing field (${missing[1]})` : reason;
}
