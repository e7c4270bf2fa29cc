import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CronJob, Job } from '../../src/api/generated/batch-v1.ts';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';
import { workbenchOf } from '../fixtures/workload.ts';

interface Listed<T> {
  readonly items: readonly T[];
}

describe('Jobs and CronJobs', { concurrency: 4 }, () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ simulate: true });
    // Due within a minute; the last test looks at what became of it.
    await bench.kubectl('create', 'cronjob', 'minutely', '--image=busybox', '--schedule=* * * * *', '--', 'true');
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });
  const job = (name: string): Promise<Job> => bench.read<Job>(`/apis/batch/v1/namespaces/default/jobs/${name}`);
  const podsOf = async (name: string): Promise<readonly Pod[]> =>
    (await bench.read<Listed<Pod>>(`/api/v1/namespaces/default/pods?labelSelector=batch.kubernetes.io/job-name=${name}`)).items;
  const conditions = ({ status }: Job): (string | undefined)[][] => (status?.conditions ?? []).map(({ type, reason }) => [type, reason]);
  const template = (command: string[]): object => ({ spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox', command }] } });

  it('run a pod to its end', async () => {
    await bench.kubectl('create', 'job', 'one', '--image=busybox', '--', 'echo', 'hello');
    await bench.kubectl('wait', '--for=condition=complete', 'job/one', '--timeout=120s');
    assert.match(await bench.kubectl('get', 'job', 'one'), /^one +Complete +1\/1 /m);
    assert.match(await bench.kubectl('logs', 'job/one'), /hello/);
    const [pod] = await podsOf('one');
    assert.deepEqual([pod?.status?.phase, pod?.metadata.finalizers], ['Succeeded', undefined]);
    const { status } = await job('one');
    assert.deepEqual([status?.succeeded, status?.ready, status?.terminating, status?.uncountedTerminatedPods], [1, 0, 0, {}]);
    await eventually(async () =>
      assert.match(await bench.kubectl('describe', 'job', 'one'), /SuccessfulCreate .*Created pod: one-[^]*Completed .*Job completed/),
    );
  });

  it('run several pods, each with an index of its own', async () => {
    await bench.create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'indexed' },
      spec: { completions: 3, parallelism: 2, completionMode: 'Indexed', template: template(['true']) },
    });
    await bench.kubectl('wait', '--for=condition=complete', 'job/indexed', '--timeout=120s');
    assert.equal((await job('indexed')).status?.completedIndexes, '0-2');
    assert.deepEqual((await podsOf('indexed')).map(({ spec }) => spec.hostname).sort(), ['indexed-0', 'indexed-1', 'indexed-2']);
  });

  it('fail when a pod failed and no other may be tried', async () => {
    await bench.create({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'broken' }, spec: { backoffLimit: 0, template: template(['false']) } });
    await bench.kubectl('wait', '--for=condition=failed', 'job/broken', '--timeout=120s');
    assert.deepEqual(conditions(await job('broken')), [
      ['FailureTarget', 'BackoffLimitExceeded'],
      ['Failed', 'BackoffLimitExceeded'],
    ]);
    assert.equal((await podsOf('broken')).length, 1);
  });

  it('stop while suspended, and run on afterwards', async () => {
    await bench.create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'paused' },
      spec: { suspend: true, template: template(['true']) },
    });
    await bench.kubectl('wait', '--for=condition=suspended', 'job/paused', '--timeout=120s');
    assert.equal((await podsOf('paused')).length, 0);
    await bench.kubectl('patch', 'job', 'paused', '-p', '{"spec":{"suspend":false}}');
    await bench.kubectl('wait', '--for=condition=complete', 'job/paused', '--timeout=120s');
  });

  it('give up their pods when they are suspended', async () => {
    await bench.create({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'stopped' }, spec: { template: template(['sleep', '600']) } });
    await eventually(async () => assert.equal((await job('stopped')).status?.active, 1));
    await bench.kubectl('patch', 'job', 'stopped', '-p', '{"spec":{"suspend":true}}');
    await eventually(async () => assert.equal((await podsOf('stopped')).length, 0));
    await eventually(async () => {
      const { status } = await job('stopped');
      assert.deepEqual([status?.active, status?.failed], [undefined, undefined]);
    });
  });

  it('go, with their pods, some seconds after their end', async () => {
    await bench.create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'brief' },
      spec: { ttlSecondsAfterFinished: 1, template: template(['true']) },
    });
    await bench.kubectl('wait', '--for=delete', 'job/brief', '--timeout=120s');
    await eventually(async () => assert.equal((await podsOf('brief')).length, 0));
  });

  it('take their running pods with them when they are deleted', async () => {
    await bench.create({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'deleted' }, spec: { parallelism: 2, template: template(['sleep', '600']) } });
    await eventually(async () => assert.equal((await job('deleted')).status?.active, 2));
    await bench.kubectl('delete', 'job', 'deleted');
    await eventually(async () => assert.equal((await podsOf('deleted')).length, 0));
  });

  it('go with their namespace', async () => {
    await bench.kubectl('create', 'namespace', 'leaving');
    await bench.kubectl('-n', 'leaving', 'create', 'job', 'long', '--image=busybox', '--', 'sleep', '600');
    await bench.kubectl('-n', 'leaving', 'create', 'job', 'short', '--image=busybox', '--', 'true');
    await bench.kubectl('-n', 'leaving', 'wait', '--for=condition=complete', 'job/short', '--timeout=120s');
    await bench.kubectl('delete', 'namespace', 'leaving', '--timeout=120s');
  });

  it('end in the way their policies ask for', async () => {
    const policy = (name: string, command: string[], spec: object): object => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: { completions: 2, parallelism: 2, completionMode: 'Indexed', template: template(command), ...spec },
    });
    const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }];
    await bench.create(
      policy('final', ['false'], { podFailurePolicy: { rules } }),
      policy('leader', ['true'], { completions: 3, successPolicy: { rules: [{ succeededIndexes: '0' }] } }),
      policy('each', ['false'], { backoffLimitPerIndex: 0, maxFailedIndexes: 2 }),
    );
    await bench.kubectl('wait', '--for=condition=failed', 'job/final', 'job/each', '--timeout=120s');
    await bench.kubectl('wait', '--for=condition=complete', 'job/leader', '--timeout=120s');
    assert.deepEqual(conditions(await job('final')).at(-1), ['Failed', 'PodFailurePolicy']);
    assert.deepEqual(conditions(await job('leader')).at(-1), ['Complete', 'SuccessPolicy']);
    const each = await job('each');
    assert.deepEqual([each.status?.failedIndexes, conditions(each).at(-1)], ['0,1', ['Failed', 'FailedIndexes']]);
  });

  it('are made from a CronJob by hand and on its schedule', async () => {
    await bench.kubectl('create', 'job', 'by-hand', '--from=cronjob/minutely');
    await bench.kubectl('wait', '--for=condition=complete', 'job/by-hand', '--timeout=120s');
    const scheduled = /^minutely-\d{8}$/;
    await eventually(async () => {
      const { items } = await bench.read<Listed<Job>>('/apis/batch/v1/namespaces/default/jobs');
      const made = items.filter(({ metadata, status }) => scheduled.test(metadata.name ?? '') && status?.completionTime);
      assert.ok(made.length > 0, 'no job was made');
      const { status } = await bench.read<CronJob>('/apis/batch/v1/namespaces/default/cronjobs/minutely');
      const times = made.map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']);
      assert.ok(times.includes(status?.lastScheduleTime), `${status?.lastScheduleTime} is none of ${times.join()}`);
      assert.ok(status?.lastSuccessfulTime);
    }, 180_000);
    await eventually(async () => {
      const events = await bench.kubectl('describe', 'cronjob', 'minutely');
      assert.match(events, /SuccessfulCreate .*Created job minutely-\d+/);
      assert.match(events, /UnexpectedJob .*Saw a job that the controller did not create or forgot: by-hand/);
    });
  });
});

describe('a Job whose cluster is killed', () => {
  it('counts every pod once', async () => {
    await using cluster = await startTestCluster({ simulate: true });
    const bench = workbenchOf(() => cluster);
    const read = (): Promise<Job> => bench.read<Job>('/apis/batch/v1/namespaces/default/jobs/many');
    const containers = [{ name: 'main', image: 'busybox', command: ['sleep', '1'] }];
    const template = { spec: { restartPolicy: 'Never', containers } };
    // Simulated containers do not outlive their node: some pods fail. Each index has a back-off of its own, so that they do not hold up the others.
    const spec = { completions: 12, parallelism: 4, completionMode: 'Indexed', backoffLimitPerIndex: 3, template };
    await bench.create({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'many' }, spec });
    await eventually(async () => assert.ok(((await read()).status?.succeeded ?? 0) >= 3));
    await cluster.killHard();
    await cluster.start();
    await bench.kubectl('wait', '--for=condition=complete', 'job/many', '--timeout=120s');
    const { status } = await read();
    const { items } = await bench.read<Listed<Pod>>('/api/v1/namespaces/default/pods');
    const count = (phase: string): number => items.filter((pod) => pod.status?.phase === phase).length;
    assert.deepEqual([status?.succeeded, status?.completedIndexes, status?.uncountedTerminatedPods], [12, '0-11', {}]);
    assert.deepEqual([count('Succeeded'), count('Failed')], [12, status?.failed ?? 0]);
    assert.deepEqual(
      items.flatMap((pod) => pod.metadata.finalizers ?? []),
      [],
    );
  });
});
