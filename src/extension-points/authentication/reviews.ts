import type { TokenReview } from '../../api/generated/authentication-v1.ts';
import type { UntypedObject } from '../../api/object.ts';
import { badRequest } from '../../api/status.ts';
import { timeText } from '../../kernel/clock.ts';
import type { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import type { ResourceServices, WriteContext } from '../resources/contract.ts';
import type { Authenticator, UserInfo } from './contract.ts';
import { authenticate, invalidToken } from './run.ts';

/** Fills in the status of a review, a kind of object that is answered and never stored. */
export type ReviewService = (draft: UntypedObject, context: WriteContext, services: ResourceServices) => Promise<UntypedObject>;

/** How long the authenticators may take together. */
const maximumReviewMs = 10_000;

/** TokenReview: says whose a token is, for one of the audiences asked about (default: the API server's). */
export function createTokenReview({
  point,
  apiAudiences,
  log,
}: {
  readonly point: ExtensionPoint<Authenticator>;
  readonly apiAudiences: readonly string[];
  readonly log: Log;
}): ReviewService {
  return async (draft) => {
    const { token, audiences } = (draft as unknown as TokenReview).spec ?? { token: '' };
    if (!token) throw badRequest('token is required for TokenReview in authentication');
    const wanted = audiences?.length ? audiences : apiAudiences;
    const answer = await authenticate(point, { token, audiences: wanted, apiAudiences }, AbortSignal.timeout(maximumReviewMs), log);
    if (answer.kind === 'refused') return { ...draft, status: { user: {}, error: refusalText(answer.reason) } };
    return { ...draft, status: { authenticated: true, user: userInfoObject(answer.user), audiences: [...answer.audiences] } };
  };
}

/** Upstream's chain of token authenticators says this first, then what the one said that knew the token. */
const refusalText = (reason: string): string => (reason === invalidToken ? reason : `[${invalidToken}, ${reason}]`);

/** SelfSubjectReview: tells the caller who it is. */
export const selfSubjectReview: ReviewService = async (draft, context) => ({
  ...draft,
  metadata: { creationTimestamp: timeText(context.nowMs) },
  status: { userInfo: userInfoObject(context.user) },
});

/** The wire form of a user. */
export function userInfoObject(user: UserInfo): Record<string, unknown> {
  return {
    username: user.name,
    ...(user.uid ? { uid: user.uid } : {}),
    ...(user.groups.length > 0 ? { groups: [...user.groups] } : {}),
    ...(user.extra && Object.keys(user.extra).length > 0 ? { extra: user.extra } : {}),
  };
}
