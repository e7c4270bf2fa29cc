import { humanDuration } from '../printers/table-printer.ts';

/** When an event was seen, as far as it says. */
export interface EventTimes {
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string } | null;
}

/** How long ago an event was seen, and how often: `5s`, `2m (x3 over 10m)`. `now`: milliseconds since the epoch. */
export function intervalText({ count = 0, firstTimestamp, lastTimestamp, eventTime, series }: EventTimes, now: number): string {
  const ago = (timestamp: string | null | undefined): string => (timestamp ? humanDuration(now - Date.parse(timestamp)) : '<unknown>');
  const first = ago(eventTime || firstTimestamp);
  if (series) return `${ago(series.lastObservedTime)} (x${series.count ?? 0} over ${first})`;
  return count > 1 ? `${ago(lastTimestamp)} (x${count} over ${first})` : first;
}
