import type { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import { type AuthenticationOutcome, type AuthenticationRequest, type Authenticator, anonymous, type UserInfo } from './contract.ts';

/** Who sent the request, or why the request is answered 401 (`reason` is for the log). */
export type Authentication =
  | { readonly kind: 'authenticated'; readonly user: UserInfo; readonly audiences: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Asks the authenticators in order; the first opinion wins. A throw is logged and counts as no opinion, and so does knowing credentials that are meant for others.
 * Without an opinion the request is anonymous, unless it carried a bearer token: a token that nobody knows is refused.
 */
export async function authenticate(
  point: ExtensionPoint<Authenticator>,
  request: AuthenticationRequest,
  signal: AbortSignal,
  log: Log,
): Promise<Authentication> {
  for (const extension of point.implementing('authenticate')) {
    const outcome = await opinion(() => point.call(extension, 'authenticate', request, signal), log);
    if (outcome.kind === 'refused') return outcome;
    if (outcome.kind === 'no-opinion') continue;
    const audiences = outcome.audiences ?? impliedAudiences(request);
    if (audiences) return { kind: 'authenticated', user: withAuthenticatedGroup(outcome.user), audiences };
  }
  if (request.token !== undefined) return { kind: 'refused', reason: invalidToken };
  return { kind: 'authenticated', user: anonymous, audiences: request.audiences };
}

/** For whom credentials are meant that name no audience: for this API server. `undefined` when the request is about others only. */
function impliedAudiences({ audiences, apiAudiences = audiences }: AuthenticationRequest): readonly string[] | undefined {
  const meant = audiences.filter((audience) => apiAudiences.includes(audience));
  return audiences.length > 0 && meant.length === 0 ? undefined : meant;
}

/** Why a token that nobody knows is refused. */
export const invalidToken = 'invalid bearer token';

async function opinion(ask: () => AuthenticationOutcome | Promise<AuthenticationOutcome>, log: Log): Promise<AuthenticationOutcome> {
  try {
    return await ask();
  } catch (error) {
    log.error('authenticator failed', { error });
    return { kind: 'no-opinion' };
  }
}

/** Upstream's AuthenticatedGroupAdder: everyone but the anonymous user is in `system:authenticated`. */
function withAuthenticatedGroup(user: UserInfo): UserInfo {
  if (user.name === anonymous.name || user.groups.includes('system:authenticated') || user.groups.includes('system:unauthenticated')) return user;
  return { ...user, groups: [...user.groups, 'system:authenticated'] };
}
