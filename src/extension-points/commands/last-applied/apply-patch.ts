import type { UntypedObject } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import { threeWayMergePatch } from '../../../api/three-way-merge-patch.ts';
import { PatchConflict, threeWayStrategicPatch } from '../../../api/three-way-strategic-patch.ts';
import type { ServedResource } from '../discovery/contract.ts';
import { compactJson } from '../printers/json-text.ts';
import { yamlText } from '../printers/yaml-text.ts';
import type { PatchFormat } from '../resources/object-requests.ts';
import { originalConfiguration } from './last-applied.ts';

export interface ApplyPatch {
  readonly format: Extract<PatchFormat, 'strategic' | 'merge'>;
  /** `{}`: there is nothing to do. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * The patch that applies `modified` (with its annotation in it) to `current`: strategic for built-in kinds, a merge patch for all others. `overwrites: false` refuses what was
 * changed on the server meanwhile. Throws in kubectl's words when there is no such patch.
 */
export async function createApplyPatch(
  { modified, current }: { readonly modified: UntypedObject; readonly current: UntypedObject },
  resource: ServedResource,
  { overwrites = true }: { readonly overwrites?: boolean } = {},
): Promise<ApplyPatch> {
  const originalText = originalConfiguration(current) ?? '';
  const fail = (error: unknown): Error => new Error(problem(error, { original: originalText, modified, current }), { cause: error });
  try {
    const original = originalText === '' ? {} : (JSON.parse(originalText) as Record<string, unknown>);
    // A gigantic table of types: it is read only when something is to be patched.
    const { builtInSchemas, kindSchema } = await import('../../../api/built-in-schemas.ts');
    const schema = kindSchema(resource);
    if (!schema) return { format: 'merge', body: threeWayMergePatch({ original, modified, current }) };
    return { format: 'strategic', body: threeWayStrategicPatch({ original, modified, current }, schema, builtInSchemas, { overwrites }) };
  } catch (error) {
    throw fail(error);
  }
}

/** The objects of a list have the type of their list. */
export const withType = (object: UntypedObject, resource: ServedResource): UntypedObject =>
  object.apiVersion && object.kind ? object : { ...object, apiVersion: groupVersion(resource), kind: resource.kind };

function problem(error: unknown, texts: { original: string; modified: UntypedObject; current: UntypedObject }): string {
  const { original, modified, current } = texts;
  const reason = error instanceof PatchConflict ? conflictText(error) : error instanceof Error ? error.message : String(error);
  return `creating patch with:\noriginal:\n${original}\nmodified:\n${compactJson(modified)}\n\ncurrent:\n${compactJson(current)}\n\nfor: ${reason}`;
}

const conflictText = ({ patch, changes }: PatchConflict): string =>
  `patch:\n${yamlText(patch)}\nconflicts with changes made from original to current:\n${yamlText(changes)}\n`;
