import type { TokenReview } from '../../api/generated/authentication-v1.ts';
import type { Authenticator } from './contract.ts';
import { type ReviewServer, type ReviewServerOptions, serveReviews } from './review-server.ts';
import { userInfoObject } from './reviews.ts';

/** Makes a program of an authenticator: a webhook for TokenReview v1 that any Kubernetes can ask (`--authentication-token-webhook-config-file`). */
export const serveAuthenticator = (authenticator: Authenticator, options: ReviewServerOptions): Promise<ReviewServer> =>
  serveReviews(
    {
      kind: 'TokenReview',
      apiVersion: 'authentication.k8s.io/v1',
      async answer(review, signal) {
        const { token = '', audiences = [] } = (review['spec'] ?? {}) as Partial<TokenReview['spec']>;
        const outcome = await authenticator.authenticate({ token, audiences }, signal);
        if (outcome.kind === 'refused') return { authenticated: false, error: outcome.reason };
        if (outcome.kind === 'no-opinion') return { authenticated: false };
        const user = userInfoObject(outcome.user);
        // Without a list the API server that asks takes the token for one of its own.
        if (!outcome.audiences) return { authenticated: true, user };
        if (audiences.length > 0 && outcome.audiences.length === 0) return { authenticated: false };
        return { authenticated: true, user, audiences: [...outcome.audiences] };
      },
    },
    options,
  );
