import { RuntimeError } from './contract.ts';

/** A 64-bit number of the wire as a JavaScript number. Past 2^53 it is the largest safe one: only "no limit" values are that large. */
export function fromInt64(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER;
  if (value < BigInt(Number.MIN_SAFE_INTEGER)) return Number.MIN_SAFE_INTEGER;
  return Number(value);
}

/** A JavaScript number as a 64-bit one. Throws INVALID_ARGUMENT for what is not a finite number; fractions are cut off. */
export function toInt64(value: number): bigint {
  if (!Number.isFinite(value)) throw new RuntimeError('INVALID_ARGUMENT', `${value} is not a number a runtime takes`);
  return BigInt(Math.trunc(value));
}

const nanosecondsPerMillisecond = 1_000_000n;
/** Nanoseconds since the epoch, as the CRI counts, to milliseconds. */
export const millisecondsFromNs = (nanoseconds: bigint): number => (nanoseconds <= 0n ? 0 : fromInt64(nanoseconds / nanosecondsPerMillisecond));
export const nsFromMilliseconds = (milliseconds: number): bigint => toInt64(milliseconds) * nanosecondsPerMillisecond;
