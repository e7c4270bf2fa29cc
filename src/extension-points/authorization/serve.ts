import type { SubjectAccessReviewSpec } from '../../api/generated/authorization-v1.ts';
import { type ReviewServer, type ReviewServerOptions, serveReviews } from '../authentication/review-server.ts';
import type { Authorizer } from './contract.ts';
import { readFieldSelector, readLabelSelector } from './selector-requirements.ts';

/** Makes a program of an authorizer: a webhook for SubjectAccessReview v1 that any Kubernetes can ask (`--authorization-webhook-config-file`). */
export const serveAuthorizer = (authorizer: Authorizer, options: ReviewServerOptions): Promise<ReviewServer> =>
  serveReviews(
    {
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      async answer(review, signal) {
        const {
          user = '',
          uid,
          groups = [],
          extra,
          resourceAttributes: resource,
          nonResourceAttributes: other,
        } = (review['spec'] ?? {}) as SubjectAccessReviewSpec;
        const fields = readFieldSelector(resource?.fieldSelector)?.text;
        const labels = readLabelSelector(resource?.labelSelector)?.text;
        const { kind, reason, error } = await authorizer.authorize(
          {
            user: { name: user, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) },
            verb: resource?.verb ?? other?.verb ?? '',
            path: other?.path ?? '',
            ...(resource
              ? {
                  resource: {
                    group: resource.group ?? '',
                    version: resource.version ?? '',
                    resource: resource.resource ?? '',
                    subresource: resource.subresource ?? '',
                    namespace: resource.namespace ?? '',
                    name: resource.name ?? '',
                  },
                }
              : {}),
            ...(fields ? { fieldSelector: fields } : {}),
            ...(labels ? { labelSelector: labels } : {}),
          },
          signal,
        );
        return {
          allowed: kind === 'allow',
          ...(kind === 'deny' ? { denied: true } : {}),
          ...(reason ? { reason } : {}),
          ...(error ? { evaluationError: error } : {}),
        };
      },
    },
    options,
  );
