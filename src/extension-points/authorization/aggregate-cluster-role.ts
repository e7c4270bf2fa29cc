import type { LabelSelector } from '../../api/generated/meta-v1.ts';
import type { ClusterRole, PolicyRule } from '../../api/generated/rbac-v1.ts';

/**
 * The rules of an aggregated role: those of all roles its selectors match, by name, each rule once, the role itself left out.
 * `undefined` when the role is not aggregated or already has exactly these rules.
 */
export function aggregateClusterRole(role: ClusterRole, roles: Iterable<ClusterRole>): PolicyRule[] | undefined {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  if (!selectors) return undefined;
  const byName = [...roles].sort((left, right) => ((left.metadata.name ?? '') < (right.metadata.name ?? '') ? -1 : 1));
  const seen = new Set<string>();
  const rules: PolicyRule[] = [];
  for (const selector of selectors) {
    for (const source of byName) {
      if (source.metadata.name === role.metadata.name || !matchesLabels(selector, source.metadata.labels ?? {})) continue;
      for (const rule of source.rules ?? []) {
        const text = ruleKey(rule);
        if (!seen.has(text) && seen.add(text)) rules.push(rule);
      }
    }
  }
  return sameRules(rules, role.rules ?? []) ? undefined : rules;
}

const ruleKey = (rule: PolicyRule): string => JSON.stringify([rule.verbs, rule.apiGroups ?? [], rule.resources ?? [], rule.resourceNames ?? [], rule.nonResourceURLs ?? []]);

const sameRules = (left: readonly PolicyRule[], right: readonly PolicyRule[]): boolean =>
  left.length === right.length && left.every((rule, index) => ruleKey(rule) === ruleKey(right[index]!));

/** Whether labels satisfy a selector; an empty selector matches everything. */
function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  if (!Object.entries(selector.matchLabels ?? {}).every(([name, value]) => labels[name] === value)) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    switch (operator) {
      case 'In': return value !== undefined && values.includes(value);
      case 'NotIn': return value === undefined || !values.includes(value);
      case 'Exists': return value !== undefined;
      case 'DoesNotExist': return value === undefined;
      default: return false;
    }
  });
}
