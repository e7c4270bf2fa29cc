/** The parts of timestamps and durations: `getFullYear()` and so on, in UTC or in a time zone. */
import { declareFunction, type FunctionDeclaration, type Overload } from './library.ts';
import { dayOfYear, localDate } from './timestamp.ts';
import { durationType, intType, stringType, timestampType } from './types.ts';
import { type Duration, type Timestamp, toInt } from './values.ts';

/** Name, overload id, the id with a zone where it is no plain one, and the part. */
const parts: readonly (readonly [string, string, (date: Date) => number | bigint, string?])[] = [
  ['getFullYear', 'timestamp_to_year', (date) => date.getUTCFullYear()],
  ['getMonth', 'timestamp_to_month', (date) => date.getUTCMonth()],
  ['getDayOfYear', 'timestamp_to_day_of_year', dayOfYear],
  ['getDayOfMonth', 'timestamp_to_day_of_month', (date) => date.getUTCDate() - 1],
  ['getDate', 'timestamp_to_day_of_month_1_based', (date) => date.getUTCDate()],
  ['getDayOfWeek', 'timestamp_to_day_of_week', (date) => date.getUTCDay()],
  ['getHours', 'timestamp_to_hours', (date) => date.getUTCHours()],
  ['getMinutes', 'timestamp_to_minutes', (date) => date.getUTCMinutes()],
  ['getSeconds', 'timestamp_to_seconds', (date) => date.getUTCSeconds(), 'timestamp_to_seconds_tz'],
  ['getMilliseconds', 'timestamp_to_milliseconds', (date) => date.getUTCMilliseconds()],
];

/** Nanoseconds in the unit that a duration is read in. Milliseconds are those of the last second. */
const durationParts: Readonly<Record<string, Overload>> = {
  getHours: durationPart('duration_to_hours', (nanoseconds) => nanoseconds / 3_600_000_000_000n),
  getMinutes: durationPart('duration_to_minutes', (nanoseconds) => nanoseconds / 60_000_000_000n),
  getSeconds: durationPart('duration_to_seconds', (nanoseconds) => nanoseconds / 1_000_000_000n),
  getMilliseconds: durationPart('duration_to_milliseconds', (nanoseconds) => nanoseconds / 1_000_000n),
};

function durationPart(id: string, part: (nanoseconds: bigint) => bigint): Overload {
  return { id, isMember: true, parameters: [durationType], result: intType, evaluate: ({ nanoseconds }: Duration) => toInt(part(nanoseconds)) };
}

export const standardTimes: readonly FunctionDeclaration[] = parts.map(([name, id, part, idWithZone = `${id}_with_tz`]) => {
  const ofDuration = durationParts[name];
  return declareFunction(
    name,
    { id, isMember: true, parameters: [timestampType], result: intType, evaluate: (time: Timestamp) => part(localDate(time)) },
    {
      id: idWithZone,
      isMember: true,
      parameters: [timestampType, stringType],
      result: intType,
      evaluate: (time: Timestamp, zone: string) => part(localDate(time, zone)),
    },
    ...(ofDuration ? [ofDuration] : []),
  );
});
