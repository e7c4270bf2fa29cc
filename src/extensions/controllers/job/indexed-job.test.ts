import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job, JobSpec } from '../../../api/generated/batch-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { jobs, pods } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { settle } from '../../../client/testing/settle.ts';
import { isPodActive } from '../../../extension-points/controllers/pod-state.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { timeText } from '../../../kernel/clock.ts';
import { completionIndexName, completionIndexOf } from './completion-index.ts';
import { jobController } from './job.ts';

const key = { namespace: 'a', name: 'sums' };
const labels = { app: 'sums' };
const job = (spec: Partial<JobSpec>): Job => ({
  metadata: { ...key },
  spec: {
    parallelism: 3,
    completions: 3,
    backoffLimit: 2_147_483_647,
    completionMode: 'Indexed',
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i', env: [{ name: 'A', value: 'a' }] }] } },
    ...spec,
  },
});

const statusOf = (world: ControllerWorld): NonNullable<Job['status']> => world.find(jobs, key)?.status ?? {};
const lastCondition = (world: ControllerWorld): (string | undefined)[] => {
  const { type, reason, message } = statusOf(world).conditions?.at(-1) ?? { type: '' };
  return [type, reason, message];
};
const active = (world: ControllerWorld): Pod[] => world.list(pods).filter(isPodActive);
const activeIndexes = (world: ControllerWorld): (number | undefined)[] => active(world).map(completionIndexOf).sort();
const ofIndex = (world: ControllerWorld, index: number): Pod => active(world).find((pod) => completionIndexOf(pod) === index) ?? assert.fail(`no pod ${index}`);

function end(world: ControllerWorld, index: number, exitCode: number): void {
  const pod = ofIndex(world, index);
  const terminated = { exitCode, finishedAt: timeText(world.clock.now()) };
  const status = { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses: [{ name: 'c', state: { terminated } }] };
  world.client.store.put(pods, { ...pod, spec: { ...pod.spec, nodeName: 'n' }, status } as unknown as UntypedObject);
}

async function started(spec: Partial<JobSpec> = {}): Promise<ControllerWorld> {
  const world = new ControllerWorld();
  await world.client.create(jobs, job(spec));
  await world.start(jobController());
  await world.until(() => statusOf(world).active === 3, 'three pods');
  return world;
}

describe('an indexed job', () => {
  it('tells each pod its index in every way', async () => {
    await using world = await started();
    assert.deepEqual(activeIndexes(world), [0, 1, 2]);
    const { metadata, spec } = ofIndex(world, 1);
    assert.match(metadata.name!, /^sums-1-/);
    assert.equal(spec.hostname, 'sums-1');
    assert.deepEqual(metadata.labels, { ...labels, [completionIndexName]: '1' });
    assert.deepEqual(metadata.annotations, { [completionIndexName]: '1' });
    assert.deepEqual(spec.containers[0]?.env, [
      { name: 'A', value: 'a' },
      { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } } },
    ]);
  });

  it('runs each index until it succeeded', async () => {
    await using world = await started({ completions: 5 });
    end(world, 0, 0);
    end(world, 2, 1);
    await world.until(() => activeIndexes(world).join() === '1,2,3', 'the next pods');
    assert.equal(statusOf(world).completedIndexes, '0');
    for (const index of [1, 2, 3]) end(world, index, 0);
    await world.until(() => activeIndexes(world).join() === '4', 'the last pod');
    end(world, 4, 0);
    await world.until(() => statusOf(world).completionTime !== undefined, 'the end');
    assert.deepEqual([statusOf(world).completedIndexes, statusOf(world).succeeded, statusOf(world).failed], ['0-4', 5, 1]);
  });

  it('deletes pods that have the index of another one', async () => {
    await using world = await started();
    const { name: _, uid: __, resourceVersion: ___, ...metadata } = ofIndex(world, 1).metadata;
    await world.client.create(pods, { metadata: { ...metadata, name: 'twin' }, spec: { containers: [] } });
    await world.until(() => active(world).length === 4, 'the twin');
    await world.until(() => active(world).length === 3, 'its end');
    await settle();
    assert.deepEqual([activeIndexes(world), statusOf(world).failed], [[0, 1, 2], undefined]);
  });

  it('gives each index a limit of its own, hands failures on, and fails when every index has ended', async () => {
    await using world = await started({ backoffLimitPerIndex: 1 });
    end(world, 0, 1);
    await world.until(() => activeIndexes(world).join() === '0,1,2', 'the second try');
    assert.equal(ofIndex(world, 0).metadata.annotations?.['batch.kubernetes.io/job-index-failure-count'], '1');
    assert.equal((world.clock.now() - Date.UTC(2026, 0, 1)) / 1000 >= 10, true);
    end(world, 0, 1);
    await world.until(() => statusOf(world).failedIndexes === '0', 'the failed index');
    await world.clock.advance(60_000);
    assert.deepEqual(activeIndexes(world), [1, 2]);
    end(world, 1, 0);
    end(world, 2, 0);
    await world.until(() => lastCondition(world)[0] === 'Failed', 'the failure');
    assert.deepEqual(lastCondition(world), ['Failed', 'FailedIndexes', 'Job has failed indexes']);
    assert.deepEqual([statusOf(world).completedIndexes, statusOf(world).failedIndexes, statusOf(world).failed], ['1,2', '0', 2]);
  });

  it('gives up when too many indexes have failed', async () => {
    await using world = await started({ backoffLimitPerIndex: 0, maxFailedIndexes: 1 });
    end(world, 0, 1);
    end(world, 2, 1);
    await world.until(() => lastCondition(world)[0] === 'Failed', 'the failure');
    assert.deepEqual(lastCondition(world), ['Failed', 'MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes']);
    assert.equal(statusOf(world).failedIndexes, '0,2');
  });

  it('fails an index at once, where the policy says so', async () => {
    const rules = [{ action: 'FailIndex' as const, onExitCodes: { operator: 'In' as const, values: [3] } }];
    await using world = await started({ backoffLimitPerIndex: 5, podFailurePolicy: { rules } });
    end(world, 1, 3);
    await world.until(() => statusOf(world).failedIndexes === '1', 'the failed index');
  });

  for (const [what, rule, indexes] of [
    ['enough indexes', { succeededCount: 2 }, [0, 1]],
    ['certain indexes', { succeededIndexes: '1' }, [1]],
    ['enough of certain indexes', { succeededIndexes: '1-2', succeededCount: 1 }, [2]],
  ] as const) {
    it(`succeeds as soon as ${what} have, and deletes the others`, async () => {
      await using world = await started({ successPolicy: { rules: [{ succeededIndexes: '0,1,2', succeededCount: 3 }, rule] } });
      for (const index of indexes) end(world, index, 0);
      await world.until(() => lastCondition(world)[0] === 'Complete', 'the end');
      assert.deepEqual(lastCondition(world), ['Complete', 'SuccessPolicy', 'Matched rules at index 1']);
      assert.deepEqual([active(world).length, statusOf(world).failed, statusOf(world).succeeded], [0, undefined, indexes.length]);
    });
  }

  it('sees no index in text that is no whole number', () => {
    for (const text of ['', '-1', '1.5', 'x', '99999999999'])
      assert.equal(completionIndexOf({ metadata: { annotations: { [completionIndexName]: text } }, spec: { containers: [] } }), undefined);
  });
});
