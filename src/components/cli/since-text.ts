/** How long ago a time (RFC 3339) was: `5s`, `12m`, `3h`, `2d`; a dash when it is not known. */
export const sinceText = (time: string | undefined, nowMs: number): string => (time === undefined ? '-' : durationText(nowMs - Date.parse(time)));

/** `5s`, `12m`, `3h`, `2d`; 0 s when it is negative. */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
