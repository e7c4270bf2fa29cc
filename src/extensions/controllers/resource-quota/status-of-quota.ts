import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ResourceQuota, ResourceQuotaStatus } from '../../../api/generated/core-v1.ts';
import { addQuantities, compareQuantities, type Quantity } from '../../../api/quantity.ts';
import { type Amounts, addTo, listOfAmounts, only, readAmounts, sameAmounts, zero } from '../../../extension-points/admission/quota/amounts.ts';
import { isInScopes, scopesOf } from '../../../extension-points/admission/quota/quota-scopes.ts';
import type { CountedResource } from './counted-resources.ts';

const turnMs = 5;
const objectsPerLook = 64;

/** The status a quota should have, from what is there; undefined when it has it. What was charged and may be on its way stays charged. */
export async function statusOf(quota: ResourceQuota, resources: readonly CountedResource[], unsettled: Amounts): Promise<ResourceQuotaStatus | undefined> {
  const hard = readAmounts(quota.spec?.hard);
  const before = readAmounts(quota.status?.used);
  const used = new Map(before);
  for (const [name, amount] of await countUsage(quota, resources)) used.set(name, keptCharged(amount, before.get(name), unsettled.get(name)));
  const enforced = only(used, new Set(hard.keys()));
  const isCurrent =
    quota.status?.hard !== undefined && quota.status.used !== undefined && sameAmounts(hard, readAmounts(quota.status.hard)) && sameAmounts(enforced, before);
  return isCurrent ? undefined : { hard: { ...quota.spec?.hard }, used: listOfAmounts(enforced) };
}

function keptCharged(counted: Quantity, before: Quantity | undefined, unsettled: Quantity | undefined): Quantity {
  if (!before || !unsettled || compareQuantities(counted, before) >= 0) return counted;
  const most = addQuantities(counted, unsettled);
  return compareQuantities(most, before) < 0 ? most : before;
}

/** What all counted objects of the namespace use together, zeros included. Long counts let requests have their turn. */
async function countUsage(quota: ResourceQuota, resources: readonly CountedResource[]): Promise<Amounts> {
  const total = new Map<string, Quantity>();
  const scopes = scopesOf(quota);
  let since = performance.now();
  for (const { evaluator, names, list } of resources) {
    for (const name of names) if (!total.has(name)) total.set(name, zero);
    const wanted = new Set(names);
    for (const [index, object] of list(quota.metadata.namespace ?? '').entries()) {
      if (index % objectsPerLook === objectsPerLook - 1 && performance.now() - since > turnMs) {
        await nextTurn();
        since = performance.now();
      }
      if (isInScopes(evaluator, object, scopes)) addTo(total, only(evaluator.usage(object), wanted));
    }
  }
  return total;
}
