import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { testPod } from '../../../extension-points/scheduling/testing.ts';
import { nextStatus, podGroupController } from './pod-group-controller.ts';
import type { PodGroupStatus } from './pod-group-type.ts';
import { podGroupLabel, podgroups } from './pod-group-type.ts';

describe('the phase of a pod group', () => {
  const cases: { name: string; status?: PodGroupStatus; phases: string[]; want: string | undefined }[] = [
    { name: 'begins as Pending', phases: [], want: 'Pending' },
    { name: 'stays Pending while members are missing', status: { phase: 'Pending' }, phases: ['Pending'], want: 'Pending' },
    { name: 'is Scheduling once they are there', status: { phase: 'Pending' }, phases: ['Pending', 'Pending'], want: 'Scheduling' },
    { name: 'is Scheduling while too few run', status: { phase: 'Scheduling' }, phases: ['Pending', 'Running'], want: 'Scheduling' },
    { name: 'is Running when enough run', status: { phase: 'Scheduling' }, phases: ['Running', 'Running', 'Pending'], want: 'Running' },
    { name: 'is Running when some have succeeded', status: { phase: 'Running' }, phases: ['Running', 'Succeeded'], want: 'Running' },
    { name: 'falls back to Scheduling when too few are left running', status: { phase: 'Running' }, phases: ['Running', 'Pending'], want: 'Scheduling' },
    { name: 'falls back to Pending when members go', status: { phase: 'Running' }, phases: ['Running'], want: 'Pending' },
    { name: 'is Finished when enough have succeeded', status: { phase: 'Running' }, phases: ['Succeeded', 'Succeeded', 'Failed'], want: 'Finished' },
    { name: 'is Failed when one has failed and all have come so far', status: { phase: 'Running' }, phases: ['Failed', 'Running'], want: 'Failed' },
    { name: 'is not Failed yet when others have not begun', status: { phase: 'Scheduling' }, phases: ['Failed', 'Pending'], want: 'Scheduling' },
    { name: 'stays Finished', status: { phase: 'Finished' }, phases: [], want: 'Finished' },
    { name: 'stays Failed', status: { phase: 'Failed' }, phases: ['Running', 'Running'], want: 'Failed' },
  ];
  for (const { name, status, phases, want } of cases)
    it(name, () => {
      const members = phases.map((phase, index): Pod => ({ ...testPod(`m-${index}`), status: { phase: phase as 'Running' } }));
      const group = { metadata: { name: 'g', namespace: 'default' }, spec: { minMember: 2 }, ...(status ? { status } : {}) };
      assert.equal(nextStatus(group, members).phase, want);
    });
});

describe('the controller of pod groups', () => {
  it('follows the members from the first to the last, and says who owns them', async () => {
    await using world = new ControllerWorld();
    const key = { namespace: 'default', name: 'g' };
    await world.client.create(podgroups, { metadata: key, spec: { minMember: 2 } });
    await world.start(podGroupController());
    const statusOf = (): PodGroupStatus | undefined => world.find(podgroups, key)?.status;
    await world.until(() => statusOf()?.phase === 'Pending', 'Pending');
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: 'uid-job', controller: true };
    for (const [name, namespace] of [
      ['one', 'default'],
      ['two', 'default'],
      ['stranger', 'other'],
    ] as const)
      await world.client.create<Pod>(pods, {
        metadata: { name, namespace, labels: { [podGroupLabel]: 'g' }, ownerReferences: [owner] },
        spec: { containers: [{ name: 'main', image: 'app' }] },
      });
    await world.until(() => statusOf()?.phase === 'Scheduling', 'Scheduling');
    assert.equal(statusOf()?.occupiedBy, 'default/job');
    const turn = async (phase: string): Promise<void> => {
      for (const name of ['one', 'two'])
        await world.client.patch(pods, { namespace: 'default', name }, { type: 'merge', body: { status: { phase } } }, { subresource: 'status' });
    };
    await turn('Running');
    await world.until(() => statusOf()?.phase === 'Running' && statusOf()?.running === 2, 'Running');
    await turn('Succeeded');
    await world.until(() => statusOf()?.phase === 'Finished', 'Finished');
    assert.deepEqual(statusOf(), { phase: 'Finished', occupiedBy: 'default/job', running: 0, succeeded: 2, failed: 0 });
  });
});
