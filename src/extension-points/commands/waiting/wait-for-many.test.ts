import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { Output, Streams } from '../contract.ts';
import { ExitCode } from '../errors/command-errors.ts';
import { waitForMany } from './wait-for-many.ts';

function start(count: number, { isTerminal = false } = {}) {
  const ends = new Map<number, PromiseWithResolvers<void>>();
  let written = '';
  const stderr = { isTerminal, write: (text: string) => void (written += text) } as unknown as Output;
  const controller = new AbortController();
  const end = waitForMany(
    { streams: { stderr } as Streams, clock: new ManualClock(0), signal: controller.signal },
    Array.from({ length: count }, (_, index) => index),
    {
      what: 'gone',
      wait(index) {
        const one = Promise.withResolvers<void>();
        ends.set(index, one);
        return one.promise;
      },
    },
  );
  end.catch(() => undefined);
  return { ends, end, written: () => written, stop: () => controller.abort() };
}

describe('waiting for many things', () => {
  it('waits for 64 at a time', async () => {
    const { ends, end } = start(70);
    await turn();
    assert.equal(ends.size, 64);
    for (let index = 0; index < 70; index++) {
      ends.get(index)!.resolve();
      await turn();
    }
    await end;
  });

  it('ends with the error of the first that has one, in order', async () => {
    const { ends, end } = start(3);
    ends.get(2)!.reject(new Error('third'));
    ends.get(1)!.reject(new Error('second'));
    await turn();
    ends.get(0)!.resolve();
    await assert.rejects(end, /second/);
  });

  it('ends with exit code 1 when the user stops it, and says how many were done', async () => {
    const { ends, end, written, stop } = start(30);
    ends.get(7)!.resolve();
    await turn();
    stop();
    await assert.rejects(end, (error) => error instanceof ExitCode && error.code === 1);
    assert.equal(written(), 'Stopped: 1 of 30 gone.\n');
  });

  it('shows on a terminal how many are done', async () => {
    const { ends, end, written } = start(30, { isTerminal: true });
    for (const { resolve } of ends.values()) resolve();
    await end;
    assert.match(written(), / 0\/30 gone/);
    assert.ok(written().endsWith('\r\u001b[K'));
  });
});
