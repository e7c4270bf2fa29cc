import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCronSchedule } from '../../../api/cron-schedule.ts';
import type { CronJob } from '../../../api/generated/batch-v1.ts';
import { timeText } from '../../../kernel/clock.ts';
import { zonedTimeText } from './job-of-schedule.ts';
import { nextDelayMs, unmetTime } from './schedule-times.ts';

const startMs = Date.UTC(2026, 0, 1, 9, 59, 10);
const minuteMs = 60_000;
const cronJob = (schedule: string, startingDeadlineSeconds?: number): CronJob => ({
  metadata: { creationTimestamp: timeText(startMs) },
  spec: { schedule, jobTemplate: {}, ...(startingDeadlineSeconds === undefined ? {} : { startingDeadlineSeconds }) },
});

describe('due times of a cron job', () => {
  let seed = 3;
  const random = (below: number): number => Math.floor((seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 65_536) % below;
  for (const schedule of ['* * * * *', '*/7 * * * *', '30 6-16/4 * * 1-5', '* 9 * * *', '0,1 12 * * sun', '@hourly', '@every 90s', '0 0 1 * *']) {
    it(`finds the last one that passed, and the next: ${schedule}`, () => {
      const parsed = parseCronSchedule(schedule);
      for (let round = 0; round < 40; round++) {
        const nowMs = startMs + random(round < 20 ? 300 : 20_000) * minuteMs + random(60_000);
        let last: number | undefined;
        let at = parsed.next(startMs);
        for (; at !== undefined && at <= nowMs; at = parsed.next(at)) last = at;
        const object = cronJob(schedule);
        assert.equal(unmetTime(object, parsed, nowMs)?.atMs, last, timeText(nowMs));
        assert.equal(nextDelayMs(object, parsed, nowMs), at! + 100 - nowMs);
      }
    });
  }

  it('looks no further back than the starting deadline', () => {
    const parsed = parseCronSchedule('0 * * * *');
    assert.equal(unmetTime(cronJob('0 * * * *', 120), parsed, startMs + 5 * minuteMs), undefined);
    assert.equal(unmetTime(cronJob('0 * * * *', 300), parsed, startMs + 5 * minuteMs)?.atMs, Date.UTC(2026, 0, 1, 10));
  });

  it('tells when more than a hundred were missed', () => {
    const parsed = parseCronSchedule('* * * * *');
    const wereMany = (minutes: number): boolean | undefined => unmetTime(cronJob('* * * * *'), parsed, startMs + minutes * minuteMs)?.wereManyMissed;
    assert.deepEqual([wereMany(100), wereMany(101)], [false, true]);
  });

  it('writes times with the offset of their time zone', () => {
    const winterMs = Date.UTC(2026, 0, 1, 22);
    for (const [zone, text] of [
      [undefined, '2026-01-01T22:00:00Z'],
      ['Europe/London', '2026-01-01T22:00:00Z'],
      ['Asia/Kolkata', '2026-01-02T03:30:00+05:30'],
      ['America/New_York', '2026-01-01T17:00:00-05:00'],
    ] as const)
      assert.equal(zonedTimeText(winterMs, zone), text);
  });
});
