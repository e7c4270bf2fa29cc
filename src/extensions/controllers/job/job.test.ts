import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job, JobSpec } from '../../../api/generated/batch-v1.ts';
import type { Pod, PodStatus } from '../../../api/generated/core-v1.ts';
import { jobs, pods } from '../../../api/generated/resource-types.ts';
import { keyOf, type UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { controllerOf } from '../../../extension-points/controllers/owner-references.ts';
import { isPodActive } from '../../../extension-points/controllers/pod-state.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { timeText } from '../../../kernel/clock.ts';
import { jobController } from './job.ts';
import { trackingFinalizer } from './tracking-finalizer.ts';

const key = { namespace: 'a', name: 'sums' };
const label = 'batch.kubernetes.io/job-name';
const job = (spec: Partial<JobSpec> = {}): Job => ({
  metadata: { ...key },
  spec: {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    selector: { matchLabels: { [label]: 'sums' } },
    template: { metadata: { labels: { [label]: 'sums' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
    ...spec,
  },
});

type Conditions = (string | undefined)[][];
const read = (world: ControllerWorld): Job => world.find(jobs, key) ?? assert.fail('the job is gone');
const statusOf = (world: ControllerWorld): NonNullable<Job['status']> => read(world).status ?? {};
const conditions = (world: ControllerWorld): Conditions =>
  (statusOf(world).conditions ?? []).map(({ type, status, reason, message }) => [type, status, reason, message]);
const active = (world: ControllerWorld): Pod[] => world.list(pods).filter(isPodActive);
const hasEnded = (world: ControllerWorld, type: string): boolean => statusOf(world).conditions?.some((condition) => condition.type === type) === true;
const patch = (world: ControllerWorld, spec: Partial<JobSpec>): Promise<Job> => world.client.patch(jobs, key, { type: 'merge', body: { spec } });

/** Plays the node: the pod ends, with an exit code. */
function end(world: ControllerWorld, pod: Pod, exitCode: number, more: Partial<PodStatus> = {}): void {
  const current = world.find(pods, keyOf(pod)) ?? assert.fail('the pod is gone');
  const terminated = { exitCode, finishedAt: timeText(world.clock.now()) };
  const status = {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [{ name: 'c', image: 'i', imageID: 'i', ready: false, restartCount: 0, state: { terminated } }],
    ...more,
  };
  world.client.store.put(pods, { ...current, spec: { ...current.spec, nodeName: 'n' }, status } as unknown as UntypedObject);
}

async function started(spec: Partial<JobSpec> = {}, pod = 1): Promise<ControllerWorld> {
  const world = new ControllerWorld();
  await world.client.create(jobs, job(spec));
  await world.start(jobController());
  await world.until(() => active(world).length === pod, `${pod} pods`);
  return world;
}

controllerConformance('job', () => ({
  controller: jobController(),
  arrange: async (client) => void (await client.create(jobs, job({ parallelism: 3, completions: 3 }))),
  isDone: (client) => client.store.list(pods).length === 3 && (client.store.get(jobs, key) as unknown as Job).status?.active === 3,
}));

describe('jobController', () => {
  it('creates a pod that it owns and holds, and completes the job when that succeeded', async () => {
    await using world = await started();
    const [pod] = active(world);
    assert.match(pod!.metadata.name!, /^sums-/);
    assert.deepEqual(pod!.metadata.finalizers, [trackingFinalizer]);
    assert.equal(controllerOf(pod!)?.uid, read(world).metadata.uid);
    await world.until(() => statusOf(world).active === 1, 'the count');
    assert.deepEqual(statusOf(world), { active: 1, ready: 0, terminating: 0, startTime: '2026-01-01T00:00:00Z', uncountedTerminatedPods: {} });
    end(world, pod!, 0);
    await world.until(() => hasEnded(world, 'Complete'), 'the end');
    assert.deepEqual(conditions(world), [
      ['SuccessCriteriaMet', 'True', 'CompletionsReached', 'Reached expected number of succeeded pods'],
      ['Complete', 'True', 'CompletionsReached', 'Reached expected number of succeeded pods'],
    ]);
    const { conditions: _, completionTime, ...counts } = statusOf(world);
    assert.deepEqual(counts, { ready: 0, terminating: 0, succeeded: 1, startTime: '2026-01-01T00:00:00Z', uncountedTerminatedPods: {} });
    assert.ok(completionTime);
    assert.deepEqual(world.list(pods)[0]?.metadata.finalizers ?? [], []);
    await settle();
    assert.deepEqual(world.events(), [`SuccessfulCreate: Created pod: ${pod!.metadata.name}`, 'Completed: Job completed']);
  });

  it('keeps as many pods active as parallelism and the completions that are left allow', async () => {
    await using world = await started({ parallelism: 2, completions: 3 }, 2);
    end(world, active(world)[0]!, 0);
    await world.until(() => statusOf(world).succeeded === 1 && active(world).length === 2, 'the third pod');
    for (const pod of active(world)) end(world, pod, 0);
    await world.until(() => hasEnded(world, 'Complete'), 'the end');
    assert.deepEqual([statusOf(world).succeeded, world.list(pods).length], [3, 3]);
  });

  it('waits for running pods and adds none once one has succeeded, without completions', async () => {
    const spec = job({ parallelism: 3 }).spec;
    delete spec.completions;
    await using world = new ControllerWorld();
    await world.client.create(jobs, { metadata: { ...key }, spec });
    await world.start(jobController());
    await world.until(() => active(world).length === 3, 'three pods');
    end(world, active(world)[0]!, 0);
    await world.until(() => statusOf(world).succeeded === 1, 'the count');
    end(world, active(world)[0]!, 1);
    await world.until(() => statusOf(world).failed === 1, 'the failure');
    assert.equal(hasEnded(world, 'Complete'), false);
    end(world, active(world)[0]!, 0);
    await world.until(() => hasEnded(world, 'Complete'), 'the end');
    assert.equal(world.list(pods).length, 3);
  });

  it('replaces failed pods after 10 s, 20 s and so on, and fails past the limit', async () => {
    await using world = await started({ backoffLimit: 2 });
    const delays: number[] = [];
    for (let failure = 0; failure < 2; failure++) {
      end(world, active(world)[0]!, 1);
      const failedMs = world.clock.now();
      await world.until(() => active(world).length === 1, 'the next pod');
      delays.push(Math.round((world.clock.now() - failedMs) / 1000));
    }
    assert.deepEqual(delays, [10, 20]);
    end(world, active(world)[0]!, 1);
    await world.until(() => hasEnded(world, 'Failed'), 'the failure');
    assert.deepEqual(conditions(world), [
      ['FailureTarget', 'True', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'],
      ['Failed', 'True', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'],
    ]);
    assert.equal(statusOf(world).failed, 3);
    await settle();
    assert.ok(world.events().includes('BackoffLimitExceeded: Job has reached the specified backoff limit'));
  });

  it('counts restarts where pods restart in place', async () => {
    const template = job().spec.template;
    await using world = await started({ backoffLimit: 2, template: { ...template, spec: { ...template.spec!, restartPolicy: 'OnFailure' } } });
    const [pod] = active(world);
    world.client.store.put(pods, {
      ...pod!,
      status: { phase: 'Running', containerStatuses: [{ name: 'c', image: 'i', imageID: 'i', ready: true, restartCount: 2 }] },
    } as unknown as UntypedObject);
    await world.until(() => hasEnded(world, 'Failed'), 'the failure');
    assert.equal(conditions(world).at(-1)?.[2], 'BackoffLimitExceeded');
  });

  it('fails past its deadline, deletes its pods and ends when they are gone', async () => {
    await using world = await started({ activeDeadlineSeconds: 30 });
    const [pod] = active(world);
    world.client.store.put(pods, { ...pod!, spec: { ...pod!.spec, nodeName: 'n' } });
    await world.until(() => hasEnded(world, 'FailureTarget'), 'the deadline');
    assert.equal((world.clock.now() - Date.UTC(2026, 0, 1)) / 1000, 30);
    assert.deepEqual([statusOf(world).terminating, statusOf(world).active, hasEnded(world, 'Failed')], [1, undefined, false]);
    await world.client.delete(pods, keyOf(pod!), { gracePeriodSeconds: 0 });
    await world.until(() => hasEnded(world, 'Failed'), 'the failure');
    assert.deepEqual(conditions(world).at(-1), ['Failed', 'True', 'DeadlineExceeded', 'Job was active longer than specified deadline']);
    assert.deepEqual([statusOf(world).failed, statusOf(world).terminating], [1, 0]);
  });

  it('deletes its pods when it is suspended, without counting them, and starts anew when it is resumed', async () => {
    await using world = await started({ parallelism: 2, completions: 2 }, 2);
    await patch(world, { suspend: true });
    await world.until(() => hasEnded(world, 'Suspended') && active(world).length === 0, 'the suspension');
    assert.deepEqual(conditions(world), [['Suspended', 'True', 'JobSuspended', 'Job suspended']]);
    await world.clock.advance(60_000);
    await patch(world, { suspend: false });
    await world.until(() => active(world).length === 2 && statusOf(world).active === 2, 'two pods again');
    assert.deepEqual(conditions(world), [['Suspended', 'False', 'JobResumed', 'Job resumed']]);
    assert.deepEqual([statusOf(world).failed, Date.parse(statusOf(world).startTime!) >= Date.UTC(2026, 0, 1, 0, 1)], [undefined, true]);
    assert.deepEqual(
      world.events().filter((event) => /^(Suspended|Resumed)/.test(event)),
      ['Suspended: Job suspended', 'Resumed: Job resumed'],
    );
  });

  it('creates nothing for a job that was suspended from the beginning, and gives it no start', async () => {
    await using world = new ControllerWorld();
    await world.client.create(jobs, job({ suspend: true }));
    await world.start(jobController());
    await world.until(() => hasEnded(world, 'Suspended'), 'the condition');
    assert.deepEqual([world.list(pods).length, statusOf(world).startTime], [0, undefined]);
  });

  it('scales down by deleting pods that it does not count', async () => {
    await using world = await started({ parallelism: 3, completions: 5 }, 3);
    await patch(world, { parallelism: 1 });
    await world.until(() => statusOf(world).active === 1, 'one pod');
    await settle(60);
    assert.deepEqual([active(world).length, statusOf(world).failed], [1, undefined]);
  });

  it('adopts pods that match and holds them, releases those that no longer do, and replaces them', async () => {
    await using world = new ControllerWorld();
    await world.client.create(pods, { metadata: { name: 'orphan', namespace: 'a', labels: { [label]: 'sums' } }, spec: { containers: [] } });
    await world.client.create(jobs, job());
    await world.start(jobController());
    await world.until(() => statusOf(world).active === 1, 'the adoption');
    const adopted = world.find(pods, { namespace: 'a', name: 'orphan' })!;
    assert.deepEqual([world.list(pods).length, controllerOf(adopted)?.name, adopted.metadata.finalizers], [1, 'sums', [trackingFinalizer]]);
    await world.client.patch(pods, keyOf(adopted), { type: 'merge', body: { metadata: { labels: { [label]: 'other' } } } });
    await world.until(() => world.list(pods).length === 2, 'another pod');
    const released = world.find(pods, { namespace: 'a', name: 'orphan' })!;
    assert.deepEqual([controllerOf(released), released.metadata.finalizers ?? []], [undefined, []]);
  });

  it('lets go of pods whose job was deleted', async () => {
    await using world = await started();
    const [pod] = active(world);
    await world.client.delete(jobs, key);
    await world.until(() => (world.find(pods, keyOf(pod!))?.metadata.finalizers ?? []).length === 0, 'the finalizer');
  });

  it('leaves jobs to the controller that they name', async () => {
    await using world = new ControllerWorld();
    await world.client.create(jobs, job({ managedBy: 'example.com/other' }));
    await world.start(jobController());
    await world.clock.advance(1_000);
    await settle(50);
    assert.deepEqual([world.list(pods).length, read(world).status], [0, undefined]);
  });

  it('waits until pods have failed before it replaces them, where the policy says so', async () => {
    await using world = await started({ podReplacementPolicy: 'Failed' });
    const [pod] = active(world);
    world.client.store.put(pods, { ...pod!, spec: { ...pod!.spec, nodeName: 'n' }, status: { phase: 'Running' } });
    await world.client.delete(pods, keyOf(pod!));
    await world.until(() => statusOf(world).terminating === 1, 'the termination');
    await world.clock.advance(20_000);
    await settle(30);
    assert.equal(active(world).length, 0);
    end(world, pod!, 137);
    await world.until(() => active(world).length === 1, 'the replacement');
    assert.equal(statusOf(world).failed, 1);
  });

  it('counts a deleted pod as failed and replaces it at once, where the policy does not', async () => {
    await using world = await started();
    const [pod] = active(world);
    world.client.store.put(pods, { ...pod!, spec: { ...pod!.spec, nodeName: 'n' }, status: { phase: 'Running' } });
    await world.client.delete(pods, keyOf(pod!));
    await world.until(() => active(world).length === 1, 'the replacement');
    await world.until(() => statusOf(world).failed === 1, 'the count');
  });

  it('asks slowly when pods are refused, and says why', async () => {
    let isRefused = true;
    await using world = new ControllerWorld({
      intercept: ({ verb, resource }) => {
        if (isRefused && verb === 'create' && resource === 'pods') throw new ApiError(403, 'Forbidden', 'exceeded quota');
      },
    });
    await world.client.create(jobs, job({ parallelism: 20, completions: 20 }));
    await world.start(jobController());
    await settle(50);
    assert.ok(world.events().includes('FailedCreate: Error creating: exceeded quota'));
    assert.ok(world.client.writes.filter(({ resource, verb }) => resource === 'pods' && verb === 'create').length < 10);
    isRefused = false;
    await world.until(() => active(world).length === 20, 'all pods');
  });
});

describe('jobController with a pod failure policy', () => {
  const policy = (action: 'FailJob' | 'Ignore' | 'Count'): Partial<JobSpec> => ({
    podFailurePolicy: { rules: [{ action, onExitCodes: { operator: 'In', values: [42] } }] },
    podReplacementPolicy: 'Failed',
    backoffLimit: 0,
  });

  it('fails the job at once for a failure that is final', async () => {
    await using world = await started({ ...policy('FailJob'), backoffLimit: 6 });
    const [pod] = active(world);
    end(world, pod!, 42);
    await world.until(() => hasEnded(world, 'Failed'), 'the failure');
    const message = `Container c for pod a/${pod!.metadata.name} failed with exit code 42 matching FailJob rule at index 0`;
    assert.deepEqual(conditions(world), [
      ['FailureTarget', 'True', 'PodFailurePolicy', message],
      ['Failed', 'True', 'PodFailurePolicy', message],
    ]);
  });

  it('does not count what is to be ignored', async () => {
    await using world = await started(policy('Ignore'));
    end(world, active(world)[0]!, 42);
    await world.until(() => active(world).length === 1, 'the replacement');
    assert.deepEqual([statusOf(world).failed, hasEnded(world, 'FailureTarget')], [undefined, false]);
    end(world, active(world)[0]!, 1);
    await world.until(() => hasEnded(world, 'Failed'), 'the failure');
  });

  it('looks at conditions of pods too', async () => {
    await using world = await started({
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
      backoffLimit: 0,
    });
    end(world, active(world)[0]!, 1, { conditions: [{ type: 'DisruptionTarget', status: 'True' }] });
    await world.until(() => active(world).length === 1, 'the replacement');
    assert.equal(hasEnded(world, 'FailureTarget'), false);
  });
});
