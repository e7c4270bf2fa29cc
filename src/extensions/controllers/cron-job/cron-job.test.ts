import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CronJob, CronJobSpec, Job } from '../../../api/generated/batch-v1.ts';
import { cronjobs, jobs } from '../../../api/generated/resource-types.ts';
import { keyOf, nameOf, type UntypedObject } from '../../../api/object.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { controllerOf } from '../../../extension-points/controllers/owner-references.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { timeText } from '../../../kernel/clock.ts';
import { cronJobController } from './cron-job.ts';

const key = { namespace: 'a', name: 'tidy' };
const startMs = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;
const cronJob = (spec: Partial<CronJobSpec> = {}): CronJob => ({
  metadata: { ...key },
  spec: {
    schedule: '* * * * *',
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
    jobTemplate: { metadata: { labels: { app: 'tidy' }, annotations: { note: 'x' } }, spec: { template: { spec: { containers: [] } } } },
    ...spec,
  },
});

const read = (world: ControllerWorld): CronJob => world.find(cronjobs, key) ?? assert.fail('the cron job is gone');
const names = (world: ControllerWorld): string[] => world.list(jobs).map(nameOf);
const activeNames = (world: ControllerWorld): (string | undefined)[] => (read(world).status?.active ?? []).map(({ name }) => name);
const jobName = (minutes: number): string => `tidy-${startMs / minuteMs + minutes}`;

async function started(spec: Partial<CronJobSpec> = {}): Promise<ControllerWorld> {
  const world = new ControllerWorld();
  await world.client.create(cronjobs, cronJob(spec));
  await world.start(cronJobController());
  await settle();
  await world.clock.advance(1_000); // so that whole minutes end a little after what is due
  return world;
}

async function pass(world: ControllerWorld, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await world.clock.advance(minuteMs);
    await settle(40);
  }
}

/** Plays the job controller. */
async function end(world: ControllerWorld, name: string, type: 'Complete' | 'Failed' = 'Complete'): Promise<void> {
  const job = world.find(jobs, { namespace: 'a', name }) ?? assert.fail(`no job ${name}`);
  const now = timeText(world.clock.now());
  const status: Job['status'] = {
    conditions: [{ type, status: 'True', lastTransitionTime: now }],
    startTime: job.metadata.creationTimestamp!,
    ...(type === 'Complete' ? { completionTime: now } : {}),
  };
  world.client.store.put(jobs, { ...job, status } as unknown as UntypedObject);
  await settle(40);
}

controllerConformance('cron-job', () => ({
  controller: cronJobController(),
  arrange: async (client) => void (await client.create(cronjobs, cronJob())),
  isDone: (client) => client.store.list(jobs).length === 1 && (client.store.get(cronjobs, key) as unknown as CronJob).status?.active?.length === 1,
}));

describe('cronJobController', () => {
  it('makes a job each time it is due, named after that time', async () => {
    await using world = await started();
    assert.deepEqual(names(world), []);
    await pass(world, 2);
    assert.deepEqual(names(world), [jobName(1), jobName(2)]);
    const job = world.list(jobs)[0]!;
    assert.deepEqual(job.metadata.labels, { app: 'tidy' });
    assert.deepEqual(job.metadata.annotations, { note: 'x', 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T00:01:00Z' });
    assert.deepEqual([controllerOf(job)?.kind, controllerOf(job)?.uid], ['CronJob', read(world).metadata.uid]);
    assert.deepEqual(job.spec, { template: { spec: { containers: [] } } });
    assert.deepEqual(activeNames(world), [jobName(1), jobName(2)]);
    assert.equal(read(world).status?.lastScheduleTime, '2026-01-01T00:02:00Z');
    assert.deepEqual(world.events(), [`SuccessfulCreate: Created job ${jobName(1)}`, `SuccessfulCreate: Created job ${jobName(2)}`]);
  });

  it('reads the schedule in its time zone', async () => {
    await using world = await started({ schedule: '30 1 * * *', timeZone: 'Europe/Berlin' });
    await pass(world, 31);
    assert.deepEqual(names(world), [jobName(30)]);
    assert.equal(world.list(jobs)[0]?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'], '2026-01-01T01:30:00+01:00');
  });

  it('notes how jobs ended, and keeps only some of them', async () => {
    await using world = await started({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1 });
    for (const [minutes, type] of [
      [1, 'Complete'],
      [2, 'Complete'],
      [3, 'Failed'],
      [4, 'Failed'],
    ] as const) {
      await pass(world, 1);
      await end(world, jobName(minutes), type);
    }
    assert.deepEqual(names(world), [jobName(2), jobName(4)]);
    assert.deepEqual(activeNames(world), []);
    assert.equal(read(world).status?.lastSuccessfulTime, '2026-01-01T00:02:01Z');
    assert.deepEqual(
      world.events().filter((event) => !event.startsWith('SuccessfulCreate')),
      [
        `SawCompletedJob: Saw completed job: ${jobName(1)}, condition: Complete`,
        `SuccessfulDelete: Deleted job ${jobName(1)}`,
        `SawCompletedJob: Saw completed job: ${jobName(2)}, condition: Complete`,
        `SawCompletedJob: Saw completed job: ${jobName(3)}, condition: Failed`,
        `SuccessfulDelete: Deleted job ${jobName(3)}`,
        `SawCompletedJob: Saw completed job: ${jobName(4)}, condition: Failed`,
      ].sort((left, right) => world.events().indexOf(left) - world.events().indexOf(right)),
    );
  });

  it('makes none while one is active, with Forbid', async () => {
    await using world = await started({ concurrencyPolicy: 'Forbid' });
    await pass(world, 3);
    assert.deepEqual(names(world), [jobName(1)]);
    assert.ok(world.events().includes('JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid'));
    await end(world, jobName(1));
    await pass(world, 1);
    assert.ok(names(world).length >= 2);
  });

  it('deletes the active one first, with Replace', async () => {
    await using world = await started({ concurrencyPolicy: 'Replace' });
    await pass(world, 2);
    assert.deepEqual([names(world), activeNames(world)], [[jobName(2)], [jobName(2)]]);
    assert.ok(world.events().includes(`SuccessfulDelete: Deleted job ${jobName(1)}`));
  });

  it('makes none while it is suspended, and afterwards only the last that was missed', async () => {
    await using world = await started({ suspend: true });
    await pass(world, 5);
    assert.deepEqual(names(world), []);
    await world.client.patch(cronjobs, key, { type: 'merge', body: { spec: { suspend: false } } });
    await settle(40);
    assert.deepEqual(names(world), [jobName(5)]);
  });

  it('says so when it missed many times, and when the time for a start is over', async () => {
    await using world = new ControllerWorld();
    await world.client.create(cronjobs, cronJob());
    await world.client.create(cronjobs, { ...cronJob({ schedule: '@every 1h', startingDeadlineSeconds: 5 }), metadata: { name: 'late', namespace: 'a' } });
    await world.clock.advance(102 * minuteMs);
    await world.start(cronJobController());
    await settle(40);
    assert.deepEqual(names(world), [jobName(102)]);
    assert.deepEqual(world.events(), [
      'TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
      `SuccessfulCreate: Created job ${jobName(102)}`,
    ]);
  });

  it('does not make up for what a new schedule would have asked for before', async () => {
    await using world = await started({ schedule: '0 0 1 1 *' });
    await pass(world, 7);
    await world.client.patch(cronjobs, key, { type: 'merge', body: { spec: { schedule: '*/5 * * * *' } } });
    await pass(world, 2);
    assert.deepEqual(names(world), []);
    await pass(world, 2);
    assert.deepEqual(names(world), [jobName(10)]);
  });

  it('tells of jobs that others made for it and of those that went missing', async () => {
    await using world = await started({ schedule: '0 0 1 1 *' });
    const { name, uid } = read(world).metadata;
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: name!, uid: uid!, controller: true };
    await world.client.create(jobs, { metadata: { name: 'by-hand', namespace: 'a', ownerReferences: [owner] }, spec: { template: {} } });
    await settle(40);
    assert.deepEqual(world.events(), ['UnexpectedJob: Saw a job that the controller did not create or forgot: by-hand']);
    await using other = await started();
    await pass(other, 1);
    await other.client.delete(jobs, keyOf(other.list(jobs)[0]!));
    await settle(40);
    assert.deepEqual([activeNames(other), other.events().at(-1)], [[], `MissingJob: Active job went missing: ${jobName(1)}`]);
  });

  it('makes a job once, when it dies before it says that it made it', async () => {
    let isDead = false;
    await using world = new ControllerWorld({
      intercept: ({ resource, subresource }) => {
        if (isDead && resource === 'cronjobs.batch' && subresource === 'status') throw new Error('dead');
      },
    });
    await world.client.create(cronjobs, cronJob());
    await world.start(cronJobController());
    isDead = true;
    await settle();
    await world.clock.advance(1_000);
    await pass(world, 1);
    await world.stop();
    isDead = false;
    assert.deepEqual([names(world), activeNames(world)], [[jobName(1)], []]);
    await world.start(cronJobController());
    await settle(40);
    assert.deepEqual([names(world), activeNames(world)], [[jobName(1)], [jobName(1)]]);
  });

  for (const [spec, event] of [
    [{ timeZone: 'Nowhere/Town' }, 'UnknownTimeZone: invalid timeZone: "Nowhere/Town": unknown time zone Nowhere/Town'],
    [{ schedule: '* *' }, 'UnparseableSchedule: unparseable schedule: "* *" : expected exactly 5 fields, found 2: [* *]'],
  ] as const) {
    it(`says ${event.split(':')[0]} and waits for a change`, async () => {
      await using world = await started(spec);
      await pass(world, 2);
      assert.deepEqual([world.events(), names(world)], [[event], []]);
    });
  }
});
