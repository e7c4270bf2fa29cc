import type { ObjectKey } from '../../../api/object.ts';

/**
 * `/<prefix>/<namespace>/<name>`; a cluster-scoped object has an empty namespace. The first two parts hold no slash, so the text reads back one way only.
 * Throws for a prefix or namespace that breaks this, which validation keeps out.
 */
export function storageKey(prefix: string, { namespace = '', name }: ObjectKey): string {
  if (prefix === '' || prefix.includes('/') || namespace.includes('/') || name === '')
    throw new Error(`no storage key can be made of ${JSON.stringify([prefix, namespace, name])}`);
  return `/${prefix}/${namespace}/${name}`;
}

/** Reads back what `storageKey` wrote; undefined for a key that is none of its own. */
export function parseStorageKey(text: string): { readonly prefix: string; readonly key: ObjectKey } | undefined {
  const prefixEnd = text.indexOf('/', 1);
  const namespaceEnd = text.indexOf('/', prefixEnd + 1);
  if (!text.startsWith('/') || prefixEnd <= 1 || namespaceEnd < 0 || namespaceEnd === text.length - 1) return undefined;
  const namespace = text.slice(prefixEnd + 1, namespaceEnd);
  const name = text.slice(namespaceEnd + 1);
  return { prefix: text.slice(1, prefixEnd), key: namespace === '' ? { name } : { namespace, name } };
}
