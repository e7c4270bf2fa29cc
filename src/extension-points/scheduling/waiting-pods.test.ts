import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { testPod } from './testing.ts';
import { WaitingPods } from './waiting-pods.ts';

describe('waiting pods', () => {
  const hold = (clock: ManualClock, waits: Record<string, number>) => {
    const pods = new WaitingPods(clock);
    return { pods, status: pods.hold(testPod('p'), new Map(Object.entries(waits))) };
  };

  it('go on once every plugin allowed them', async () => {
    const { pods, status } = hold(new ManualClock(), { one: 1_000, two: 1_000 });
    const [held] = [...pods];
    held!.allow('one');
    held!.allow('one');
    assert.deepEqual(held!.pending, ['two']);
    held!.allow('two');
    assert.equal((await status).code, 'success');
    assert.deepEqual([...pods], []);
  });

  it('are refused by one plugin for all', async () => {
    const { pods, status } = hold(new ManualClock(), { one: 1_000, two: 1_000 });
    [...pods][0]!.reject('two', 'gang is gone');
    assert.deepEqual(await status, { code: 'unschedulable', reasons: ['gang is gone'], plugin: 'two' });
  });

  it('are refused when the first wait runs out', async () => {
    const clock = new ManualClock();
    const { status } = hold(clock, { one: 9_000, two: 2_000 });
    await clock.advance(2_000);
    assert.deepEqual(await status, { code: 'unschedulable', reasons: ['rejected due to timeout after waiting 2s at plugin two'], plugin: 'two' });
  });
});
