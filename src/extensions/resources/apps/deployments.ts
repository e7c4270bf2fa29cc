import type { Deployment } from '../../../api/generated/apps-v1.ts';
import { deployments } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateImmutable, validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { scaleSubresource, typedDraft } from '../../../extension-points/resources/subresources.ts';
import { oneOfAt } from '../core/field-checks.ts';
import { applyPodTemplateDefaults } from '../core/pod-spec-defaults.ts';
import { templateColumns } from '../core/pod-template-columns.ts';
import { selectorIn } from './selector-in.ts';
import { numberIn, validateIntOrPercent, validateNotMoreThanAll, validateWorkload } from './workload-validation.ts';

/** apps/v1 `deployments`. */
export function deploymentDefinition(): ResourceDefinition {
  return defineBuiltIn(deployments, {
    columns: [
      nameColumn,
      {
        name: 'Ready',
        description: 'Ready pods of those that are wanted.',
        cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      },
      { name: 'Up-to-date', description: 'Pods made from the current template.', cell: ({ status }) => status?.updatedReplicas ?? 0 },
      { name: 'Available', description: 'Pods that have been ready long enough.', cell: ({ status }) => status?.availableReplicas ?? 0 },
      ageColumn,
      ...templateColumns<Deployment>(
        ({ spec }) => spec?.template,
        ({ spec }) => spec?.selector,
      ),
    ],
    applyDefaults,
    prepareForCreate(draft) {
      draft.status = {};
    },
    validate,
    validateUpdate: (deployment, old) => validateImmutable(deployment.spec?.selector, old.spec?.selector, 'spec.selector'),
    status: { validateUpdate: validateStatus },
    subresources: { scale: scaleSubresource((object) => selectorIn(typedDraft<Deployment>(object).spec?.selector)) },
  });
}

function applyDefaults(draft: Draft<Deployment>): void {
  const spec = (draft.spec ??= {});
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  const strategy = (spec.strategy ??= {});
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= '25%';
    strategy.rollingUpdate.maxSurge ??= '25%';
  }
  applyPodTemplateDefaults((spec.template ??= {}));
}

function validate({ spec = {} }: Draft<Deployment>, { old }: WriteContext): FieldError[] {
  const errors = [
    ...validateNotNegative(spec.replicas, 'spec.replicas'),
    ...validateWorkload({ selector: spec.selector, template: spec.template, old }, { kind: 'deployment', kindOfTemplate: 'ReplicaSet' }),
    ...validateStrategy(spec.strategy, 'spec.strategy'),
    ...validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNotNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ...validateNotNegative(spec.progressDeadlineSeconds, 'spec.progressDeadlineSeconds'),
  ];
  if (spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)) {
    errors.push(fieldError.invalid('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds, 'must be greater than minReadySeconds'));
  }
  return errors;
}

function validateStrategy(strategy: NonNullable<Draft<Deployment>['spec']>['strategy'], path: string): FieldError[] {
  const { type, rollingUpdate } = strategy ?? {};
  const errors = oneOfAt(type, ['Recreate', 'RollingUpdate'], `${path}.type`);
  if (type === 'Recreate')
    return rollingUpdate ? [fieldError.forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")] : [];
  if (type !== 'RollingUpdate') return errors;
  const { maxUnavailable, maxSurge } = rollingUpdate ?? {};
  const at = `${path}.rollingUpdate`;
  errors.push(...validateIntOrPercent(maxUnavailable, `${at}.maxUnavailable`), ...validateIntOrPercent(maxSurge, `${at}.maxSurge`));
  if (errors.length === 0 && numberIn(maxUnavailable) === 0 && numberIn(maxSurge) === 0)
    errors.push(fieldError.invalid(`${at}.maxUnavailable`, maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0'));
  return [...errors, ...validateNotMoreThanAll(maxUnavailable, `${at}.maxUnavailable`)];
}

function validateStatus({ status = {} }: Draft<Deployment>): FieldError[] {
  const counts = [
    'observedGeneration',
    'replicas',
    'updatedReplicas',
    'readyReplicas',
    'availableReplicas',
    'unavailableReplicas',
    'terminatingReplicas',
    'collisionCount',
  ] as const;
  const errors = counts.flatMap((field) => validateNotNegative(status[field], `status.${field}`));
  const total = status.replicas ?? 0;
  for (const field of ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    if ((status[field] ?? 0) > total) errors.push(fieldError.invalid(`status.${field}`, status[field], 'cannot be greater than status.replicas'));
  }
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0))
    errors.push(fieldError.invalid('status.availableReplicas', status.availableReplicas, 'cannot be greater than readyReplicas'));
  return errors;
}
