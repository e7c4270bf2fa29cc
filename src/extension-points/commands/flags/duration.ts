const unitMilliseconds: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Reads `1h2m3.5s` as milliseconds. Throws with Go's words (`time.ParseDuration`). */
export function parseDuration(text: string): number {
  const quoted = JSON.stringify(text);
  const unsigned = /^[-+]/.test(text) ? text.slice(1) : text;
  if (unsigned === '0') return 0;
  if (unsigned === '') throw new Error(`time: invalid duration ${quoted}`);
  let total = 0;
  const part = /(\d+\.?\d*|\.\d+)([^\d.]*)/y;
  for (let at = 0; at < unsigned.length; at = part.lastIndex) {
    part.lastIndex = at;
    const match = part.exec(unsigned);
    if (!match) throw new Error(`time: invalid duration ${quoted}`);
    const [, amount = '', unit = ''] = match;
    if (unit === '') throw new Error(`time: missing unit in duration ${quoted}`);
    const size = unitMilliseconds[unit];
    if (size === undefined) throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    total += Number(amount) * size;
  }
  if (total * 1e6 >= 2 ** 63) throw new Error(`time: invalid duration ${quoted}`);
  return text.startsWith('-') ? -total : total;
}

/** `1h2m3.5s`, as Go prints a duration of so many milliseconds. */
export function durationText(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  const sign = milliseconds < 0 ? '-' : '';
  const amount = Math.abs(milliseconds);
  if (amount < 1_000) {
    const [size, unit] = amount < 1e-3 ? [1e6, 'ns'] : amount < 1 ? [1e3, 'µs'] : [1, 'ms'];
    return `${sign}${trimmed(amount * size)}${unit}`;
  }
  const hours = Math.floor(amount / 3_600_000);
  const minutes = Math.floor((amount % 3_600_000) / 60_000);
  const seconds = trimmed((amount % 60_000) / 1_000);
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}

const trimmed = (amount: number): string => String(Number(amount.toFixed(9)));
