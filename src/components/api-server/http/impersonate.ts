import { badRequest } from '../../../api/status.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import { extraKeyOf } from '../../../extension-points/authentication/extra-key.ts';
import type { AuthorizationAttributes } from '../../../extension-points/authorization/contract.ts';
import type { Exchange } from './exchange.ts';
import { actualUser, impersonationModes, type RequireAllowed, requireMode, type WantedUser } from './impersonation-modes.ts';

const extraPrefix = 'impersonate-extra-';

/** Whom a request is made as. `constraint` is the right it took, `''` for the unconstrained one. */
export interface Impersonation {
  readonly user: UserInfo;
  readonly constraint: string;
}

/**
 * The user a request wants to act as (`Impersonate-*` headers), after checking that the sender may: in one of the constrained ways, for this very request, or in general.
 * `undefined` when it asks for nobody. Throws ApiError 403 with what the first way lacked, 400 for headers that name no user.
 */
export async function impersonate(exchange: Exchange, request: AuthorizationAttributes, requireAllowed: RequireAllowed): Promise<Impersonation | undefined> {
  const wanted = wantedUser(exchange);
  if (wanted.name === '') {
    if (wanted.groups.length > 0 || wanted.uid !== '' || Object.keys(wanted.extra).length > 0)
      throw badRequest(`requested ${goText(wanted)} without impersonating a user name`);
    return undefined;
  }
  let first: unknown;
  for (const mode of impersonationModes) {
    if (!mode.appliesTo(wanted, request.user)) continue;
    try {
      await requireMode(mode, wanted, request, requireAllowed);
      return { user: actualUser(mode.name, wanted), constraint: mode.name === '' ? '' : `impersonate:${mode.name}` };
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

/** Whether a request carries any impersonation header. */
export function wantsImpersonation(exchange: Exchange): boolean {
  if (
    exchange.header('impersonate-user') !== undefined ||
    exchange.header('impersonate-group') !== undefined ||
    exchange.header('impersonate-uid') !== undefined
  )
    return true;
  for (const header of Object.keys(exchange.headers())) if (header.startsWith(extraPrefix)) return true;
  return false;
}

/** Of several names or ids the first counts, as upstream has it. */
const wantedUser = (exchange: Exchange): WantedUser => ({
  name: exchange.headerValues('impersonate-user')[0] ?? '',
  uid: exchange.headerValues('impersonate-uid')[0] ?? '',
  groups: exchange.headerValues('impersonate-group'),
  extra: extraHeaders(exchange),
});

function extraHeaders(exchange: Exchange): Record<string, string[]> {
  const extra = new Map<string, string[]>();
  for (const header of Object.keys(exchange.headers())) {
    if (!header.startsWith(extraPrefix)) continue;
    const key = extraKeyOf(header.slice(extraPrefix.length)).toLowerCase();
    extra.set(key, [...(extra.get(key) ?? []), ...exchange.headerValues(header)]);
  }
  return Object.fromEntries(extra);
}

/** A user as Go prints it, which upstream's refusal quotes. */
function goText({ uid, groups, extra }: WantedUser): string {
  const list = (texts: readonly string[]): string => `{${texts.map((text) => JSON.stringify(text)).join(', ')}}`;
  const groupText = groups.length === 0 ? '[]string(nil)' : `[]string${list(groups)}`;
  const entries = Object.entries(extra).map(([key, values]) => `${JSON.stringify(key)}:[]string${list(values)}`);
  const extraText = entries.length === 0 ? 'map[string][]string(nil)' : `map[string][]string{${entries.join(', ')}}`;
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${groupText}, Extra:${extraText}}`;
}
