import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCronSchedule, scheduleProblem } from './cron-schedule.ts';

const after = (schedule: string, from: string, timeZone?: string): string | undefined => {
  const next = parseCronSchedule(schedule, timeZone).next(Date.parse(from));
  return next === undefined ? undefined : new Date(next).toISOString().slice(0, 19);
};

describe('cron schedules', () => {
  it('find the next time', () => {
    const cases: [string, string, string | undefined][] = [
      ['* * * * *', '2026-11-22T10:00:00Z', '2026-11-22T10:01:00'],
      ['* * * * *', '2026-11-22T10:00:59.999Z', '2026-11-22T10:01:00'],
      ['*/5 * * * *', '2026-11-22T10:03:00Z', '2026-11-22T10:05:00'],
      ['5/20 * * * *', '2026-11-22T10:30:00Z', '2026-11-22T10:45:00'],
      ['0 9-17/4 * * mon-fri', '2026-11-20T18:00:00Z', '2026-11-23T09:00:00'],
      ['30 4 1,15 * *', '2026-11-22T00:00:00Z', '2026-12-01T04:30:00'],
      ['0 0 29 feb ?', '2026-11-22T00:00:00Z', '2028-02-29T00:00:00'],
      ['0 0 31 feb *', '2026-11-22T00:00:00Z', undefined],
      ['@hourly', '2026-11-22T10:59:00Z', '2026-11-22T11:00:00'],
      ['@weekly', '2026-11-22T00:00:00Z', '2026-11-29T00:00:00'],
      ['@every 1h30m', '2026-11-22T10:00:00.500Z', '2026-11-22T11:30:00'],
      ['@every 10ms', '2026-11-22T10:00:00Z', '2026-11-22T10:00:01'],
    ];
    for (const [schedule, from, expected] of cases) assert.equal(after(schedule, from), expected, schedule);
  });

  it('take either day when both the day of the month and of the week are given', () => {
    assert.equal(after('0 0 13 * fri', '2026-11-08T00:00:00Z'), '2026-11-13T00:00:00');
    assert.equal(after('0 0 13 * fri', '2026-11-13T00:00:00Z'), '2026-11-20T00:00:00');
  });

  it('read the clock of a time zone, over the changes of its clock', () => {
    assert.equal(after('0 9 * * *', '2026-07-01T00:00:00Z', 'Europe/Berlin'), '2026-07-01T07:00:00');
    assert.equal(after('0 9 * * *', '2026-12-01T00:00:00Z', 'Europe/Berlin'), '2026-12-01T08:00:00');
    // 02:30 does not exist on 29 March 2026 and is there twice on 25 October.
    assert.equal(after('30 2 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin'), '2026-03-30T00:30:00');
    assert.equal(after('30 2 * * *', '2026-10-24T12:00:00Z', 'Europe/Berlin'), '2026-10-25T00:30:00');
    assert.equal(after('30 2 * * *', '2026-10-25T00:30:00Z', 'Europe/Berlin'), '2026-10-26T01:30:00');
    assert.throws(() => parseCronSchedule('* * * * *', 'Atlantis/Capital'), RangeError);
  });

  it('are refused in the words of the parser that Kubernetes uses', () => {
    const cases: [string, string | undefined][] = [
      ['*/15 0 1-5 jan-mar sun', undefined],
      ['* * *', 'expected exactly 5 fields, found 3: [* * *]'],
      ['60 * * * *', 'end of range (60) above maximum (59): 60'],
      ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
      ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
      ['*/0 * * * *', 'step of range should be a positive number: */0'],
      ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
      ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
      ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
      ['@sometimes', 'unrecognized descriptor: @sometimes'],
      ['@every soon', 'failed to parse duration @every soon: time: invalid duration "soon"'],
    ];
    for (const [schedule, problem] of cases) assert.equal(scheduleProblem(schedule), problem, schedule);
  });
});
