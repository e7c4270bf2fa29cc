import { internalError } from '../../../api/status.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import { serviceAccountGroups } from '../../../extension-points/authentication/service-account-issuer.ts';
import type { AuthorizationAttributes } from '../../../extension-points/authorization/contract.ts';
import type { Exchange } from './exchange.ts';

const extraPrefix = 'impersonate-extra-';

/** Asks whether the true user may impersonate. Throws ApiError 403 when not. */
export type RequireAllowed = (attributes: AuthorizationAttributes) => Promise<void>;

/** The user a request wants to act as (`Impersonate-*` headers), after checking that the sender may. The sender itself when it asks for nobody. */
export async function impersonate(exchange: Exchange, sender: UserInfo, requireAllowed: RequireAllowed): Promise<UserInfo> {
  const name = exchange.header('impersonate-user') ?? '';
  const groups = exchange.headerValues('impersonate-group');
  const uid = exchange.header('impersonate-uid') ?? '';
  const extra = extraHeaders(exchange);
  if (name === '') {
    if (groups.length > 0 || uid !== '' || Object.keys(extra).length > 0)
      throw internalError('requested impersonation of groups, uid or extra without impersonating a user');
    return sender;
  }
  const ask = (resource: ImpersonatedResource): Promise<void> => requireAllowed(attributesOf(sender, resource));
  const account = serviceAccountOf(name);
  await ask(account ? { resource: 'serviceaccounts', namespace: account.namespace, name: account.name } : { resource: 'users', name });
  for (const group of groups) await ask({ resource: 'groups', name: group });
  for (const [key, values] of Object.entries(extra))
    for (const value of values) await ask({ group: 'authentication.k8s.io', version: 'v1', resource: 'userextras', subresource: key, name: value });
  if (uid !== '') await ask({ group: 'authentication.k8s.io', version: 'v1', resource: 'uids', name: uid });
  return {
    name,
    groups: impersonatedGroups(name, groups, account?.namespace),
    ...(uid === '' ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** Whether a request carries any impersonation header. */
export const wantsImpersonation = (exchange: Exchange): boolean =>
  exchange.header('impersonate-user') !== undefined ||
  exchange.header('impersonate-group') !== undefined ||
  exchange.header('impersonate-uid') !== undefined ||
  Object.keys(extraHeaders(exchange)).length > 0;

interface ImpersonatedResource {
  readonly group?: string;
  readonly version?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name: string;
}

const attributesOf = (
  user: UserInfo,
  { group = '', version = 'v1', resource, subresource = '', namespace = '', name }: ImpersonatedResource,
): AuthorizationAttributes => ({ user, verb: 'impersonate', path: '', resource: { group, version, resource, subresource, namespace, name } });

function extraHeaders(exchange: Exchange): Record<string, string[]> {
  const extra = new Map<string, string[]>();
  for (const header of Object.keys(exchange.headers())) {
    if (!header.startsWith(extraPrefix)) continue;
    const key = unescaped(header.slice(extraPrefix.length));
    extra.set(key, [...(extra.get(key) ?? []), ...exchange.headerValues(header)]);
  }
  return Object.fromEntries(extra);
}

/** A key that is no percent-encoding stands for itself, as upstream has it. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function serviceAccountOf(name: string): { namespace: string; name: string } | undefined {
  const match = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  return match ? { namespace: match[1]!, name: match[2]! } : undefined;
}

/** Groups that come with being that user, as authentication would have added them. */
function impersonatedGroups(name: string, groups: readonly string[], namespace: string | undefined): string[] {
  const all = groups.length === 0 && namespace !== undefined ? [...serviceAccountGroups(namespace)] : [...groups];
  const wanted = name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  if (!all.includes('system:authenticated') && !all.includes('system:unauthenticated')) all.push(wanted);
  return all;
}
