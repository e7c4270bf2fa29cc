/** Texts whose format makes them something else in expressions: bytes, durations, dates and times. */
import { durationOf, parseDuration } from '../duration.ts';
import { parseTimestamp, timestampOf } from '../timestamp.ts';
import { type Converter, type Duration, EvaluationError, type Timestamp } from '../values.ts';
import { firstIllegalByte } from './go-base64.ts';
import { dateProblem, dateTimeProblem } from './go-time.ts';
import { textOf } from './scalar-converters.ts';

/** Upstream decodes with the alphabet of URLs (`-` and `_`), though the format is checked with the other one: such data cannot be read. */
export const byteConverter: Converter = (native) => {
  const text = textOf(native);
  if (lastDecoded?.text !== text) lastDecoded = { text, bytes: decode(text) };
  return lastDecoded.bytes;
};

/** Reading a field costs 1, whatever it holds: a loop that reads the same one decodes it once. */
let lastDecoded: { readonly text: string; readonly bytes: Uint8Array } | undefined;

function decode(text: string): Uint8Array {
  const wrongAt = firstIllegalByte(text);
  if (wrongAt >= 0) throw new EvaluationError(`Invalid byte formatted string ${text}: illegal base64 data at input byte ${wrongAt}`);
  return new Uint8Array(Buffer.from(text.replace(/[\r\n]/g, ''), 'base64url'));
}

export const durationConverter: Converter = (native) => {
  const text = textOf(native);
  const duration = orUndefined(() => parseDuration(text)) ?? tolerantDuration(text);
  if (!duration) throw new EvaluationError(`Invalid duration ${text}: unable to parse ${text} as duration`);
  return duration;
};

export const dateConverter: Converter = (native) => {
  const text = textOf(native);
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? orUndefined(() => parseTimestamp(`${text}T00:00:00Z`)) : undefined;
  if (!date) throw new EvaluationError(`Invalid date formatted string ${text}: ${dateProblem(text)}`);
  return date;
};

/** With a zone or without; no text is the start of 1970. */
export const dateTimeConverter: Converter = (native) => {
  const text = textOf(native);
  if (text === '') return timestampOf(0, 0);
  const time = orUndefined(() => parseTimestamp(text)) ?? orUndefined(() => parseTimestamp(`${text}Z`));
  if (!time) throw new EvaluationError(`Invalid date-time formatted string ${text}: ${dateTimeProblem(text)}`);
  return time;
};

function orUndefined<T extends Timestamp | Duration>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

const second = 1_000_000_000n;
/** Each unit by the names it has: the last of them may be the start of a longer word. */
const units: readonly (readonly [bigint, readonly string[]])[] = [
  [1n, ['ns', 'nano']],
  [1_000n, ['us', '\u00b5s', 'micro']],
  [1_000_000n, ['ms', 'milli']],
  [second, ['s', 'sec']],
  [60n * second, ['m', 'min']],
  [3_600n * second, ['h', 'hr', 'hour']],
  [86_400n * second, ['d', 'day']],
  [604_800n * second, ['w', 'wk', 'week']],
];

/** `2 days 3 hours`: numbers and units anywhere in the text, the rest is not looked at. */
function tolerantDuration(text: string): Duration | undefined {
  let total: bigint | undefined;
  for (const [, digits = '', name = ''] of text.slice(0, 10_000).matchAll(/(\d+)\s*([A-Za-z\u00b5]+)/g)) {
    if (digits.length > 18) return undefined;
    const nanoseconds = nanosecondsOf(name.toLowerCase());
    if (nanoseconds !== undefined) total = (total ?? 0n) + BigInt(digits) * nanoseconds;
  }
  return total === undefined ? undefined : durationOf(BigInt.asIntN(64, total));
}

const nanosecondsOf = (name: string): bigint | undefined =>
  units.find(([, names]) => names.includes(name) || name.startsWith(names[names.length - 1] ?? name))?.[0];
