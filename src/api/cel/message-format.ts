/** Values inside error messages. */
import { formatDuration } from './duration.ts';
import { formatShortest } from './number-format.ts';
import { formatTimestamp } from './timestamp.ts';
import { typeName } from './value-types.ts';
import { Double, Duration, Timestamp, Uint, type Value } from './values.ts';

const maximumLength = 1_000;

/** The value as cel-go prints it in messages, cut when it is long. */
export function formatForMessage(value: Value): string {
  switch (typeof value) {
    case 'string':
      return value.length > maximumLength ? `${value.slice(0, maximumLength)}...` : value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
  }
  if (value === null) return 'null';
  if (value instanceof Double) return formatShortest(value.value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  return typeName(value);
}
