/// <reference lib="esnext.temporal" />
/** Timestamps: RFC 3339 text, arithmetic, and their parts in a time zone. */
import { durationOf } from './duration.ts';
import { type Duration, EvaluationError, Timestamp, toInt } from './values.ts';

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z in seconds since 1970. */
const minimumSeconds = -62_135_596_800;
const maximumSeconds = 253_402_300_799;

const form = /^(\d{4})-(\d{2})-(\d{2})[T](\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;
const maximumLength = 100;

/** Reads an RFC 3339 timestamp. Throws EvaluationError. */
export function parseTimestamp(text: string): Timestamp {
  const match = text.length <= maximumLength ? form.exec(text) : null;
  const local = match ? readSeconds(match) : undefined;
  const offset = match ? readOffset(match[8] as string) : undefined;
  if (!match || local === undefined || offset === undefined) throw new EvaluationError("type conversion error from 'string' to 'google.protobuf.Timestamp'");
  return timestampOf(local - offset, Number((match[7] ?? '').slice(0, 9).padEnd(9, '0')), offset);
}

function readSeconds(match: RegExpExecArray): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // A day that the month has not moves the date on.
  if (date.getUTCDate() !== day) return undefined;
  return date.getTime() / 1000;
}

/** In seconds to the east of UTC. */
function readOffset(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60) || 0;
}

/** A timestamp within the years 1 to 9999. Otherwise EvaluationError `timestamp overflow`. */
export function timestampOf(seconds: number, nanoseconds: number, offsetSeconds = 0): Timestamp {
  if (seconds < minimumSeconds || seconds > maximumSeconds) throw new EvaluationError('timestamp overflow');
  return new Timestamp(seconds, nanoseconds, offsetSeconds);
}

/** RFC 3339 in UTC, with as many digits of the second as needed. */
export const formatTimestamp = ({ seconds, nanoseconds }: Timestamp): string => formatZonedTimestamp(new Timestamp(seconds, nanoseconds));

/** The same in the zone that it was written in, as `string(t)` has it. */
export function formatZonedTimestamp({ seconds, nanoseconds, offsetSeconds }: Timestamp): string {
  const date = new Date((seconds + offsetSeconds) * 1000).toISOString().replace(/\.\d+Z$/, '');
  const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
  return `${date}${fraction}${formatOffset(offsetSeconds)}`;
}

function formatOffset(seconds: number): string {
  if (seconds === 0) return 'Z';
  const minutes = Math.abs(seconds) / 60;
  const digits = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${seconds < 0 ? '-' : '+'}${digits(minutes / 60)}:${digits(minutes % 60)}`;
}

/** A timestamp so much later. */
export function addDuration({ seconds, nanoseconds, offsetSeconds }: Timestamp, duration: bigint): Timestamp {
  const total = BigInt(nanoseconds) + duration;
  let carried = total / 1_000_000_000n;
  let rest = total % 1_000_000_000n;
  if (rest < 0n) {
    rest += 1_000_000_000n;
    carried -= 1n;
  }
  return timestampOf(seconds + Number(carried), Number(rest), offsetSeconds);
}

/** How much later the first is. */
export function subtractTimestamps(left: Timestamp, right: Timestamp): Duration {
  return durationOf(BigInt(left.seconds - right.seconds) * 1_000_000_000n + BigInt(left.nanoseconds - right.nanoseconds));
}

/** The timestamp's date and time in a zone, as the UTC parts of a Date. An unknown zone is an EvaluationError. */
export function localDate({ seconds, nanoseconds }: Timestamp, zone?: string): Date {
  const milliseconds = seconds * 1000 + Math.floor(nanoseconds / 1e6);
  return new Date(milliseconds + (zone === undefined || zone === '' || zone === 'UTC' ? 0 : offsetSeconds(zone, seconds) * 1000));
}

/** Days since 1 January, from 0. */
export function dayOfYear(date: Date): number | bigint {
  const start = new Date(0);
  start.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  return toInt(Math.floor((date.getTime() - start.getTime()) / 86_400_000));
}

function offsetSeconds(zone: string, seconds: number): number {
  const fixed = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(zone);
  if (fixed) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 3600 + Number(fixed[3]) * 60);
  if (zone.length > 64 || !/^[A-Za-z][\w+\-/]*$/.test(zone)) throw unknownZone(zone);
  try {
    return Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO(zone).offsetNanoseconds / 1e9;
  } catch (error) {
    if (error instanceof RangeError) throw unknownZone(zone);
    throw error;
  }
}

const unknownZone = (zone: string): EvaluationError => new EvaluationError(`unknown time zone ${zone.slice(0, 64)}`);
