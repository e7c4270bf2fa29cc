import { groupResource } from '../../../api/resource-type.ts';
import type { ResourceMapper, ServedResource } from '../discovery/contract.ts';

/** Arguments taken apart: pairs of type and name, or types with names behind. */
export interface ResourceArguments {
  readonly tuples: readonly { readonly type: string; readonly name: string }[];
  readonly types: readonly string[];
  readonly names: readonly string[];
}

/** Takes `TYPE NAME…`, `TYPE,TYPE NAME…`, `TYPE/NAME…` and categories apart. Throws with kubectl's words. */
export async function readResourceArguments(args: readonly string[], mapper: ResourceMapper, program: string): Promise<ResourceArguments> {
  const words = pairTypesWithNames(args);
  if (areTuples(words, program)) return { tuples: words.map(tupleOf), types: [], names: [] };
  const [types, ...names] = words;
  if (types === undefined) return { tuples: [], types: [], names: [] };
  return { tuples: [], types: unique((await withoutCategories(types, mapper)).split(',')), names };
}

/** Whether arguments name single objects rather than whole types. Throws for a mixture of both forms. */
export function hasNames(args: readonly string[], program: string): boolean {
  const words = pairTypesWithNames(args);
  return areTuples(words, program) || words.length > 1;
}

/** `a,b x y` is `a/x a/y b/x b/y`. */
function pairTypesWithNames(args: readonly string[]): readonly string[] {
  const [first = '', ...names] = args;
  const types = unique(first.split(','));
  return names.length > 0 && types.length > 1 ? types.flatMap((type) => names.map((name) => `${type}/${name}`)) : args;
}

function areTuples(words: readonly string[], program: string): boolean {
  const count = words.filter((word) => word.includes('/')).length;
  if (count === 0) return false;
  if (count === words.length) return true;
  throw new Error(
    `there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. '${program} get resource/<resource_name>' instead of '${program} get resource resource/<resource_name>'`,
  );
}

/** Reads `TYPE/NAME`. Throws with kubectl's words. */
export function tupleOf(word: string): { type: string; name: string } {
  const parts = word.split('/');
  if (parts.length !== 2) throw new Error('arguments in resource/name form may not have more than one slash');
  const [type = '', name = ''] = parts;
  if (type === '' || name === '' || type.includes(',')) throw new Error('arguments in resource/name form must have a single resource and name');
  return { type, name };
}

async function withoutCategories(types: string, mapper: ResourceMapper): Promise<string> {
  const words = await Promise.all(
    types.split(',').map(async (word) => (await mapper.category(word))?.map((resource: ServedResource) => groupResource(resource)) ?? [word]),
  );
  return words.flat().join(',');
}

const unique = (words: readonly string[]): string[] => [...new Set(words)];
