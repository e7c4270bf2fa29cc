/** Cron schedules in the dialect that Kubernetes reads (`robfig/cron`): five fields, names of months and days, `@daily` and `@every 1h30m`. */

interface FieldBounds {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

/** A schedule that was read. */
export interface CronSchedule {
  /** The first time after a time, both in milliseconds since the epoch; undefined when there is none within five years. */
  next(afterMs: number): number | undefined;
}

/** Values a field allows. `isAny` when it began with a star: then it does not restrict the day. */
interface FieldValues {
  readonly allowed: ReadonlySet<number>;
  readonly isAny: boolean;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields: readonly FieldBounds[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: ['', ...months] },
  { low: 0, high: 6, names: days },
];
const descriptors: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/** What the parser says of text that is no schedule. */
class ScheduleError extends Error {}

/** Why text is not a cron schedule, in the words of the parser that Kubernetes uses; undefined when it is one. */
export function scheduleProblem(schedule: string): string | undefined {
  try {
    parseCronSchedule(schedule);
    return undefined;
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
}

/** Reads a schedule; its times are those of `timeZone` (an IANA name; default UTC). Throws with the parser's words for text that is none, RangeError for an unknown zone. */
export function parseCronSchedule(schedule: string, timeZone = 'UTC'): CronSchedule {
  if (schedule.startsWith('@every ')) return everySchedule(schedule);
  const text = schedule.startsWith('@') ? descriptors.get(schedule) : schedule;
  if (text === undefined) throw new ScheduleError(`unrecognized descriptor: ${schedule}`);
  const parts = text.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== fields.length) throw new ScheduleError(`expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`);
  const [minutes, hours, monthDays, monthsOfYear, weekDays] = parts.map((part, index) => fieldValues(part, fields[index]!)) as [
    FieldValues,
    FieldValues,
    FieldValues,
    FieldValues,
    FieldValues,
  ];
  const isDay = (date: Date): boolean => {
    const isMonthDay = monthDays.allowed.has(date.getUTCDate());
    const isWeekDay = weekDays.allowed.has(date.getUTCDay());
    return monthDays.isAny || weekDays.isAny ? isMonthDay && isWeekDay : isMonthDay || isWeekDay;
  };
  return calendarSchedule({ minutes: minutes.allowed, hours: hours.allowed, months: monthsOfYear.allowed, isDay }, timeZone);
}

const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Rounded to whole seconds, at least one; so are the times. */
function everySchedule(text: string): CronSchedule {
  const duration = text.slice('@every '.length);
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(duration))
    throw new ScheduleError(`failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`);
  let sumMs = 0;
  for (const [, number, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) sumMs += Number(number) * unitMs[unit!]!;
  const delayMs = Math.max(1_000, Math.floor(sumMs / 1_000) * 1_000);
  return { next: (afterMs) => Math.floor(afterMs / 1_000) * 1_000 + delayMs };
}

interface Calendar {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  isDay(date: Date): boolean;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const searchedYears = 5;

/** Looks through wall-clock times, written as if they were UTC: first the days, then the minutes of a day that counts. */
function calendarSchedule(calendar: Calendar, timeZone: string): CronSchedule {
  const zone = timeZone === 'UTC' ? undefined : new Zone(timeZone);
  return {
    next(afterMs) {
      const startWall = Math.floor((zone ? zone.wallOf(afterMs) : afterMs) / minuteMs) * minuteMs + minuteMs;
      const endWall = startWall + searchedYears * 366 * dayMs;
      for (let dayStart = Math.floor(startWall / dayMs) * dayMs; dayStart < endWall; dayStart += dayMs) {
        const date = new Date(dayStart);
        if (!calendar.months.has(date.getUTCMonth() + 1) || !calendar.isDay(date)) continue;
        for (let wall = Math.max(dayStart, startWall); wall < dayStart + dayMs; wall += minuteMs) {
          const inDay = new Date(wall);
          if (!calendar.hours.has(inDay.getUTCHours()) || !calendar.minutes.has(inDay.getUTCMinutes())) continue;
          const atMs = zone ? zone.instantOf(wall) : wall;
          // The hour that clocks skip in spring has no such minute, and the one they repeat in autumn counts once.
          if (atMs !== undefined && atMs > afterMs) return atMs;
        }
      }
      return undefined;
    },
  };
}

/** A time zone's clock. */
class Zone {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** What the clock shows at an instant, written as if it were UTC. */
  wallOf(atMs: number): number {
    const parts = new Map(this.#format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  }

  /** The first instant at which the clock shows a time; undefined when it never does. */
  instantOf(wall: number): number | undefined {
    const offsets = [wall - dayMs, wall + dayMs].map((near) => this.wallOf(near) - near);
    return offsets
      .map((offset) => wall - offset)
      .filter((candidate) => this.wallOf(candidate) === wall)
      .sort((left, right) => left - right)[0];
  }
}

function fieldValues(part: string, bounds: FieldBounds): FieldValues {
  const allowed = new Set<number>();
  let isAny = false;
  for (const expression of part.split(',')) {
    const { start, end, interval, isStar } = rangeOf(expression, bounds);
    for (let value = start; value <= end; value += interval) allowed.add(value);
    isAny ||= isStar;
  }
  return { allowed, isAny };
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly interval: number;
  readonly isStar: boolean;
}

/** `*`, `5`, `1-5`, `*\/10`, `mon-fri`. */
function rangeOf(expression: string, bounds: FieldBounds): Range {
  const [range = '', step, ...tooMany] = expression.split('/');
  if (tooMany.length > 0) throw new ScheduleError(`too many slashes: ${expression}`);
  const ends = range.split('-');
  if (ends.length > 2) throw new ScheduleError(`too many hyphens: ${expression}`);
  const isStar = range === '*' || range === '?';
  const start = isStar ? bounds.low : numberIn(ends[0] ?? '', bounds);
  const end = isStar ? bounds.high : ends.length === 2 ? numberIn(ends[1] ?? '', bounds) : step === undefined ? start : bounds.high;
  const interval = step === undefined ? 1 : numberIn(step, { low: 0, high: 0 });
  if (start < bounds.low) throw new ScheduleError(`beginning of range (${start}) below minimum (${bounds.low}): ${expression}`);
  if (end > bounds.high) throw new ScheduleError(`end of range (${end}) above maximum (${bounds.high}): ${expression}`);
  if (start > end) throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${expression}`);
  if (interval === 0) throw new ScheduleError(`step of range should be a positive number: ${expression}`);
  return { start, end, interval, isStar: isStar && interval === 1 };
}

/** Throws in the words of Go's number parser. */
function numberIn(text: string, { names }: FieldBounds): number {
  const named = text === '' ? -1 : (names?.indexOf(text.toLowerCase()) ?? -1);
  if (named >= 0) return named;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ScheduleError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}
