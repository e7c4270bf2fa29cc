import type { Authenticator, FrontProxy } from '../../../extension-points/authentication/contract.ts';
import { extraKeyOf } from '../../../extension-points/authentication/extra-key.ts';

/** Names of headers are taken in any case. */
export interface RequestHeaderOptions {
  /** Common names of proxies that are believed; empty: all that the authority vouches for. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders?: readonly string[];
  readonly uidHeaders?: readonly string[];
  readonly groupHeaders?: readonly string[];
  readonly extraHeaderPrefixes?: readonly string[];
}

/**
 * Believes what a proxy in front says of the user in headers (upstream's `--requestheader-*`): `X-Remote-User`, `-Uid`, `-Group` and `X-Remote-Extra-<key>`.
 * The host has checked that the proxy's certificate is of the authority for proxies; here its name is.
 */
export function createRequestHeaderAuthenticator(options: RequestHeaderOptions): Authenticator {
  const {
    allowedNames,
    usernameHeaders = ['x-remote-user'],
    uidHeaders = ['x-remote-uid'],
    groupHeaders = ['x-remote-group'],
    extraHeaderPrefixes = ['x-remote-extra-'],
  } = options;
  const lower = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase());
  const [users, uids, groups, prefixes] = [lower(usernameHeaders), lower(uidHeaders), lower(groupHeaders), lower(extraHeaderPrefixes)];
  return {
    authenticate({ frontProxy }) {
      if (!frontProxy || (allowedNames.length > 0 && !allowedNames.includes(frontProxy.commonName))) return { kind: 'no-opinion' };
      const name = firstOf(frontProxy, users);
      if (name === '') return { kind: 'no-opinion' };
      const uid = firstOf(frontProxy, uids);
      const extra = extraOf(frontProxy, prefixes);
      return {
        kind: 'authenticated',
        user: {
          name,
          groups: groups.flatMap((header) => frontProxy.header(header)),
          ...(uid === '' ? {} : { uid }),
          ...(Object.keys(extra).length === 0 ? {} : { extra }),
        },
      };
    },
  };
}

function firstOf(proxy: FrontProxy, headers: readonly string[]): string {
  for (const header of headers) {
    const value = proxy.header(header)[0]?.trim();
    if (value) return value;
  }
  return '';
}

function extraOf(proxy: FrontProxy, prefixes: readonly string[]): Record<string, readonly string[]> {
  const extra = new Map<string, readonly string[]>();
  for (const header of proxy.headerNames()) {
    const prefix = prefixes.find((candidate) => header.startsWith(candidate));
    if (prefix === undefined) continue;
    const key = extraKeyOf(header.slice(prefix.length));
    extra.set(key, [...(extra.get(key) ?? []), ...proxy.header(header)]);
  }
  return Object.fromEntries(extra);
}
