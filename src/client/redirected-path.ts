import type { HttpResponse } from './http-transport.ts';

/** So many in a row are followed, as Go does. */
export const maximumRedirects = 10;

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Where an answer to a GET says that what was asked for is: a path below `server`, with its query; undefined for any other answer. Throws when that is another server:
 * the credentials are for this one.
 */
export function redirectedPath(server: string, asked: string, { status, headers }: HttpResponse): string | undefined {
  const { location } = headers;
  if (!redirects.has(status) || typeof location !== 'string' || location === '') return undefined;
  const base = new URL(server);
  const prefix = base.pathname.replace(/\/$/, '');
  const target = URL.parse(location, new URL(prefix + asked, base));
  if (target?.origin !== base.origin || !target.pathname.startsWith(prefix))
    throw new Error(`the server redirects to ${location}, which is not followed: it is another server`);
  return target.pathname.slice(prefix.length) + target.search;
}
