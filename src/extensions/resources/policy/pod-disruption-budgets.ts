import type { PodDisruptionBudget } from '../../../api/generated/policy-v1.ts';
import { poddisruptionbudgets } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { validateIntOrPercent, validateNotMoreThanAll } from '../apps/workload-validation.ts';
import { optionalOneOfAt } from '../core/field-checks.ts';
import { validateLabelSelector } from '../core/pod-scheduling-validation.ts';

/** policy/v1 `poddisruptionbudgets`. */
export function podDisruptionBudgetDefinition(): ResourceDefinition {
  return defineBuiltIn(poddisruptionbudgets, {
    columns: [
      nameColumn,
      { name: 'Min Available', description: 'Fewest pods that must stay available.', cell: ({ spec }) => `${spec?.minAvailable ?? 'N/A'}` },
      { name: 'Max Unavailable', description: 'Most pods that may be unavailable.', cell: ({ spec }) => `${spec?.maxUnavailable ?? 'N/A'}` },
      { name: 'Allowed Disruptions', type: 'integer', description: 'Pods that may go now.', cell: ({ status }) => status?.disruptionsAllowed ?? 0 },
      ageColumn,
    ],
    prepareForCreate(draft) {
      draft.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
    },
    validate,
    status: {
      validateUpdate: ({ status = {} }) =>
        (['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const).flatMap((field) =>
          validateNotNegative(status[field], `status.${field}`),
        ),
    },
  });
}

function validate({ spec = {} }: Draft<PodDisruptionBudget>): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    errors.push(fieldError.invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    errors.push(...validateIntOrPercent(spec[field], `spec.${field}`), ...validateNotMoreThanAll(spec[field], `spec.${field}`));
  }
  return [
    ...errors,
    ...validateLabelSelector(spec.selector, 'spec.selector'),
    ...optionalOneOfAt(spec.unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget'], 'spec.unhealthyPodEvictionPolicy'),
  ];
}
