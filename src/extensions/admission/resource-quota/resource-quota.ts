import type { ResourceQuota } from '../../../api/generated/core-v1.ts';
import { resourcequotas } from '../../../api/generated/resource-types.ts';
import { ApiError, internalError } from '../../../api/status.ts';
import { type AdmissionPlugin, type AdmissionRequest, allow, type ValidationOutcome } from '../../../extension-points/admission/contract.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';
import { QuotaEvaluators } from '../../../extension-points/admission/quota/evaluators.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { type ChargeDependencies, type Charge, chargeAll } from './charge-quotas.ts';
import type { LimitedResource } from './limited-resources.ts';

export interface ResourceQuotaDependencies {
  readonly lookup: ObjectLookup;
  /** Replaces the status of a quota, provided that it still is of the given `resourceVersion`; answers it as it is then. */
  readonly updateStatus: (quota: ResourceQuota) => Promise<ResourceQuota>;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** What may only be used where a quota covers it (upstream's `ResourceQuotaConfiguration`). Default: nothing. */
  readonly limitedResources?: readonly LimitedResource[];
}

/** Upstream's: who is not answered by then is refused. */
const patienceMs = 10_000;
/** How many may wait in one namespace. */
const longestLine = 10_000;

interface Waiting {
  readonly request: AdmissionRequest;
  readonly answer: (outcome: ValidationOutcome) => void;
}

/**
 * Charges what a write uses to the quotas of its namespace, and refuses what would exceed one. Goes last: what is charged is not given back when another plugin
 * refuses. Those who wait for the same namespace are charged together, with one write per quota; a quota is only ever replaced as it was read, so that no two
 * charges, of this server or another, can use the same rest twice.
 */
export function createResourceQuota({ lookup, updateStatus, clock, limitedResources = [] }: ResourceQuotaDependencies): AdmissionPlugin {
  const evaluators = new QuotaEvaluators({ lookup, now: () => clock.now() });
  const lines = new Map<string, Waiting[]>();
  const quotasOf = (namespace: string): readonly ResourceQuota[] => lookup.list(resourcequotas, namespace);
  const dependencies: ChargeDependencies = { evaluators, quotasOf, updateStatus, limitedResources };

  /** Serves a namespace until nobody waits there any more. */
  const serve = async (namespace: string, line: Waiting[]): Promise<void> => {
    while (line.length > 0) {
      const together = line.splice(0);
      const charges = together.map(({ request, answer }): Charge => ({ request, answer }));
      await chargeAll(namespace, charges, dependencies);
    }
    lines.delete(namespace);
  };

  return {
    handles: ({ operation, namespace, ...request }) =>
      (operation === 'CREATE' || operation === 'UPDATE') &&
      namespace !== '' &&
      (limitedResources.length > 0 || quotasOf(namespace).length > 0) &&
      (evaluators.of(request.resource)?.handles({ operation, namespace, ...request }) ?? false),
    validate(request) {
      const { namespace } = request;
      const waitingThere = lines.get(namespace);
      if ((waitingThere?.length ?? 0) >= longestLine) throw new ApiError(429, 'TooManyRequests', 'too many writes wait for the quotas of the namespace');
      return new Promise<ValidationOutcome>((resolve, reject) => {
        const waiting: Waiting = { request, answer: (outcome) => (timer[Symbol.dispose](), resolve(outcome)) };
        const timer = clock.after(patienceMs, () => {
          const line = lines.get(namespace);
          const place = line?.indexOf(waiting) ?? -1;
          if (place >= 0) line!.splice(place, 1);
          resolve({ kind: 'deny', error: internalError('resource quota evaluation timed out') });
        });
        if (waitingThere) return void waitingThere.push(waiting);
        const line = [waiting];
        lines.set(namespace, line);
        serve(namespace, line).catch((error: unknown) => {
          lines.delete(namespace);
          reject(error instanceof Error ? error : new Error(String(error)));
        });
      });
    },
  };
}

export { allow };
