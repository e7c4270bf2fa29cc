import { findCondition, isConditionTrue } from '../../../api/conditions.ts';
import type { Job } from '../../../api/generated/batch-v1.ts';
import { jobs } from '../../../api/generated/resource-types.ts';
import type { FieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, humanDuration, nameColumn } from '../../../extension-points/resources/printer.ts';
import { templateColumns } from '../core/pod-template-columns.ts';
import { applyJobDefaults, generateSelector } from './job-defaults.ts';
import { validateJob, validateJobUpdate } from './job-validation.ts';

/** batch/v1 `jobs`. */
export function jobDefinition(): ResourceDefinition {
  return defineBuiltIn(jobs, {
    columns: [
      nameColumn,
      { name: 'Status', description: 'What the job is doing, in one word.', cell: statusText },
      { name: 'Completions', description: 'Successful pods of those that are wanted.', cell: completionsText },
      { name: 'Duration', description: 'How long it has run, or ran.', cell: durationText },
      ageColumn,
      ...templateColumns<Job>(
        ({ spec }) => spec?.template,
        ({ spec }) => spec?.selector,
      ),
    ],
    applyDefaults: applyJobDefaults,
    prepareForCreate(draft) {
      draft.status = {};
      generateSelector(draft);
    },
    validate: validateJob,
    validateUpdate: validateJobUpdate,
    selectableFields: { 'status.successful': ({ status }) => status?.succeeded ?? 0 },
    status: { validateUpdate: validateStatus },
  });
}

const conditionsOf = ({ status }: Draft<Job>): { type: string; status: string }[] =>
  (status?.conditions ?? []).map(({ type = '', status: value = '' }) => ({ type, status: value }));

function statusText(job: Draft<Job>): string {
  const conditions = conditionsOf(job);
  if (isConditionTrue(conditions, 'Complete')) return 'Complete';
  if (isConditionTrue(conditions, 'Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  for (const type of ['Suspended', 'FailureTarget', 'SuccessCriteriaMet']) if (isConditionTrue(conditions, type)) return type;
  return 'Running';
}

function completionsText({ spec, status }: Draft<Job>): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

/** A failed job has no completion time; its end is when it was found to have failed. */
function durationText(job: Draft<Job>, nowMs: number): string {
  const { startTime, completionTime, conditions } = job.status ?? {};
  if (startTime === undefined) return '';
  const failed = findCondition(
    (conditions ?? []).map((condition) => ({ ...condition, type: condition.type ?? '', status: condition.status ?? '' })),
    'Failed',
  );
  const end = completionTime ?? (failed?.status === 'True' ? failed.lastTransitionTime : undefined);
  return humanDuration((end === undefined ? nowMs : Date.parse(end)) - Date.parse(startTime));
}

function validateStatus({ status = {} }: Draft<Job>): FieldError[] {
  const counts = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;
  return counts.flatMap((field) => validateNotNegative(status[field], `status.${field}`));
}
