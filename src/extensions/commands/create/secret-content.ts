import { configMapKeyProblems } from '../../../api/names.ts';
import type { GeneratedParts } from './generator.ts';
import type { KeyValue } from './key-sources.ts';
import { nameHash } from './name-hash.ts';

export const secretType = { group: '', version: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true } as const;
export const secretFailure = 'failed to create secret ';
export const appendHashFlag = { 'append-hash': { type: 'boolean', description: 'Put a hash of the content behind the name.' } } as const;

/** The parts of a secret. Throws for keys that are none, or there twice. */
export function secretParts(
  name: string,
  pairs: readonly KeyValue[],
  { type, appendsHash }: { readonly type: string; readonly appendsHash: boolean },
): GeneratedParts {
  const data: Record<string, string> = {};
  for (const [key, value] of pairs) {
    const problems = configMapKeyProblems(key);
    if (problems.length > 0) throw new Error(`${JSON.stringify(key)} is not valid key name for a Secret ${problems.join(';')}`);
    if (Object.hasOwn(data, key)) throw new Error(`cannot add key ${key}, another key by that name already exists`);
    data[key] = value.toString('base64');
  }
  if (!appendsHash) return { data, type };
  return { metadata: { name: `${name}-${nameHash({ kind: 'Secret', type, name, data })}` }, data, type };
}
