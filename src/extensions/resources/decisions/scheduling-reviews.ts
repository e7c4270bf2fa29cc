import { builtInSchemas } from '../../../api/built-in-schemas.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { Schema } from '../../../api/schema.ts';
import { ApiError, invalid } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import type { SchedulingOracle } from '../../../extension-points/scheduling/decision.ts';
import type { SchedulingReview } from '../../../extension-points/scheduling/decision-resources.ts';
import { schedulingOracleService, schedulingreviews } from '../../../extension-points/scheduling/decision-resources.ts';
import { attemptFields } from './attempt-schema.ts';

/** What a review may take; afterwards it answers 504. */
const longestReviewMs = 30_000;

const schema: Schema = {
  type: 'object',
  description:
    'SchedulingReview asks what would become of a pod if it were created now. The running scheduler answers; nothing is created, reserved or queued.',
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: {
      type: 'object',
      description: 'The question.',
      required: ['pod'],
      properties: { pod: { ref: 'io.k8s.api.core.v1.Pod', description: 'The pod as admission leaves it, such as a create with dryRun=All answers it.' } },
    },
    status: {
      type: 'object',
      description: 'The answer.',
      properties: {
        attempt: {
          type: 'object',
          description: 'The attempt as it would be. Scheduled: nodeName is where the pod would go. No plugin is asked for more than the choice of a node.',
          properties: attemptFields,
        },
      },
    },
  },
};

/** The question what would become of a pod, put before the service `scheduling-oracle` (a `SchedulingOracle`). */
export function schedulingReviewDefinition(): ResourceDefinition {
  const { group, version, resource, kind, namespaced } = schedulingreviews;
  return {
    group,
    resource,
    singular: 'schedulingreview',
    kind,
    namespaced,
    verbs: ['create'],
    storageVersion: version,
    schemas: builtInSchemas,
    versions: [{ name: version, served: true, schema }],
    async review(draft, context, services, signal = new AbortController().signal) {
      const review = draft as unknown as SchedulingReview;
      const { pod } = review.spec;
      const { name = '', namespace } = pod.metadata ?? {};
      if (!pod.spec?.containers?.length) throw invalid({ group, kind }, name, [{ path: 'spec.pod.spec.containers', type: 'FieldValueRequired' }]);
      if (namespace !== undefined && namespace !== context.key.namespace)
        throw invalid({ group, kind }, name, [
          { path: 'spec.pod.metadata.namespace', type: 'FieldValueInvalid', value: namespace, detail: 'does not match the namespace of the review' },
        ]);
      const asked = { ...pod, metadata: { ...pod.metadata, namespace: context.key.namespace ?? '' } };
      const limit = AbortSignal.any([signal, AbortSignal.timeout(longestReviewMs)]);
      const attempt = await services.service<SchedulingOracle>(schedulingOracleService).review(asked, limit).catch(timedOut(limit));
      return { ...draft, status: { attempt } } as UntypedObject;
    },
  };
}

const timedOut =
  (limit: AbortSignal) =>
  (error: unknown): never => {
    if (limit.aborted) throw new ApiError(504, 'Timeout', 'the scheduler did not answer in time', { cause: error });
    throw error;
  };
