import type { StatefulSet } from '../../../api/generated/apps-v1.ts';
import { statefulsets } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { dnsLabelName, validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { scaleSubresource, typedDraft } from '../../../extension-points/resources/subresources.ts';
import { dnsLabelAt, optionalOneOfAt } from '../core/field-checks.ts';
import { applyPodTemplateDefaults } from '../core/pod-spec-defaults.ts';
import { containerColumns } from '../core/pod-template-columns.ts';
import { selectorIn } from './selector-in.ts';
import { validateIntOrPercent, validateNotMoreThanAll, validateWorkload } from './workload-validation.ts';

const changeable = ['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy', 'minReadySeconds'];

/** apps/v1 `statefulsets`. */
export function statefulSetDefinition(): ResourceDefinition {
  return defineBuiltIn(statefulsets, {
    columns: [
      nameColumn,
      {
        name: 'Ready',
        description: 'Ready pods of those that are wanted.',
        cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      },
      ageColumn,
      ...containerColumns<StatefulSet>(({ spec }) => spec?.template),
    ],
    applyDefaults,
    prepareForCreate(draft) {
      draft.status = { replicas: 0, availableReplicas: 0 };
    },
    validateName: dnsLabelName,
    validate,
    validateUpdate,
    status: { validateUpdate: validateStatus },
    subresources: { scale: scaleSubresource((object) => selectorIn(typedDraft<StatefulSet>(object).spec?.selector)) },
  });
}

function applyDefaults(draft: Draft<StatefulSet>): void {
  const spec = (draft.spec ??= {});
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  const strategy = (spec.updateStrategy ??= {});
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') (strategy.rollingUpdate ??= {}).partition ??= 0;
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
  retention.whenDeleted ||= 'Retain';
  retention.whenScaled ||= 'Retain';
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion ??= 'v1';
    claim.kind ??= 'PersistentVolumeClaim';
    (claim.spec ??= {}).volumeMode ??= 'Filesystem';
    (claim.status ??= {}).phase ??= 'Pending';
  }
  applyPodTemplateDefaults((spec.template ??= {}));
}

function validate({ spec = {} }: Draft<StatefulSet>, { old }: WriteContext): FieldError[] {
  const { podManagementPolicy, updateStrategy, persistentVolumeClaimRetentionPolicy: retention } = spec;
  const errors: FieldError[] = [];
  if (podManagementPolicy !== 'OrderedReady' && podManagementPolicy !== 'Parallel')
    errors.push(fieldError.invalid('spec.podManagementPolicy', podManagementPolicy ?? '', "must be 'OrderedReady' or 'Parallel'"));
  if (updateStrategy?.type !== 'RollingUpdate' && updateStrategy?.type !== 'OnDelete')
    errors.push(fieldError.invalid('spec.updateStrategy', updateStrategy ?? {}, "must be 'RollingUpdate' or 'OnDelete'"));
  if (updateStrategy?.type === 'OnDelete' && updateStrategy.rollingUpdate)
    errors.push(fieldError.invalid('spec.updateStrategy.rollingUpdate', updateStrategy.rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'"));
  const rolling = updateStrategy?.rollingUpdate;
  return [
    ...errors,
    ...validateNotNegative(rolling?.partition, 'spec.updateStrategy.rollingUpdate.partition'),
    ...validateIntOrPercent(rolling?.maxUnavailable, 'spec.updateStrategy.rollingUpdate.maxUnavailable'),
    ...validateNotMoreThanAll(rolling?.maxUnavailable, 'spec.updateStrategy.rollingUpdate.maxUnavailable'),
    ...optionalOneOfAt(retention?.whenDeleted, ['Retain', 'Delete'], 'spec.persistentVolumeClaimRetentionPolicy.whenDeleted'),
    ...optionalOneOfAt(retention?.whenScaled, ['Retain', 'Delete'], 'spec.persistentVolumeClaimRetentionPolicy.whenScaled'),
    ...validateNotNegative(spec.replicas, 'spec.replicas'),
    ...validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNotNegative(spec.ordinals?.start, 'spec.ordinals.start'),
    ...(spec.serviceName ? dnsLabelAt(spec.serviceName, 'spec.serviceName') : []),
    ...validateWorkload({ selector: spec.selector, template: spec.template, old }, { kind: 'statefulset', kindOfTemplate: 'StatefulSet' }),
  ];
}

function validateUpdate({ spec = {} }: Draft<StatefulSet>, { spec: old = {} }: Draft<StatefulSet>): FieldError[] {
  const fixed = (all: object): object => Object.fromEntries(Object.entries(all).filter(([field]) => !changeable.includes(field)));
  if (sameValue(fixed(spec), fixed(old))) return [];
  return [
    fieldError.forbidden(
      'spec',
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ),
  ];
}

function validateStatus({ status = {} }: Draft<StatefulSet>): FieldError[] {
  const counts = ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas', 'observedGeneration', 'collisionCount'] as const;
  const errors = counts.flatMap((field) => validateNotNegative(status[field], `status.${field}`));
  for (const field of ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const) {
    if ((status[field] ?? 0) > (status.replicas ?? 0))
      errors.push(fieldError.invalid(`status.${field}`, status[field], 'cannot be greater than status.replicas'));
  }
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0))
    errors.push(fieldError.invalid('status.availableReplicas', status.availableReplicas, 'cannot be greater than status.readyReplicas'));
  return errors;
}
