import type { DaemonSet } from '../../../api/generated/apps-v1.ts';
import { daemonsets } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateImmutable, validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, labelsText, nameColumn } from '../../../extension-points/resources/printer.ts';
import { oneOfAt } from '../core/field-checks.ts';
import { applyPodTemplateDefaults } from '../core/pod-spec-defaults.ts';
import { templateColumns } from '../core/pod-template-columns.ts';
import { numberIn, validateIntOrPercent, validateNotMoreThanAll, validateWorkload } from './workload-validation.ts';

/** apps/v1 `daemonsets`. */
export function daemonSetDefinition(): ResourceDefinition {
  return defineBuiltIn(daemonsets, {
    columns: [
      nameColumn,
      { name: 'Desired', type: 'integer', description: 'Nodes that should run the pod.', cell: ({ status }) => status?.desiredNumberScheduled ?? 0 },
      { name: 'Current', type: 'integer', description: 'Of those, nodes that run it.', cell: ({ status }) => status?.currentNumberScheduled ?? 0 },
      { name: 'Ready', type: 'integer', description: 'Nodes where it is ready.', cell: ({ status }) => status?.numberReady ?? 0 },
      {
        name: 'Up-to-date',
        type: 'integer',
        description: 'Nodes that run it from the current template.',
        cell: ({ status }) => status?.updatedNumberScheduled ?? 0,
      },
      { name: 'Available', type: 'integer', description: 'Nodes where it has been ready long enough.', cell: ({ status }) => status?.numberAvailable ?? 0 },
      { name: 'Node Selector', description: 'Labels of the nodes that should run it.', cell: ({ spec }) => labelsText(spec?.template?.spec?.nodeSelector) },
      ageColumn,
      ...templateColumns<DaemonSet>(
        ({ spec }) => spec?.template,
        ({ spec }) => spec?.selector,
      ),
    ],
    applyDefaults,
    prepareForCreate(draft) {
      draft.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    },
    validate,
    validateUpdate: (set, old) => validateImmutable(set.spec?.selector, old.spec?.selector, 'spec.selector'),
    status: { validateUpdate: validateStatus },
  });
}

function applyDefaults(draft: Draft<DaemonSet>): void {
  const spec = (draft.spec ??= {});
  spec.revisionHistoryLimit ??= 10;
  const strategy = (spec.updateStrategy ??= {});
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= 1;
    strategy.rollingUpdate.maxSurge ??= 0;
  }
  applyPodTemplateDefaults((spec.template ??= {}));
}

function validate({ spec = {} }: Draft<DaemonSet>, { old }: WriteContext): FieldError[] {
  return [
    ...validateWorkload({ selector: spec.selector, template: spec.template, old }, { kind: 'daemonset', kindOfTemplate: 'DaemonSet' }),
    ...validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...oneOfAt(spec.updateStrategy?.type, ['RollingUpdate', 'OnDelete'], 'spec.updateStrategy'),
    ...(spec.updateStrategy?.type === 'RollingUpdate' ? validateRolling(spec.updateStrategy.rollingUpdate, 'spec.updateStrategy.rollingUpdate') : []),
    ...validateNotNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ];
}

function validateRolling(
  rolling: { maxUnavailable?: number | string | undefined; maxSurge?: number | string | undefined } | undefined,
  path: string,
): FieldError[] {
  if (!rolling) return [fieldError.required(path)];
  const errors: FieldError[] = [];
  for (const field of ['maxUnavailable', 'maxSurge'] as const) {
    errors.push(...validateIntOrPercent(rolling[field], `${path}.${field}`), ...validateNotMoreThanAll(rolling[field], `${path}.${field}`));
  }
  if (errors.length > 0) return errors;
  const { maxUnavailable, maxSurge } = rolling;
  if (numberIn(maxUnavailable) > 0 && numberIn(maxSurge) > 0)
    return [fieldError.invalid(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')];
  return numberIn(maxUnavailable) === 0 && numberIn(maxSurge) === 0 ? [fieldError.required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')] : [];
}

function validateStatus({ status = {} }: Draft<DaemonSet>): FieldError[] {
  const counts = [
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'collisionCount',
  ] as const;
  return counts.flatMap((field) => validateNotNegative(status[field], `status.${field}`));
}
