import type { ResourceQuota } from '../../../api/generated/core-v1.ts';
import { ApiError } from '../../../api/status.ts';
import { type AdmissionRequest, allow, type ValidationOutcome } from '../../../extension-points/admission/contract.ts';
import { type Amounts, listOfAmounts, readAmounts, sameAmounts } from '../../../extension-points/admission/quota/amounts.ts';
import type { QuotaEvaluators } from '../../../extension-points/admission/quota/evaluators.ts';
import { type OpenQuota, useOf } from './check-request.ts';
import type { LimitedResource } from './limited-resources.ts';

export interface ChargeDependencies {
  readonly evaluators: QuotaEvaluators;
  /** The quotas of the namespace, as they are now. */
  readonly quotas: () => readonly ResourceQuota[];
  readonly updateStatus: (quota: ResourceQuota) => Promise<ResourceQuota>;
  readonly limitedResources: readonly LimitedResource[];
}

/** How often a quota that somebody else wrote meanwhile is tried again. */
const retries = 3;

interface Charge {
  readonly request: AdmissionRequest;
  outcome: ValidationOutcome | undefined;
}

/**
 * Charges requests of one namespace, each to all quotas that count it or to none, and answers them in order. What they use is added up first and then written, once per quota;
 * quotas that changed meanwhile are read again, and the requests that are not settled are held against those once more. A request that such a quota turns down then
 * has been charged to others already; the controller takes that back, as it does when what was admitted is not stored after all.
 */
export async function chargeQuotas(requests: readonly AdmissionRequest[], dependencies: ChargeDependencies): Promise<ValidationOutcome[]> {
  const charges = requests.map((request): Charge => ({ request, outcome: undefined }));
  let quotas = dependencies.quotas();
  for (let attempt = 0; ; attempt++) {
    const open = quotas.map(openQuota);
    for (const charge of charges) if (!charge.outcome) charge.outcome = chargeOne(charge.request, open, dependencies);
    const failures = await writeChanged(open, dependencies);
    if (failures.size === 0) return charges.map(({ outcome }) => outcome ?? allow);
    if (attempt === retries) {
      const [last] = [...failures.values()].slice(-1);
      return charges.map(({ outcome }) => outcome ?? refusalOf(last));
    }
    quotas = dependencies.quotas().filter(({ metadata }) => failures.has(metadata.name ?? ''));
  }
}

const openQuota = (quota: ResourceQuota): OpenQuota => ({ quota, hard: readAmounts(quota.status?.hard), used: readAmounts(quota.status?.used) });

/** Undefined when quotas have to be written before the request may pass. */
function chargeOne(request: AdmissionRequest, open: readonly OpenQuota[], { evaluators, limitedResources }: ChargeDependencies): ValidationOutcome | undefined {
  const evaluator = evaluators.of(request.resource);
  if (!evaluator?.handles(request)) return allow;
  const use = useOf(request, open, { evaluator, limited: limitedResources });
  if ('kind' in use) return use;
  if (request.dryRun) return allow;
  let isCharged = false;
  for (const [quota, used] of use.usedAfter) {
    isCharged ||= !sameAmounts(quota.used, used);
    quota.used = used;
  }
  return isCharged ? undefined : allow;
}

/** Answers why some could not be written, by their names. Side by side, so that they share a commit. */
async function writeChanged(open: readonly OpenQuota[], { updateStatus }: ChargeDependencies): Promise<Map<string, unknown>> {
  const changed = open.filter(({ quota, used }) => !sameAmounts(readAmounts(quota.status?.used), used));
  const results = await Promise.allSettled(changed.map(({ quota, used }) => updateStatus(charged(quota, used))));
  return new Map(results.flatMap((result, index) => (result.status === 'rejected' ? [[changed[index]!.quota.metadata.name ?? '', result.reason]] : [])));
}

const charged = (quota: ResourceQuota, used: Amounts): ResourceQuota => ({ ...quota, status: { ...quota.status, used: listOfAmounts(used) } });

function refusalOf(error: unknown): ValidationOutcome {
  if (error instanceof ApiError) return { kind: 'deny', error };
  throw error;
}
