import type { CronJob } from '../../../../api/generated/batch-v1.ts';
import { cronjobs } from '../../../../api/generated/resource-types.ts';
import { defineDescriber } from '../contract.ts';
import { optionalBoolText, orUnset, plainSelectorText } from '../page/texts.ts';
import { localTime } from '../page/times.ts';
import { writePodTemplate } from '../pods/pod-template.ts';
import { field, fieldIfSet, identitySections } from '../sections.ts';

const secondsText = (seconds: number | undefined): string => (seconds === undefined ? '<unset>' : `${seconds}s`);

export const cronJobDescriber = defineDescriber<CronJob>({
  resources: [cronjobs],
  sections: [
    ...identitySections,
    field('Schedule', ({ spec }) => spec?.schedule ?? ''),
    field('Concurrency Policy', ({ spec }) => spec?.concurrencyPolicy ?? ''),
    field('Suspend', ({ spec }) => optionalBoolText(spec?.suspend)),
    field('Time Zone', ({ spec }) => orUnset(spec?.timeZone)),
    field('Successful Job History Limit', ({ spec }) => orUnset(spec?.successfulJobsHistoryLimit)),
    field('Failed Job History Limit', ({ spec }) => orUnset(spec?.failedJobsHistoryLimit)),
    field('Starting Deadline Seconds', ({ spec }) => secondsText(spec?.startingDeadlineSeconds)),
    field('Selector', ({ spec }) => (spec?.jobTemplate?.spec?.selector ? plainSelectorText(spec.jobTemplate.spec.selector) : '<unset>')),
    field('Parallelism', ({ spec }) => orUnset(spec?.jobTemplate?.spec?.parallelism)),
    field('Completions', ({ spec }) => orUnset(spec?.jobTemplate?.spec?.completions)),
    fieldIfSet('Active Deadline Seconds', ({ spec }) => {
      const seconds = spec?.jobTemplate?.spec?.activeDeadlineSeconds;
      return seconds === undefined ? '' : secondsText(seconds);
    }),
    (page, { spec }) => writePodTemplate(page, spec?.jobTemplate?.spec?.template ?? { spec: { containers: [] } }),
    field('Last Schedule Time', ({ status }) => (status?.lastScheduleTime ? localTime(status.lastScheduleTime) : '<unset>')),
    field('Active Jobs', ({ status }) => (status?.active ?? []).map(({ name }) => name).join(', ') || '<none>'),
  ],
});
