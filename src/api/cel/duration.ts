/** Durations: Go's text form, and 64 bits of nanoseconds. */
import { formatPlain } from './number-format.ts';
import { Duration, EvaluationError, maximumInt, minimumInt } from './values.ts';

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  '\u00b5s': 1_000n,
  '\u03bcs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const maximumLength = 1_000;

/** Reads `1h30m`, `-1.5s`, `0`. Throws EvaluationError. */
export function parseDuration(text: string): Duration {
  const nanoseconds = text.length <= maximumLength ? readNanoseconds(text) : undefined;
  if (nanoseconds === undefined) throw new EvaluationError("type conversion error from 'string' to 'google.protobuf.Duration'");
  return new Duration(nanoseconds);
}

function readNanoseconds(text: string): bigint | undefined {
  const body = text.replace(/^[+-]/, '');
  if (body === '0') return 0n;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/.test(body)) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of body.matchAll(/(\d*)\.?(\d*)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g)) {
    const scale = units[unit] as bigint;
    const digits = fraction.slice(0, 18);
    total += BigInt(whole || '0') * scale + (BigInt(digits || '0') * scale) / 10n ** BigInt(digits.length);
  }
  if (text.startsWith('-')) total = -total;
  return total < minimumInt || total > maximumInt ? undefined : total;
}

/** `1.5s`: seconds, without an exponent. */
export function formatDuration({ nanoseconds }: Duration): string {
  const seconds = Number(nanoseconds / 1_000_000_000n) + Number(nanoseconds % 1_000_000_000n) / 1e9;
  return `${formatPlain(seconds)}s`;
}

/** A duration of so many nanoseconds. Out of 64 bits: EvaluationError `integer overflow`, upstream's. */
export function durationOf(nanoseconds: bigint): Duration {
  if (nanoseconds < minimumInt || nanoseconds > maximumInt) throw new EvaluationError('integer overflow');
  return new Duration(nanoseconds);
}
