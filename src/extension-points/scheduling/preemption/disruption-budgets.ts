import type { Pod } from '../../../api/generated/core-v1.ts';
import type { PodDisruptionBudget } from '../../../api/generated/policy-v1.ts';
import { selectorFromObject } from '../../../api/label-selector.ts';

/** Pods whose deletion would break a budget, and the others; both in the order given. */
export interface PodsByBudget {
  readonly violating: readonly Pod[];
  readonly others: readonly Pod[];
}

/** Takes pods off their budgets one by one, in the order given. A pod that a budget already counts as disrupted costs nothing; an empty selector means nothing. */
export function splitByBudgets(pods: readonly Pod[], budgets: readonly PodDisruptionBudget[]): PodsByBudget {
  const accounts = budgets.map(({ metadata, spec, status }) => ({
    namespace: metadata.namespace,
    selector: selectorFromObject(spec.selector),
    disrupted: status?.disruptedPods ?? {},
    allowed: status?.disruptionsAllowed ?? 0,
  }));
  const violating: Pod[] = [];
  const others: Pod[] = [];
  for (const pod of pods) {
    const { labels = {}, namespace, name = '' } = pod.metadata;
    let isViolating = false;
    for (const account of accounts) {
      if (account.namespace !== namespace || account.selector.requirements.length === 0 || !account.selector.matches(labels)) continue;
      if (!Object.hasOwn(account.disrupted, name) && --account.allowed < 0) isViolating = true;
    }
    (isViolating ? violating : others).push(pod);
  }
  return { violating, others };
}
