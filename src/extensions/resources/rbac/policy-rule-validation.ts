import type { PolicyRule } from '../../../api/generated/rbac-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { eachAt, requiredAt } from '../core/field-checks.ts';

/** `rules` of a role. Only cluster roles may name URLs. */
export function validatePolicyRules(rules: readonly Loose<PolicyRule>[] | undefined, namespaced: boolean): FieldError[] {
  return eachAt(rules, 'rules', (rule, path) => {
    const urls = rule.nonResourceURLs ?? [];
    const errors = requiredAt(rule.verbs ?? [], `${path}.verbs`, 'verbs must contain at least one value');
    if (urls.length === 0) {
      return [
        ...errors,
        ...requiredAt(rule.apiGroups ?? [], `${path}.apiGroups`, 'resource rules must supply at least one api group'),
        ...requiredAt(rule.resources ?? [], `${path}.resources`, 'resource rules must supply at least one resource'),
      ];
    }
    if (namespaced) errors.push(fieldError.invalid(`${path}.nonResourceURLs`, urls, 'namespaced rules cannot apply to non-resource URLs'));
    const namesResources = [rule.apiGroups, rule.resources, rule.resourceNames].some((list) => (list?.length ?? 0) > 0);
    if (namesResources) errors.push(fieldError.invalid(`${path}.nonResourceURLs`, urls, 'rules cannot apply to both regular resources and non-resource URLs'));
    return errors;
  });
}
