import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Backoff } from './backoff.ts';
import { microTimeText, timeText } from './clock.ts';
import { DisposalStack } from './disposal.ts';
import { createLog } from './log.ts';
import { Ring } from './ring.ts';

describe('a ring', () => {
  it('keeps the newest values, oldest first', () => {
    const ring = new Ring<number>(3);
    for (const value of [1, 2, 3, 4, 5]) ring.push(value);
    assert.deepEqual([...ring], [3, 4, 5]);
  });
});

describe('back-off', () => {
  it('doubles up to its maximum and is forgotten after quiet', () => {
    let now = 0;
    const backoff = new Backoff({ initialMs: 10, maximumMs: 35, forgetAfterMs: 1_000, now: () => now });
    assert.deepEqual([backoff.next('a'), backoff.next('a'), backoff.next('a'), backoff.next('b')], [10, 20, 35, 10]);
    assert.equal(backoff.remaining('a'), 35);
    now = 2_000;
    assert.equal(backoff.next('a'), 10);
  });
});

describe('a disposal stack', () => {
  it('disposes in reverse and goes on after a failure', async () => {
    const order: string[] = [];
    const stack = new DisposalStack();
    stack.defer(() => order.push('first'));
    stack.defer(() => {
      throw new Error('second failed');
    });
    stack.use({ [Symbol.dispose]: () => void order.push('third') });
    await assert.rejects(stack[Symbol.asyncDispose](), /second failed/);
    assert.deepEqual(order, ['third', 'first']);
  });
});

describe('the log', () => {
  it('writes a constant message, scope and fields, with causes', () => {
    const lines: string[] = [];
    createLog((line) => lines.push(line))
      .scope('node')
      .scope('pod')
      .warn('pod failed', { pod: 'default/web', error: new Error('outer', { cause: new Error('inner') }) });
    assert.match(lines[0]!, /^\S+ warn {2}node\/pod: pod failed pod=default\/web error="outer: inner"\n$/);
  });

  it('drops what is below its level', () => {
    const lines: string[] = [];
    createLog((line) => lines.push(line), 'warn').info('quiet');
    assert.deepEqual(lines, []);
  });
});

describe('time texts', () => {
  it('are those of metav1.Time and metav1.MicroTime', () => {
    assert.equal(timeText(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), '2026-01-02T03:04:05Z');
    assert.equal(microTimeText(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), '2026-01-02T03:04:05.678000Z');
  });
});
