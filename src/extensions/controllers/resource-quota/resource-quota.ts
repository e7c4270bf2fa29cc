import type { ResourceQuota } from '../../../api/generated/core-v1.ts';
import { deviceclasses, resourcequotas } from '../../../api/generated/resource-types.ts';
import { type KubernetesObject, keyOf, keyText, parseKey } from '../../../api/object.ts';
import { isConflict, isNotFound } from '../../../api/status.ts';
import type { Informers } from '../../../client/informer.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';
import { readAmounts, sameAmounts } from '../../../extension-points/admission/quota/amounts.ts';
import type { QuotaEvaluator } from '../../../extension-points/admission/quota/evaluator.ts';
import { QuotaEvaluators } from '../../../extension-points/admission/quota/evaluators.ts';
import { isInScopes, scopesOf } from '../../../extension-points/admission/quota/quota-scopes.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { followResources } from '../../../extension-points/controllers/follow-resources.ts';
import type { NamedController } from '../../../extension-points/controllers/reconcile.ts';
import type { DiscoverResources } from '../../../extension-points/controllers/served-resources.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { type WorkOutcome, WorkQueue } from '../../../kernel/work-queue.ts';
import { CountedResources } from './counted-resources.ts';
import { RecentCharges, settleMs } from './recent-charges.ts';
import { RecountPlan, resyncMs } from './recount-plan.ts';
import { examine } from './status-of-quota.ts';

const workers = 5;
/** A resource that cannot be counted yet is looked at again. */
const incompleteMs = 1_000;

/**
 * Keeps `status` of quotas: what is enforced, and what is used. Admission charges what is created; this gives back what is gone, by counting again all that a quota counts:
 * when a counted object goes or comes to use less, when the limits change, a moment after each charge, and every five minutes.
 */
export function resourceQuotaController({ discover }: { readonly discover: DiscoverResources }): NamedController {
  return { name: 'resourcequota-controller', start: (deps) => startResourceQuota(deps, discover) };
}

async function startResourceQuota(deps: ControllerDeps, discover: DiscoverResources): Promise<AsyncDisposable> {
  const { clock, informers, log } = deps;
  const stack = new DisposalStack();
  const quotas = informers.informer(resourcequotas);
  const evaluators = new QuotaEvaluators({ lookup: lookupIn(informers), now: () => clock.now() });
  const charges = new RecentCharges(clock);
  const onError = (key: string, error: unknown): void =>
    log[isConflict(error) || isNotFound(error) ? 'debug' : 'warn']('a quota could not be brought up to date and will be tried again', { key, error });
  const queue = stack.use(new WorkQueue({ clock, workers, onError }, (key, signal) => reconcile(key, signal)));

  const plan = new RecountPlan(clock);
  const recount = (quota: ResourceQuota): void => {
    const key = keyText(keyOf(quota));
    queue.addAfter(key, plan.want(key));
  };
  const countersOf = (object: KubernetesObject, evaluator: QuotaEvaluator): ResourceQuota[] =>
    quotas.list(object.metadata.namespace).filter(({ spec }) => evaluator.matchingNames(Object.keys(spec?.hard ?? {})).length > 0);
  const counted = stack.use(
    new CountedResources(deps, evaluators, {
      gone: (object, evaluator) => countersOf(object, evaluator).forEach(recount),
      changed(object, old, evaluator) {
        for (const quota of countersOf(object, evaluator)) if (countsOtherwise(object, old, quota, evaluator)) recount(quota);
      },
    }),
  );

  async function reconcile(key: string, signal: AbortSignal): Promise<WorkOutcome> {
    const quota = quotas.get(parseKey(key));
    if (!quota) {
      charges.forget(key);
      plan.forget(key);
      return {};
    }
    const count = plan.begin(key);
    if (count.isRecheck && !enforcesSpec(quota)) return { requeueAfterMs: resyncMs };
    const counting = await counted.of(Object.keys(quota.spec?.hard ?? {}), signal);
    const unsettled = charges.unsettled(key, quota);
    const { status, changesAtMs = Number.POSITIVE_INFINITY, looks } = await examine(quota, counting.resources, unsettled);
    if (status) charges.wrote(key, await deps.client.replace(resourcequotas, { ...quota, status }, { subresource: 'status' }));
    count.done(looks);
    // What was just counted may have missed what was on its way.
    if (status || unsettled.size > 0) return { requeueAfterMs: settleMs };
    return { requeueAfterMs: Math.min(counting.isComplete ? resyncMs : incompleteMs, changesAtMs - clock.now()) };
  }

  const add = (quota: ResourceQuota): void => {
    const key = keyText(keyOf(quota));
    plan.want(key);
    queue.add(key);
  };
  const changed = (quota: ResourceQuota, old: ResourceQuota): void => {
    const key = keyText(keyOf(quota));
    if (charges.observe(key, quota, old)) queue.addAfter(key, settleMs);
    if (!sameAmounts(readAmounts(quota.spec?.hard), readAmounts(old.spec?.hard))) add(quota);
  };
  const addAll = (): void => quotas.list().forEach(add);
  try {
    await followResources(deps, stack, async () => {
      const names = new Set(quotas.list().flatMap(({ spec }) => Object.keys(spec?.hard ?? {})));
      if (await counted.follow(await discover(), names)) addAll();
    });
    // What a class of devices stands behind decides what its devices count as.
    stack.use(informers.informer(deviceclasses).onChange({ added: (_, isInitial) => isInitial || addAll(), updated: addAll, deleted: addAll }));
    stack.use(quotas.onChange({ added: add, updated: changed, deleted: add }));
    await quotas.synced();
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
  queue.start();
  return stack;
}

const enforcesSpec = ({ spec, status }: ResourceQuota): boolean => sameAmounts(readAmounts(spec?.hard), readAmounts(status?.hard));

/** Whether a quota counts an object differently, in either direction, than it did before, or will without a further change. */
const countsOtherwise = (object: KubernetesObject, old: KubernetesObject, quota: ResourceQuota, evaluator: QuotaEvaluator): boolean =>
  !sameAmounts(evaluator.usage(object), evaluator.usage(old)) ||
  evaluator.changesAtMs?.(object) !== evaluator.changesAtMs?.(old) ||
  isInScopes(evaluator, object, scopesOf(quota)) !== isInScopes(evaluator, old, scopesOf(quota));

const lookupIn = (informers: Informers): ObjectLookup => ({
  get: (type, key) => informers.informer(type).get(key),
  list: (type, namespace) => informers.informer(type).list(namespace),
});
