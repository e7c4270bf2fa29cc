import type { ReplicationController } from '../../../api/generated/core-v1.ts';
import { replicationcontrollers } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, labelsText, nameColumn } from '../../../extension-points/resources/printer.ts';
import { scaleSubresource, typedDraft } from '../../../extension-points/resources/subresources.ts';
import { validateReplicaStatus } from '../apps/replica-sets.ts';
import { validateRunsForever } from '../apps/workload-validation.ts';
import { applyPodTemplateDefaults } from './pod-spec-defaults.ts';
import { validatePodTemplate } from './pod-spec-validation.ts';
import { containerColumns } from './pod-template-columns.ts';

/** core/v1 `replicationcontrollers`. */
export function replicationControllerDefinition(): ResourceDefinition {
  return defineBuiltIn(replicationcontrollers, {
    columns: [
      nameColumn,
      { name: 'Desired', type: 'integer', description: 'Pods that are wanted.', cell: ({ spec }) => spec?.replicas ?? 0 },
      { name: 'Current', type: 'integer', description: 'Pods that exist.', cell: ({ status }) => status?.replicas ?? 0 },
      { name: 'Ready', type: 'integer', description: 'Pods that are ready.', cell: ({ status }) => status?.readyReplicas ?? 0 },
      ageColumn,
      ...containerColumns<ReplicationController>(({ spec }) => spec?.template),
      { name: 'Selector', priority: 1, description: 'Labels of the pods that belong to it.', cell: ({ spec }) => labelsText(spec?.selector) },
    ],
    applyDefaults,
    prepareForCreate(draft) {
      draft.status = { replicas: 0 };
    },
    validate,
    selectableFields: { 'status.replicas': ({ status }) => status?.replicas ?? 0 },
    status: { validateUpdate: ({ status }) => validateReplicaStatus(status) },
    subresources: {
      scale: scaleSubresource((object) => {
        const labels = typedDraft<ReplicationController>(object).spec?.selector;
        return labels && { matchLabels: labels };
      }),
    },
  });
}

/** Selector and labels come from the template when they are not given. */
function applyDefaults(draft: Draft<ReplicationController>): void {
  const spec = (draft.spec ??= {});
  spec.replicas ??= 1;
  if (!spec.template) return;
  applyPodTemplateDefaults(spec.template);
  const labels = spec.template.metadata?.labels;
  if (!labels) return;
  if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
  if (Object.keys(draft.metadata.labels ?? {}).length === 0) draft.metadata.labels = { ...labels };
}

function validate({ spec = {} }: Draft<ReplicationController>, { old }: WriteContext): FieldError[] {
  const selector = Object.entries(spec.selector ?? {});
  const labels = spec.template?.metadata?.labels ?? {};
  const errors = validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds');
  if (selector.length === 0) errors.push(fieldError.required('spec.selector'));
  errors.push(...validateNotNegative(spec.replicas, 'spec.replicas'));
  if (spec.template && selector.some(([key, value]) => labels[key] !== value))
    errors.push(fieldError.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  const oldTemplate = old && typedDraft<ReplicationController>(old).spec?.template;
  return [...errors, ...validatePodTemplate(spec.template, 'spec.template', oldTemplate), ...validateRunsForever(spec.template, 'ReplicationController')];
}
