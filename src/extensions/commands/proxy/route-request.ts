import { posix } from 'node:path';

/** Where the parts of the proxy begin; each begins and ends with a slash. */
export interface Prefixes {
  readonly api: string;
  /** Undefined without files. */
  readonly files: string | undefined;
}

/** What becomes of a request. `path` of the API goes on with its query, `decoded` is what the server will read of it; that of files is still encoded. */
export type Route =
  | { readonly kind: 'api'; readonly path: string; readonly decoded: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'moved'; readonly to: string }
  | { readonly kind: 'none' | 'bad' };

/** Of two prefixes that fit the longer one counts. What is not written plainly (`//`, `..`), or lacks a prefix's last slash, is sent elsewhere, as Go's router does. */
export function routeRequest(url: string, { api, files }: Prefixes): Route {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? '' : url.slice(mark);
  const decoded = decodedPath(path);
  if (decoded === undefined) return { kind: 'bad' };
  const plain = posix.normalize(decoded.startsWith('/') ? decoded : `/${decoded}`);
  if (plain !== decoded) return { kind: 'moved', to: encodedPath(plain) + query };
  const fitting = [api, ...(files === undefined ? [] : [files])].filter((prefix) => decoded.startsWith(prefix));
  const [prefix] = fitting.sort((left, right) => right.length - left.length);
  if (prefix === undefined) return [api, files].includes(`${decoded}/`) ? { kind: 'moved', to: encodedPath(`${decoded}/`) + query } : { kind: 'none' };
  const rest = path.slice(prefix.length - 1);
  if (prefix === files) return { kind: 'file', path: rest };
  return { kind: 'api', path: rest + query, decoded: decoded.slice(prefix.length - 1) };
}

function decodedPath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

const encodedPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** `/PREFIX/`, however many slashes it was given with. */
export const withSlashes = (prefix: string): string => `/${prefix}/`.replaceAll(/\/+/g, '/');
