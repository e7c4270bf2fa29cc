import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import type { FlagTable } from '../contract.ts';

/** `--overrides`: changes to an object that a verb makes itself. */
export const overrideFlags = {
  'override-type': { type: 'string', default: 'merge', description: 'How --overrides changes the object: json, merge, or strategic.' },
  overrides: { type: 'string', description: 'JSON that changes the object before it is used.' },
} as const satisfies FlagTable;

/** The object with `--overrides` applied. Throws for text that is no such patch. */
export async function withOverrides(
  object: UntypedObject,
  { overrides, 'override-type': type }: { readonly overrides: string; readonly 'override-type': string },
): Promise<UntypedObject> {
  if (overrides === '') return object;
  try {
    if (type === 'json') return (await import('../../../api/json-patch.ts')).applyJsonPatch(object, parse(overrides));
    if (type === 'merge' || type === '') return (await import('../../../api/merge-patch.ts')).applyMergePatch(object, parse(overrides));
    if (type === 'strategic') return await applyStrategic(object, parse(overrides));
  } catch (error) {
    throw error instanceof ApiError ? new Error(error.message, { cause: error }) : error;
  }
  throw new Error(`invalid override type: ${type}`);
}

async function applyStrategic(object: UntypedObject, patch: unknown): Promise<UntypedObject> {
  const [{ builtInSchemas, kindSchema }, { applyStrategicMergePatch }, { parseGroupVersion }] = await Promise.all([
    import('../../../api/built-in-schemas.ts'),
    import('../../../api/strategic-merge-patch.ts'),
    import('../../../api/resource-type.ts'),
  ]);
  const { apiVersion = '', kind = '' } = object;
  return applyStrategicMergePatch(object, patch, kindSchema({ ...parseGroupVersion(apiVersion), kind })!, builtInSchemas);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error('Invalid JSON Patch', { cause: error });
  }
}
