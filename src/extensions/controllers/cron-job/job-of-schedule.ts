import type { CronJob, Job } from '../../../api/generated/batch-v1.ts';
import type { ObjectReference } from '../../../api/generated/core-v1.ts';
import { cronjobs, jobs } from '../../../api/generated/resource-types.ts';
import { nameOf } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import { controllerReference } from '../../../extension-points/controllers/owner-references.ts';
import { timeText } from '../../../kernel/clock.ts';

const timestampAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** One name per due time: a job is never made twice for it. */
export const jobNameAt = (cronJob: CronJob, atMs: number): string => `${nameOf(cronJob)}-${Math.floor(atMs / 60_000)}`;

/** The job for a due time. */
export function jobAt(cronJob: CronJob, atMs: number): Job {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  return {
    apiVersion: groupVersion(jobs),
    kind: jobs.kind,
    metadata: {
      name: jobNameAt(cronJob, atMs),
      namespace: cronJob.metadata.namespace ?? '',
      ...(metadata?.labels ? { labels: metadata.labels } : {}),
      annotations: { ...metadata?.annotations, [timestampAnnotation]: zonedTimeText(atMs, cronJob.spec.timeZone) },
      ownerReferences: [controllerReference(cronJob, cronjobs)],
    },
    spec: spec ?? { template: {} },
  };
}

/** RFC 3339 with the time zone's offset at that time. */
export function zonedTimeText(atMs: number, timeZone: string | undefined): string {
  if (timeZone === undefined) return timeText(atMs);
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(atMs);
  const [, sign, hours = '0', minutes = '0'] = /^GMT([+-])(\d\d):(\d\d)/.exec(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '') ?? [];
  const offsetMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  if (offsetMs === 0) return timeText(atMs);
  return timeText(atMs + offsetMs).replace('Z', `${sign}${hours}:${minutes}`);
}

/** How the status of a cron job names a job. */
export function referenceTo({ metadata: { name, namespace, uid, resourceVersion } }: Job): ObjectReference {
  return {
    kind: jobs.kind,
    apiVersion: groupVersion(jobs),
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
  };
}
