import { builtInSchemas, kindSchema } from '../../../api/built-in-schemas.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { strategicDifference } from '../../../api/strategic-merge-difference.ts';
import { mergePatchBetween } from '../../../api/three-way-merge-patch.ts';

/** The patch that makes what was edited of an object: strategic for built-in kinds. Throws when it would be another object. */
export function editPatch(
  original: UntypedObject,
  modified: UntypedObject,
  resource: ResourceType,
): { readonly format: 'strategic' | 'merge'; readonly body: Readonly<Record<string, unknown>> } {
  const schema = kindSchema(resource);
  const body = schema ? strategicDifference({ original, modified }, schema, builtInSchemas) : mergePatchBetween(original, modified);
  const metadata = body['metadata'] as Readonly<Record<string, unknown>> | undefined;
  if ('apiVersion' in body || 'kind' in body || (metadata && 'name' in metadata)) throw new Error('At least one of apiVersion, kind and name was changed');
  return { format: schema ? 'strategic' : 'merge', body };
}
