import type { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import type { Authenticator } from '../authentication/contract.ts';
import { createTokenReview, selfSubjectReview } from '../authentication/reviews.ts';
import type { ServiceAccountIssuer } from '../authentication/service-account-issuer.ts';
import { createTokenRequestService } from '../authentication/token-request.ts';
import type { Authorizer } from './contract.ts';
import { createLocalSubjectAccessReview, createSelfSubjectAccessReview, createSelfSubjectRulesReview, createSubjectAccessReview } from './reviews.ts';

export interface AccessServiceDependencies {
  readonly authentication: ExtensionPoint<Authenticator>;
  readonly authorization: ExtensionPoint<Authorizer>;
  readonly issuer: ServiceAccountIssuer;
  readonly log: Log;
}

/**
 * The services that resource definitions of access kinds ask for by name: `service-account-issuer` (a `ServiceAccountIssuer`),
 * `token-request` (a `TokenRequestService`), and one `ReviewService` per review kind.
 */
export function createAccessServices({ authentication, authorization, issuer, log }: AccessServiceDependencies): Map<string, unknown> {
  const deciding = { point: authorization, log };
  return new Map<string, unknown>([
    ['service-account-issuer', issuer],
    ['token-request', createTokenRequestService({ issuer })],
    ['token-review', createTokenReview({ point: authentication, apiAudiences: issuer.apiAudiences, log })],
    ['self-subject-review', selfSubjectReview],
    ['subject-access-review', createSubjectAccessReview(deciding)],
    ['local-subject-access-review', createLocalSubjectAccessReview(deciding)],
    ['self-subject-access-review', createSelfSubjectAccessReview(deciding)],
    ['self-subject-rules-review', createSelfSubjectRulesReview(deciding)],
  ]);
}
