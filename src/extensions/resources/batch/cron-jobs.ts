import { scheduleProblem } from '../../../api/cron-schedule.ts';
import type { CronJob } from '../../../api/generated/batch-v1.ts';
import { cronjobs } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { age, ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { typedDraft } from '../../../extension-points/resources/subresources.ts';
import { oneOfAt } from '../core/field-checks.ts';
import { templateColumns } from '../core/pod-template-columns.ts';
import { applyJobTemplateDefaults } from './job-defaults.ts';
import { validateJobSpec } from './job-validation.ts';

/** Names of jobs are those of their cron job and eleven more characters. */
const nameLimit = 52;

/** batch/v1 `cronjobs`. */
export function cronJobDefinition(): ResourceDefinition {
  return defineBuiltIn(cronjobs, {
    columns: [
      nameColumn,
      { name: 'Schedule', description: 'When jobs are made.', cell: ({ spec }) => spec?.schedule ?? '' },
      { name: 'Timezone', description: 'Where the schedule is read.', cell: ({ spec }) => spec?.timeZone ?? '<none>' },
      {
        name: 'Suspend',
        type: 'boolean',
        description: 'Whether no jobs are made for now.',
        cell: ({ spec }) => (spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False'),
      },
      { name: 'Active', type: 'integer', description: 'Jobs that are running.', cell: ({ status }) => status?.active?.length ?? 0 },
      {
        name: 'Last Schedule',
        description: 'Time since the last job was made.',
        cell: ({ status }, nowMs) => (status?.lastScheduleTime ? age(status.lastScheduleTime, nowMs) : '<none>'),
      },
      ageColumn,
      ...templateColumns<CronJob>(
        ({ spec }) => spec?.jobTemplate?.spec?.template,
        ({ spec }) => spec?.jobTemplate?.spec?.selector,
      ),
    ],
    applyDefaults(draft) {
      const spec = (draft.spec ??= {});
      spec.concurrencyPolicy ||= 'Allow';
      spec.suspend ??= false;
      spec.successfulJobsHistoryLimit ??= 3;
      spec.failedJobsHistoryLimit ??= 1;
      const template = (spec.jobTemplate ??= {});
      template.metadata ??= {};
      applyJobTemplateDefaults((template.spec ??= {}));
    },
    prepareForCreate(draft) {
      draft.status = {};
    },
    validate,
  });
}

function validate({ metadata, spec = {} }: Draft<CronJob>, { operation, old }: WriteContext): FieldError[] {
  const errors: FieldError[] = [];
  if ((metadata.name?.length ?? 0) > nameLimit && operation === 'CREATE')
    errors.push(fieldError.invalid('metadata.name', metadata.name, `must be no more than ${nameLimit} characters`));
  errors.push(...validateSchedule(spec.schedule ?? '', spec.timeZone !== undefined), ...validateTimeZone(spec.timeZone));
  errors.push(...validateNotNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'));
  errors.push(...oneOfAt(spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace'], 'spec.concurrencyPolicy'));
  const oldSpec = old && typedDraft<CronJob>(old).spec?.jobTemplate?.spec;
  errors.push(...validateJobSpec(spec.jobTemplate?.spec ?? {}, 'spec.jobTemplate.spec', oldSpec));
  if (spec.jobTemplate?.spec?.manualSelector) errors.push(fieldError.notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']));
  if (spec.jobTemplate?.spec?.selector)
    errors.push(fieldError.invalid('spec.jobTemplate.spec.selector', spec.jobTemplate.spec.selector, '`selector` will be auto-generated'));
  return [
    ...errors,
    ...validateNotNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    ...validateNotNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  ];
}

function validateSchedule(schedule: string, hasTimeZone: boolean): FieldError[] {
  if (schedule === '') return [fieldError.required('spec.schedule')];
  if (schedule.includes('TZ')) {
    return [
      fieldError.invalid(
        'spec.schedule',
        schedule,
        hasTimeZone ? 'cannot use both timeZone field and TZ or CRON_TZ in schedule' : 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ),
    ];
  }
  const problem = scheduleProblem(schedule);
  return problem === undefined ? [] : [fieldError.invalid('spec.schedule', schedule, problem)];
}

function validateTimeZone(timeZone: string | undefined): FieldError[] {
  if (timeZone === undefined) return [];
  if (timeZone === '') return [fieldError.invalid('spec.timeZone', timeZone, 'timeZone must be nil or non-empty string')];
  if (timeZone.toLowerCase() === 'local')
    return [fieldError.invalid('spec.timeZone', timeZone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')];
  return isTimeZone(timeZone) ? [] : [fieldError.invalid('spec.timeZone', timeZone, `unknown time zone ${timeZone}`)];
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
