import { humanDuration } from '../../../../extension-points/commands/printers/table-printer.ts';

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const never = 'Mon, 01 Jan 0001 00:00:00 +0000';

/** A time in the zone of this machine, as RFC 1123 writes it with a numeric zone: `Tue, 02 Jan 2024 03:04:05 +0000`. Absent: the year 1, which is Go's. */
export function localTime(timestamp: string | undefined): string {
  const time = timestamp ? new Date(timestamp) : undefined;
  if (!time || Number.isNaN(time.getTime())) return never;
  const date = `${days[time.getDay()]}, ${two(time.getDate())} ${months[time.getMonth()]} ${String(time.getFullYear()).padStart(4, '0')}`;
  return `${date} ${clockText(time)} ${zoneOffset(time)}`;
}

/** A time as Go prints one: `2024-01-02 03:04:05 +0000 UTC`. */
export function goTime(timestamp: string | undefined): string {
  if (!timestamp) return '0001-01-01 00:00:00 +0000 UTC';
  const time = new Date(timestamp);
  const date = `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${clockText(time)} ${zoneOffset(time)} ${zoneName(time)}`;
}

/** How long ago; `<unknown>` without a time. */
export const since = (timestamp: string | undefined, now: number): string => (timestamp ? humanDuration(now - Date.parse(timestamp)) : '<unknown>');

const two = (value: number): string => String(value).padStart(2, '0');
const clockText = (time: Date): string => `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;

function zoneOffset(time: Date): string {
  const minutes = -time.getTimezoneOffset();
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}${two(Math.abs(minutes) % 60)}`;
}

/** The abbreviation of the zone: which a locale has depends on the region. Where none has one, the offset stands in, as in the time zone database. */
function zoneName(time: Date): string {
  for (const locale of ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA']) {
    const name = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }).formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    if (name !== '' && !/^(?:GMT|UTC)[+-]/.test(name)) return name;
  }
  return zoneOffset(time).replace(/00$/, '');
}
