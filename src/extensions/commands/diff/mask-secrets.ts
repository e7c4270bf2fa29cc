import type { UntypedObject } from '../../../api/object.ts';

const unchanged = '***';
const before = '*** (before)';
const after = '*** (after)';

interface Pair {
  readonly from: UntypedObject | undefined;
  readonly to: UntypedObject;
}

/** Two versions of a Secret without its values; other objects as they are. Values that differ still do. */
export function maskSecrets(pair: Pair): Pair {
  const { from, to } = pair;
  if (to.kind !== 'Secret' || to.apiVersion !== 'v1') return pair;
  const old = dataOf(from);
  const fresh = dataOf(to);
  const differs = (key: string): boolean => Object.hasOwn(old, key) && Object.hasOwn(fresh, key) && old[key] !== fresh[key];
  const masked = (data: Readonly<Record<string, unknown>>, changed: string) =>
    Object.fromEntries(Object.keys(data).map((key) => [key, differs(key) ? changed : unchanged]));
  return { from: from?.['data'] ? { ...from, data: masked(old, before) } : from, to: to['data'] ? { ...to, data: masked(fresh, after) } : to };
}

const dataOf = (object: UntypedObject | undefined): Readonly<Record<string, unknown>> => (object?.['data'] ?? {}) as Record<string, unknown>;
