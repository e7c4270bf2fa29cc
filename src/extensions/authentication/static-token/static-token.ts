import { createHash } from 'node:crypto';
import type { Authenticator, UserInfo } from '../../../extension-points/authentication/contract.ts';

export interface StaticToken {
  readonly token: string;
  readonly user: UserInfo;
}

/** Knows a fixed list of tokens; the first of equal tokens counts. Tokens are compared by digest, so timing tells nothing of them. */
export function createStaticTokenAuthenticator({ tokens }: { readonly tokens: readonly StaticToken[] }): Authenticator {
  const users = new Map<string, UserInfo>();
  for (const { token, user } of tokens) {
    const key = digest(token);
    if (!users.has(key)) users.set(key, user);
  }
  return {
    authenticate({ token }) {
      const user = token === undefined ? undefined : users.get(digest(token));
      return user ? { kind: 'authenticated', user } : { kind: 'no-opinion' };
    },
  };
}

const digest = (token: string): string => createHash('sha256').update(token).digest('base64');

/**
 * Reads a token file: one `token,user,uid` or `token,user,uid,"group1,group2"` a line, as upstream's `--token-auth-file`.
 * Throws an error that names the line when a line has fewer than three columns or no token.
 */
export function parseTokenFile(text: string): StaticToken[] {
  const tokens: StaticToken[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [token = '', name = '', uid, groups = ''] = columns(line);
    if (uid === undefined) throw new Error(`token file: line ${index + 1}: needs at least the 3 columns token, user name, user uid`);
    if (token === '' || name === '') throw new Error(`token file: line ${index + 1}: the token and the user name may not be empty`);
    tokens.push({
      token,
      user: {
        name,
        ...(uid ? { uid } : {}),
        groups: groups
          .split(',')
          .map((group) => group.trim())
          .filter((group) => group !== ''),
      },
    });
  }
  return tokens;
}

/** The columns of one CSV line; a column in double quotes may hold commas, and `""` for a quote. */
function columns(line: string): string[] {
  const matches = `${line},`.matchAll(/[ \t]*(?:"((?:[^"]|"")*)"[ \t]*|([^,]*)),/g);
  return [...matches].map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"')));
}
