import { posix } from 'node:path';

/** One side of a copy: a path here, or in a pod. */
export interface FileSpecification {
  readonly path: string;
  readonly pod: { readonly name: string /** `''`: the current one. */; readonly namespace: string } | undefined;
}

/** Reads `[[NAMESPACE/]POD:]PATH`. Throws with kubectl's words. */
export function parseFileSpecification(text: string): FileSpecification {
  const problem = new Error('filespec must match the canonical format: [[namespace/]pod:]file/path');
  const colon = text.indexOf(':');
  if (colon < 0) return { path: withoutTrailingSlash(text), pod: undefined };
  if (colon === 0) throw problem;
  const parts = text.slice(0, colon).split('/');
  if (parts.length > 2) throw problem;
  const path = withoutTrailingSlash(text.slice(colon + 1).replaceAll('\\', '/'));
  return { path, pod: { name: parts.at(-1)!, namespace: parts.length === 2 ? parts[0]! : '' } };
}

const withoutTrailingSlash = (path: string): string => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);

/** A path without what would lead above its start: `../../etc/passwd` is `etc/passwd`. */
export function withoutShortcuts(path: string): string {
  const clean = posix.normalize(path).replace(/^(?:\.\.\/)+/, '');
  return clean === '.' || clean === '..' ? '' : clean.replace(/^\/+/, '');
}

/** The part of every entry's name that an archive of `path` in a pod must begin with. */
export const archivePrefix = (path: string): string => withoutShortcuts(posix.normalize(path.replace(/^\/+/, '') || '.'));
