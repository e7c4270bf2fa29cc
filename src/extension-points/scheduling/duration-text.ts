/** A duration as Go writes it: `15m0s`, `1h0m0s`, `1.5s`, `20ms`, `0s`, `-1s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 0) return `-${durationText(-milliseconds)}`;
  if (milliseconds > 0 && milliseconds < 1_000) return `${milliseconds}ms`;
  const seconds = milliseconds / 1_000;
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const rest = `${Number((seconds % 60).toFixed(3))}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
