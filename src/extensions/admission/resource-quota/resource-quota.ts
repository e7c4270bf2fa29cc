import type { ResourceQuota } from '../../../api/generated/core-v1.ts';
import { resourcequotas } from '../../../api/generated/resource-types.ts';
import type { AdmissionPlugin } from '../../../extension-points/admission/contract.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';
import { QuotaEvaluators } from '../../../extension-points/admission/quota/evaluators.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { chargeQuotas } from './charge-quotas.ts';
import type { LimitedResource } from './limited-resources.ts';
import { NamespaceLines } from './namespace-lines.ts';

export interface ResourceQuotaDependencies {
  readonly lookup: ObjectLookup;
  /** Replaces the status of a quota. Rejects with a 409 `Conflict` when it is no longer of the given `resourceVersion`. */
  readonly updateStatus: (quota: ResourceQuota) => Promise<ResourceQuota>;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** What may be used only where a quota covers it. Default: nothing. */
  readonly limitedResources?: readonly LimitedResource[];
}

/**
 * Charges what a write uses to the quotas of its namespace, and refuses what would exceed one. Goes last: what is charged is not given back when another plugin
 * refuses. Those who wait for the same namespace are charged together, with one write per quota; a quota is replaced only as it was read, so that no two charges,
 * by this server or another, use the same rest twice.
 */
export function createResourceQuota({ lookup, updateStatus, clock, limitedResources = [] }: ResourceQuotaDependencies): AdmissionPlugin {
  const evaluators = new QuotaEvaluators({ lookup, now: () => clock.now() });
  const quotasOf = (namespace: string): readonly ResourceQuota[] => lookup.list(resourcequotas, namespace);
  const lines = new NamespaceLines({ clock }, (namespace, requests) =>
    chargeQuotas(requests, { evaluators, quotas: () => quotasOf(namespace), updateStatus, limitedResources }),
  );
  return {
    handles: (request) =>
      (request.operation === 'CREATE' || request.operation === 'UPDATE') &&
      request.namespace !== '' &&
      (limitedResources.length > 0 || quotasOf(request.namespace).length > 0) &&
      evaluators.of(request.resource)?.handles(request) === true,
    validate: (request) => lines.ask(request),
  };
}
