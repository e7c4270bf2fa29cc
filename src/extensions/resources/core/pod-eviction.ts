import { findCondition, isConditionTrue, setCondition } from '../../../api/conditions.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import type { Eviction, PodDisruptionBudget } from '../../../api/generated/policy-v1.ts';
import { selectorFromObject } from '../../../api/label-selector.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { ApiError, badRequest, forbidden, internalError } from '../../../api/status.ts';
import type { ResourceServices, Subresource, WriteContext } from '../../../extension-points/resources/contract.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { typedDraft } from '../../../extension-points/resources/subresources.ts';
import { timeText } from '../../../kernel/clock.ts';
import { successStatus } from './success-status.ts';

const podType = { group: '', resource: 'pods' };
const budgetType = { group: 'policy', resource: 'poddisruptionbudgets' };
/** A budget whose controller lags this far behind lets nobody go. */
const disruptedPodsLimit = 2000;
const violation = "Cannot evict pod as it would violate the pod's disruption budget.";

/** `pods/eviction`: deletes a pod unless a disruption budget forbids it (429). */
export const evictionSubresource: Subresource = {
  kind: 'create',
  bodyKind: { group: 'policy', version: 'v1', kind: 'Eviction' },
  create: (parent, draft, context, services) => evict(typedDraft<Pod>(parent), typedDraft<Eviction>(draft), context, services),
};

async function evict(pod: Draft<Pod>, eviction: Draft<Eviction>, context: WriteContext, services: ResourceServices): Promise<UntypedObject> {
  const name = pod.metadata.name ?? '';
  if (eviction.metadata.name && eviction.metadata.name !== name) throw badRequest('name in URL does not match name in Eviction object');
  const isDryRun = context.dryRun || (eviction.deleteOptions?.dryRun?.length ?? 0) > 0;
  if (!isUnprotected(pod)) {
    const budget = budgetOf(pod, services);
    if (budget && !ignoresBudget(pod, budget)) {
      checkBudget(budget);
      if (!isDryRun)
        await services.update(
          budgetType,
          { namespace: pod.metadata.namespace ?? '', name: budget.metadata.name ?? '' },
          (draft) => charge(typedDraft<PodDisruptionBudget>(draft), name, context),
          context,
        );
    }
  }
  if (isDryRun) return successStatus(201);
  await markAndDelete(pod, eviction, context, services);
  return successStatus(201);
}

/** Pods that serve nobody are no loss. */
const isUnprotected = (pod: Draft<Pod>): boolean =>
  pod.metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed', 'Pending'].includes(pod.status?.phase ?? '');

function budgetOf(pod: Draft<Pod>, services: ResourceServices): Draft<PodDisruptionBudget> | undefined {
  const budgets = services.list(budgetType, pod.metadata.namespace).map((object) => typedDraft<PodDisruptionBudget>(object));
  const matching = budgets.filter(({ spec }) => spec?.selector !== undefined && selectorFromObject(selectorObject(spec.selector)).matches(pod.metadata.labels));
  if (matching.length > 1) throw internalError('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
  return matching[0];
}

const selectorObject = (selector: NonNullable<NonNullable<Draft<PodDisruptionBudget>['spec']>['selector']>): Parameters<typeof selectorFromObject>[0] => ({
  matchLabels: selector.matchLabels,
  matchExpressions: selector.matchExpressions?.map(({ key = '', operator = '', values }) => ({ key, operator, values })),
});

/** An unready pod may go when the policy says so, or when the others are healthy enough without it. */
function ignoresBudget(pod: Draft<Pod>, { spec, status }: Draft<PodDisruptionBudget>): boolean {
  const conditions = (pod.status?.conditions ?? []).map(({ type = '', status: value = '' }) => ({ type, status: value }));
  if (isConditionTrue(conditions, 'Ready')) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const desired = status?.desiredHealthy ?? 0;
  return desired > 0 && (status?.currentHealthy ?? 0) >= desired;
}

/** Throws when the budget allows no disruption now. */
function checkBudget({ metadata, status }: Draft<PodDisruptionBudget>): void {
  const name = metadata.name ?? '';
  const subject = { group: 'policy', resource: 'poddisruptionbudgets' };
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0))
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10);
  const allowed = status?.disruptionsAllowed ?? 0;
  if (allowed < 0) throw forbidden(subject, name, 'pdb disruptions allowed is negative');
  if (Object.keys(status?.disruptedPods ?? {}).length > disruptedPodsLimit)
    throw forbidden(subject, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (allowed > 0) return;
  const failure = findCondition(
    (status?.conditions ?? []).map((condition) => ({ ...condition, type: condition.type ?? '', status: condition.status ?? '' })),
    'DisruptionAllowed',
  );
  if (failure?.reason === 'SyncFailed')
    throw tooMany(`The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${failure.message ?? ''}`, 0);
  throw tooMany(`The disruption budget ${name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`, 0);
}

const tooMany = (message: string, retryAfterSeconds: number): ApiError =>
  new ApiError(429, 'TooManyRequests', violation, {
    details: { causes: [{ reason: 'DisruptionBudget', message }], ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}) },
  });

/** Takes one disruption from the budget; checked again, since another eviction may have been faster. */
function charge(budget: Draft<PodDisruptionBudget>, podName: string, context: WriteContext): void {
  checkBudget(budget);
  const status = (budget.status ??= {});
  status.disruptionsAllowed = (status.disruptionsAllowed ?? 0) - 1;
  status.disruptedPods = { ...status.disruptedPods, [podName]: timeText(context.nowMs) };
  if (status.disruptionsAllowed > 0) return;
  const conditions = (status.conditions ?? []).map((condition) => ({ ...condition, type: condition.type ?? '', status: condition.status ?? '' }));
  status.conditions = [
    ...setCondition(
      conditions,
      { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', message: '', observedGeneration: budget.metadata.generation ?? 0 },
      new Date(context.nowMs),
    ),
  ];
}

async function markAndDelete(pod: Draft<Pod>, eviction: Draft<Eviction>, context: WriteContext, services: ResourceServices): Promise<void> {
  const key = { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name ?? '' };
  const { gracePeriodSeconds, preconditions } = eviction.deleteOptions ?? {};
  const uid = preconditions?.uid ?? pod.metadata.uid;
  await services.update(podType, key, (draft) => markDisrupted(typedDraft<Pod>(draft), context), context);
  await services.delete(podType, key, { ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }), ...(uid === undefined ? {} : { uid }) }, context);
}

function markDisrupted(pod: Draft<Pod>, context: WriteContext): void {
  const status = (pod.status ??= {});
  const conditions = (status.conditions ?? []).map((condition) => ({ ...condition, type: condition.type ?? '', status: condition.status ?? '' }));
  status.conditions = [
    ...setCondition(
      conditions,
      { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' },
      new Date(context.nowMs),
    ),
  ];
}
