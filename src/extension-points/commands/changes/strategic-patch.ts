import { builtInSchemas, kindSchema } from '../../../api/built-in-schemas.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { parseGroupVersion } from '../../../api/resource-type.ts';
import { strategicDifference } from '../../../api/strategic-merge-difference.ts';

/** The strategic merge patch that makes `after` of `before`, an object of a built-in kind; undefined when they are equal. */
export function strategicPatch(before: UntypedObject, after: UntypedObject): Readonly<Record<string, unknown>> | undefined {
  const { apiVersion = '', kind = '' } = before;
  const schema = kindSchema({ ...parseGroupVersion(apiVersion), kind });
  const patch = strategicDifference({ original: before, modified: after }, schema, builtInSchemas, { setsOrder: true });
  return Object.keys(patch).length === 0 ? undefined : patch;
}
