/** Values that count as nothing for `optional.ofNonZeroValue`. */
import { Double, Duration, List, MapValue, ObjectValue, OptionalValue, Timestamp, Uint, type Value } from './values.ts';

/** 0001-01-01T00:00:00Z, in seconds since 1970: Go's zero time. */
const zeroTime = -62_135_596_800;

export function isZeroValue(value: Value): boolean {
  if (value === null || value === false || value === 0 || value === '') return true;
  if (typeof value !== 'object') return false;
  if (value instanceof Double) return value.value === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof List || value instanceof MapValue) return value.size === 0;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Timestamp) return value.seconds === zeroTime && value.nanoseconds === 0;
  if (value instanceof Duration) return value.nanoseconds === 0n;
  if (value instanceof OptionalValue) return value.value === undefined || isZeroValue(value.value);
  return value instanceof ObjectValue && Object.keys(value.native).length === 0;
}
