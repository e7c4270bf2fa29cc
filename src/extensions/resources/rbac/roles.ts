import { clusterroles, roles } from '../../../api/generated/resource-types.ts';
import { fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { pathSegmentName } from '../../../extension-points/resources/object-meta.ts';
import { createdAtColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { eachAt } from '../core/field-checks.ts';
import { validateLabelSelector } from '../core/pod-scheduling-validation.ts';
import { validatePolicyRules } from './policy-rule-validation.ts';

/** rbac.authorization.k8s.io/v1 `roles`. */
export function roleDefinition(): ResourceDefinition {
  return defineBuiltIn(roles, {
    createsOnUpdate: true,
    columns: [nameColumn, createdAtColumn],
    validateName: pathSegmentName,
    validate: (role) => validatePolicyRules(role.rules, true),
  });
}

/** rbac.authorization.k8s.io/v1 `clusterroles`. */
export function clusterRoleDefinition(): ResourceDefinition {
  return defineBuiltIn(clusterroles, {
    createsOnUpdate: true,
    columns: [nameColumn, createdAtColumn],
    validateName: pathSegmentName,
    validate({ rules, aggregationRule }) {
      const errors = validatePolicyRules(rules, false);
      if (!aggregationRule) return errors;
      const selectors = aggregationRule.clusterRoleSelectors ?? [];
      if (selectors.length === 0)
        return [
          ...errors,
          fieldError.required('aggregationRule.clusterRoleSelectors', 'at least one clusterRoleSelector required if aggregationRule is non-nil'),
        ];
      return [...errors, ...eachAt(selectors, 'aggregationRule.clusterRoleSelectors', validateLabelSelector)];
    },
  });
}
