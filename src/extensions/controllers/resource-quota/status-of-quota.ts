import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ResourceQuota, ResourceQuotaStatus } from '../../../api/generated/core-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { addQuantities, compareQuantities, type Quantity } from '../../../api/quantity.ts';
import { type Amounts, listOfAmounts, only, readAmounts, sameAmounts, zero } from '../../../extension-points/admission/quota/amounts.ts';
import type { QuotaEvaluator } from '../../../extension-points/admission/quota/evaluator.ts';
import { isInScopes, scopesOf } from '../../../extension-points/admission/quota/quota-scopes.ts';
import type { CountedResource } from './counted-resources.ts';

const turnMs = 5;
/** How often the time is looked at. */
const looksPerGlance = 64;

/** What was found out about a quota. */
export interface QuotaFindings {
  /** The status it should have; undefined when it has it. */
  readonly status: ResourceQuotaStatus | undefined;
  /** When, in milliseconds since the epoch, something counted comes to use less by itself. */
  readonly changesAtMs: number | undefined;
  /** How many objects were looked at. */
  readonly looks: number;
}

/** Counts what is there. What was charged and may be on its way stays charged. */
export async function examine(quota: ResourceQuota, resources: readonly CountedResource[], unsettled: Amounts): Promise<QuotaFindings> {
  const hard = readAmounts(quota.spec?.hard);
  const before = readAmounts(quota.status?.used);
  const used = new Map(before);
  const { total, changesAtMs, looks } = await countUsage(quota, resources);
  for (const [name, amount] of total) used.set(name, keptCharged(amount, before.get(name), unsettled.get(name)));
  const enforced = only(used, new Set(hard.keys()));
  const isCurrent =
    quota.status?.hard !== undefined && quota.status.used !== undefined && sameAmounts(hard, readAmounts(quota.status.hard)) && sameAmounts(enforced, before);
  return { status: isCurrent ? undefined : { hard: { ...quota.spec?.hard }, used: listOfAmounts(enforced) }, changesAtMs, looks };
}

function keptCharged(counted: Quantity, before: Quantity | undefined, unsettled: Quantity | undefined): Quantity {
  if (!before || !unsettled || compareQuantities(counted, before) >= 0) return counted;
  const most = addQuantities(counted, unsettled);
  return compareQuantities(most, before) < 0 ? most : before;
}

/** What all counted objects of the namespace use together, zeros included. Long counts let requests have their turn. */
async function countUsage(quota: ResourceQuota, resources: readonly CountedResource[]): Promise<Omit<QuotaFindings, 'status'> & { readonly total: Amounts }> {
  const total = new Map<string, Quantity>();
  const scopes = scopesOf(quota);
  let changesAtMs: number | undefined;
  let looks = 0;
  let since = performance.now();
  for (const { evaluator, names, list } of resources) {
    for (const name of names) if (!total.has(name)) total.set(name, zero);
    for (const object of list(quota.metadata.namespace ?? '')) {
      if (++looks % looksPerGlance === 0 && performance.now() - since > turnMs) {
        await nextTurn();
        since = performance.now();
      }
      if (!isInScopes(evaluator, object, scopes)) continue;
      const atMs = evaluator.changesAtMs?.(object);
      if (atMs !== undefined) changesAtMs = Math.min(atMs, changesAtMs ?? atMs);
      const usage = usageOf(object, evaluator, atMs === undefined);
      for (const name of names) {
        const amount = usage.get(name);
        if (amount) total.set(name, addQuantities(total.get(name)!, amount));
      }
    }
  }
  return { total, changesAtMs, looks };
}

/** What objects use that nothing but themselves can change. They are immutable, and counted over and over. */
const known = new WeakMap<KubernetesObject, Amounts>();

function usageOf(object: KubernetesObject, evaluator: QuotaEvaluator, isSettled: boolean): Amounts {
  if (!isSettled || evaluator.reads) return evaluator.usage(object);
  let usage = known.get(object);
  if (!usage) known.set(object, (usage = evaluator.usage(object)));
  return usage;
}
