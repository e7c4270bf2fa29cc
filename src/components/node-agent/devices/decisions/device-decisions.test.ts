import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../../../../api/status.ts';
import type { Client } from '../../../../client/client.ts';
import type { DeviceAllocationRecord, DeviceDecisionRecord, DeviceDecisionReport } from '../../../../extension-points/devices/decision.ts';
import { createFakeGpu } from '../../../../extensions/devices/fake-gpu/fake-gpu.ts';
import { type Clock, systemClock } from '../../../../kernel/clock.ts';
import { silentLog } from '../../../../kernel/log.ts';
import { askingPod, DeviceStage, until } from '../testing/device-stage.ts';
import { DecisionReporter } from './decision-reporter.ts';
import { DeviceDecisions } from './device-decisions.ts';

const unpinned = { cpusOf: () => new Set<number>(), memoryOf: () => [] };

describe('what is noted while devices are allocated', () => {
  const notesOf = async (stage: DeviceStage, uid: string, count: number): Promise<readonly DeviceAllocationRecord[]> => {
    const pod = askingPod(uid, count);
    await stage.admit(pod).catch(() => {});
    return stage.manager.takeNotes(pod);
  };

  it('is which plugin gave which device and why, and what there was', async () => {
    await using stage = await DeviceStage.open();
    await stage.start(createFakeGpu({ count: 3 }));
    await until(() => assert.equal(stage.amounts(), '3/3'));
    const [{ pluginMilliseconds, ...note }, ...more] = (await notesOf(stage, 'first', 2)) as [DeviceAllocationRecord];
    assert.ok(pluginMilliseconds! >= 0);
    assert.deepEqual(
      [note, more],
      [
        {
          container: 'main',
          resource: 'example.com/gpu',
          requested: 2,
          plugin: 'plugin 0',
          listed: 3,
          healthy: 3,
          free: 3,
          devices: [
            { id: 'gpu-0', numaNodes: [], why: 'Preferred' },
            { id: 'gpu-1', numaNodes: [], why: 'Preferred' },
          ],
        },
        [],
      ],
    );
  });

  it('is why there were too few, or what the plugin said', async () => {
    const gpu = createFakeGpu({ count: 3 });
    await using stage = await DeviceStage.open();
    await stage.start(gpu);
    await until(() => assert.equal(stage.amounts(), '3/3'));
    await notesOf(stage, 'first', 1);
    gpu.setFaults({ unhealthy: ['gpu-2'] });
    await until(() => assert.equal(stage.amounts(), '2/3'));
    const [few] = await notesOf(stage, 'large', 2);
    assert.deepEqual(
      [few?.listed, few?.healthy, few?.free, few?.error, few?.devices],
      [3, 2, 1, 'requested number of devices unavailable for example.com/gpu. Requested: 2, Available: 1', []],
    );
    gpu.setFaults({ allocate: 'the fan is stuck' });
    assert.equal((await notesOf(stage, 'failing', 1))[0]?.error, 'the fan is stuck');
  });
});

describe('the decisions of a node', () => {
  const stage = (notes: readonly DeviceAllocationRecord[] = []): { decisions: DeviceDecisions; told: DeviceDecisionRecord[] } => {
    const told: DeviceDecisionRecord[] = [];
    const devices = { takeNotes: () => notes };
    const dynamicResources = { claimsOf: () => [] };
    return {
      told,
      decisions: new DeviceDecisions({ nodeName: 'n', devices, dynamicResources, pinning: unpinned, clock: systemClock, record: (one) => void told.push(one) }),
    };
  };

  it('are told of pods that asked for devices, or were refused over them, and of no others', () => {
    const { decisions, told } = stage();
    const refuse = (reason: string): void => decisions.admitted(askingPod(reason, 1), { startedMs: 0, refusal: { reason, message: 'm' } });
    decisions.admitted(askingPod('plain', 0), { startedMs: 0 });
    for (const reason of ['NodeAffinity', 'OutOfexample.com/gpu', 'SMTAlignmentError', 'UnexpectedAdmissionError']) refuse(reason);
    decisions.admitted(askingPod('torn', 1), { startedMs: 0, refusal: { reason: 'TopologyAffinityError', message: 'm' }, detail: 'd' });
    assert.deepEqual(
      told.map(({ reason, detail, result, pod }) => [pod.name, reason, detail, result]),
      [
        ['OutOfexample.com/gpu', 'OutOfexample.com/gpu', undefined, 'Refused'],
        ['SMTAlignmentError', 'SMTAlignmentError', undefined, 'Refused'],
        ['UnexpectedAdmissionError', 'UnexpectedAdmissionError', undefined, 'Refused'],
        ['torn', 'TopologyAffinityError', 'd', 'Refused'],
      ],
    );
  });

  it('tell the same failure of a claim once in ten, and how often it failed when it succeeds', () => {
    const { decisions, told } = stage();
    const pod = askingPod('claiming', 0);
    for (let index = 0; index < 12; index++) decisions.prepared(pod, { startedMs: 0, error: new Error('no driver') });
    decisions.prepared(pod, { startedMs: 0, error: new Error('the driver is unwell') });
    decisions.prepared(pod, { startedMs: 0 });
    assert.deepEqual(
      told.map(({ result, message, failuresBefore }) => [result, message, failuresBefore]),
      [
        ['Failed', 'no driver', undefined],
        ['Failed', 'no driver', 9],
        ['Failed', 'the driver is unwell', 12],
        ['Allocated', undefined, 13],
      ],
    );
  });
});

describe('the report of decisions', () => {
  /** Time passes as it does, but retries are not waited for. */
  const impatient: Clock = { ...systemClock, after: (_delayMs, callback) => systemClock.after(1, callback) };
  const decision = (name: string): DeviceDecisionRecord => ({
    ...{ time: '', durationMilliseconds: 0, pod: { namespace: '', name, uid: '' }, nodeName: 'n', step: 'Admission', result: 'Allocated' },
    ...{ allocations: [], claims: [], pinned: [] },
  });
  const reporter = (answer: (call: number) => void): { reporter: DecisionReporter; sent: string[][] } => {
    const sent: string[][] = [];
    const client = {
      create: async (_type: object, { spec }: DeviceDecisionReport) => {
        sent.push(spec.decisions.map(({ pod }) => pod.name));
        answer(sent.length);
      },
    } as unknown as Client;
    return { sent, reporter: new DecisionReporter({ client, nodeName: 'n', clock: impatient, log: silentLog }) };
  };

  it('comes some at a time, again after a failure, and never grows without end', async () => {
    const { reporter: one, sent } = reporter((call) => {
      if (call === 1) throw new Error('not now');
    });
    await using _one = one;
    for (let index = 0; index < 1_050; index++) one.record(decision(String(index)));
    await until(() => assert.equal(sent.slice(1).flat().length, 1_000));
    assert.deepEqual([sent[0]?.length, sent[1]?.[0], sent.at(-1)?.at(-1)], [100, '50', '1049']);
  });

  it('is given up where nobody asks for it', async () => {
    const { reporter: one, sent } = reporter(() => {
      throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
    });
    await using _one = one;
    one.record(decision('a'));
    await until(() => assert.deepEqual(sent, [['a']]));
    one.record(decision('b'));
    await until(() => assert.deepEqual(sent, [['a'], ['b']]));
  });
});
