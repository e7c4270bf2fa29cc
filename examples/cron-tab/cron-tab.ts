/** The controller of CronTabs. `wherry up --extension cron-tab.ts` runs it inside the cluster; `program.ts` runs it against any other. */
import { pods } from 'wherry/api/resource-types';
import {
  conditionTime,
  controllerReference,
  defineReconciler,
  generationChanged,
  isControlledBy,
  type ObjectKey,
  parseCronSchedule,
  scheduleProblem,
  setCondition,
  updateStatus,
} from 'wherry/controllers';
import { type CronTab, crontabs } from './generated/cron-tab.ts';

type Pod = NonNullable<(typeof pods)['object']>;
type Status = NonNullable<CronTab['status']>;

/** Finished pods of one CronTab that are kept to look at. */
const keptPods = 3;
const label = 'stable.example.com/crontab';

export const cronTabController = defineReconciler({
  name: 'crontab-controller',
  primary: crontabs,
  predicate: generationChanged,
  owns: [pods],
  async reconcile(key: ObjectKey, { client, informers, events, clock }) {
    const cronTab = informers.informer(crontabs).get(key);
    if (!cronTab || cronTab.metadata.deletionTimestamp) return;
    const { namespace = '', name } = key;
    const now = clock.now();
    const owned = informers
      .informer(pods)
      .list(namespace)
      .filter((pod) => isControlledBy(pod, cronTab));
    const report = (status: Partial<Status>, problem?: string): Promise<CronTab> => {
      const condition = {
        type: 'Scheduled',
        status: problem === undefined ? ('True' as const) : ('False' as const),
        reason: problem === undefined ? 'Scheduled' : 'InvalidSchedule',
        message: problem ?? '',
      };
      const conditions = setCondition(cronTab.status?.conditions, condition, new Date(now));
      return updateStatus({ client, type: crontabs }, cronTab, { ...cronTab.status, ...status, conditions: [...conditions] });
    };

    const problem = scheduleProblem(cronTab.spec.cronSpec);
    if (problem !== undefined) {
      if (cronTab.status?.conditions?.[0]?.message !== problem) events.record(cronTab, 'Warning', 'InvalidSchedule', problem);
      await report({}, problem);
      return;
    }

    const schedule = parseCronSchedule(cronTab.spec.cronSpec);
    const last = Date.parse(cronTab.status?.lastScheduleTime ?? cronTab.metadata.creationTimestamp ?? '') || now;
    const due = newestDue(schedule, last, now);
    const created = due === undefined ? [] : podsFor(cronTab, due);
    // Names say for what time a pod is: a second try makes no second pod.
    for (const pod of created) if (!owned.some((known) => known.metadata.name === pod.metadata.name)) await client.create(pods, pod).catch(unlessItExists);
    if (due !== undefined) events.record(cronTab, 'Normal', 'Started', `Started ${created.length} pods for ${conditionTime(new Date(due))}`);

    const finished = owned.filter(isFinished).sort(byAge);
    for (const pod of finished.slice(keptPods)) await client.delete(pods, { namespace, name: pod.metadata.name ?? '' });
    await report({
      active: owned.filter((pod) => !isFinished(pod)).length,
      labelSelector: `${label}=${name}`,
      ...(due === undefined ? {} : { lastScheduleTime: conditionTime(new Date(due)) }),
    });
    const next = schedule.next(now);
    return next === undefined ? undefined : { requeueAfterMs: next - now };
  },
});

/** The newest scheduled time that has come and was not served; older ones that were missed are left out. Looks back step by step: a year may have been missed. */
function newestDue(schedule: ReturnType<typeof parseCronSchedule>, last: number, now: number): number | undefined {
  for (let windowMs = 60_000; ; windowMs *= 2) {
    const start = Math.max(last, now - windowMs);
    let due: number | undefined;
    for (let next = schedule.next(start); next !== undefined && next <= now; next = schedule.next(next)) due = next;
    if (due !== undefined || start === last) return due;
  }
}

function podsFor(cronTab: CronTab, dueMs: number): Pod[] {
  const { name = '', namespace = '' } = cronTab.metadata;
  return Array.from({ length: cronTab.spec.replicas ?? 1 }, (_, index) => ({
    metadata: {
      name: `${name}-${Math.floor(dueMs / 1_000)}-${index}`,
      namespace,
      labels: { [label]: name },
      ownerReferences: [controllerReference(cronTab, crontabs)],
    },
    spec: { restartPolicy: 'OnFailure', containers: [{ name: 'main', image: cronTab.spec.image }] },
  }));
}

const isFinished = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

const byAge = (left: Pod, right: Pod): number => ((left.metadata.name ?? '') < (right.metadata.name ?? '') ? 1 : -1);

function unlessItExists(error: unknown): void {
  if ((error as { reason?: unknown }).reason !== 'AlreadyExists') throw error;
}

export default { controllers: { 'crontab-controller': cronTabController } };
