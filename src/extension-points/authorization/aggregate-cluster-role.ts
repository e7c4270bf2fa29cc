import type { ClusterRole, PolicyRule } from '../../api/generated/rbac-v1.ts';
import { selectorFromObject } from '../../api/label-selector.ts';

/**
 * The rules of an aggregated role: those of all roles its selectors match, by name, each rule once, the role itself left out.
 * `undefined` when the role is not aggregated or already has exactly these rules. Throws a 400 for a bad selector.
 */
export function aggregateClusterRole(role: ClusterRole, roles: Iterable<ClusterRole>): PolicyRule[] | undefined {
  const selectors = role.aggregationRule?.clusterRoleSelectors?.map(selectorFromObject);
  if (!selectors) return undefined;
  const byName = [...roles].sort((left, right) => ((left.metadata.name ?? '') < (right.metadata.name ?? '') ? -1 : 1));
  const seen = new Set<string>();
  const rules: PolicyRule[] = [];
  for (const selector of selectors) {
    for (const source of byName) {
      if (source.metadata.name === role.metadata.name || !selector.matches(source.metadata.labels)) continue;
      for (const rule of source.rules ?? []) {
        const text = ruleKey(rule);
        if (!seen.has(text) && seen.add(text)) rules.push(rule);
      }
    }
  }
  return sameRules(rules, role.rules ?? []) ? undefined : rules;
}

const ruleKey = (rule: PolicyRule): string =>
  JSON.stringify([rule.verbs, rule.apiGroups ?? [], rule.resources ?? [], rule.resourceNames ?? [], rule.nonResourceURLs ?? []]);

const sameRules = (left: readonly PolicyRule[], right: readonly PolicyRule[]): boolean =>
  left.length === right.length && left.every((rule, index) => ruleKey(rule) === ruleKey(right[index]!));
