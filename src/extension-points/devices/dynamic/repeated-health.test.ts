import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { DeviceHealth } from './contract.ts';
import { repeatedHealth } from './repeated-health.ts';

const device = (name: string, health: DeviceHealth['health'], timeoutSeconds?: number): DeviceHealth => ({
  pool: 'p',
  device: name,
  health,
  ...(timeoutSeconds ? { timeoutSeconds } : {}),
});

describe('what a driver says of its devices', () => {
  it('is said again before it is too old, and whole', async () => {
    const clock = new ManualClock();
    const ending = new AbortController();
    async function* source(): AsyncIterable<readonly DeviceHealth[]> {
      yield [device('a', 'Healthy')];
      await clock.sleep(25_000);
      yield [device('b', 'Unhealthy', 6)];
    }
    const said: string[] = [];
    const reading = (async () => {
      for await (const devices of repeatedHealth(source(), clock, ending.signal))
        said.push(`${(clock.now() - Date.UTC(2026, 0, 1)) / 1_000} ${devices.map(({ device: name, health }) => `${name} ${health}`).join(', ')}`);
    })();
    await clock.advance(0);
    for (let second = 0; second < 29; second++) await clock.advance(1_000);
    ending.abort();
    await reading;
    assert.deepEqual(said, [
      '0 a Healthy',
      '10 a Healthy',
      '20 a Healthy',
      '25 a Healthy, b Unhealthy',
      '27 a Healthy, b Unhealthy',
      '29 a Healthy, b Unhealthy',
    ]);
  });

  it('ends with the fault that its source ends with', async () => {
    async function* source(): AsyncIterable<readonly DeviceHealth[]> {
      yield [device('a', 'Healthy')];
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('the sensor is gone');
    }
    await assert.rejects(async () => {
      for await (const _devices of repeatedHealth(source(), new ManualClock(), new AbortController().signal));
    }, /the sensor is gone/);
  });
});
