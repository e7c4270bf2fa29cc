import type { ReplicaSet } from '../../../api/generated/apps-v1.ts';
import { replicasets } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateImmutable, validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { scaleSubresource, typedDraft } from '../../../extension-points/resources/subresources.ts';
import { applyPodTemplateDefaults } from '../core/pod-spec-defaults.ts';
import { templateColumns } from '../core/pod-template-columns.ts';
import { selectorIn } from './selector-in.ts';
import { validateWorkload } from './workload-validation.ts';

/** apps/v1 `replicasets`. */
export function replicaSetDefinition(): ResourceDefinition {
  return defineBuiltIn(replicasets, {
    columns: [
      nameColumn,
      { name: 'Desired', type: 'integer', description: 'Pods that are wanted.', cell: ({ spec }) => spec?.replicas ?? 0 },
      { name: 'Current', type: 'integer', description: 'Pods that exist.', cell: ({ status }) => status?.replicas ?? 0 },
      { name: 'Ready', type: 'integer', description: 'Pods that are ready.', cell: ({ status }) => status?.readyReplicas ?? 0 },
      ageColumn,
      ...templateColumns<ReplicaSet>(
        ({ spec }) => spec?.template,
        ({ spec }) => spec?.selector,
      ),
    ],
    applyDefaults(draft) {
      const spec = (draft.spec ??= {});
      spec.replicas ??= 1;
      applyPodTemplateDefaults((spec.template ??= {}));
    },
    prepareForCreate(draft) {
      draft.status = { replicas: 0 };
    },
    validate: ({ spec = {} }, { old }) => [
      ...validateNotNegative(spec.replicas, 'spec.replicas'),
      ...validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
      ...validateWorkload({ selector: spec.selector, template: spec.template, old }, { kind: 'deployment', kindOfTemplate: 'ReplicaSet' }),
    ],
    validateUpdate: (set, old) => validateImmutable(set.spec?.selector, old.spec?.selector, 'spec.selector'),
    selectableFields: { 'status.replicas': ({ status }) => status?.replicas ?? 0 },
    status: { validateUpdate: ({ status }) => validateReplicaStatus(status) },
    subresources: { scale: scaleSubresource((object) => selectorIn(typedDraft<ReplicaSet>(object).spec?.selector)) },
  });
}

/** Counts of a replica set or a replication controller, which must agree. */
export function validateReplicaStatus(status: Draft<ReplicaSet>['status']): FieldError[] {
  const counts = ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'] as const;
  const errors = counts.flatMap((field) => validateNotNegative(status?.[field], `status.${field}`));
  const total = status?.replicas ?? 0;
  for (const field of ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    if ((status?.[field] ?? 0) > total) errors.push(fieldError.invalid(`status.${field}`, status?.[field], 'cannot be greater than status.replicas'));
  }
  if ((status?.availableReplicas ?? 0) > (status?.readyReplicas ?? 0))
    errors.push(fieldError.invalid('status.availableReplicas', status?.availableReplicas, 'cannot be greater than readyReplicas'));
  return errors;
}
