/** The parts of RFC 3339 in the names that Go's layouts have for them. */
const parts: readonly (readonly [layout: string, pattern: RegExp, range?: readonly [name: string, low: number, high: number]])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/, ['month', 1, 12]],
  ['-', /^-/],
  ['02', /^\d\d/, ['day', 1, 31]],
  ['T', /^T/],
  ['15', /^\d\d/, ['hour', 0, 23]],
  [':', /^:/],
  ['04', /^\d\d/, ['minute', 0, 59]],
  [':', /^:/],
  ['05', /^\d\d(?:[.,]\d+)?/, ['second', 0, 59.999999999]],
  ['Z07:00', /^(?:Z|[-+]\d\d:\d\d)/],
];

/** Reads a time in RFC 3339; answers milliseconds. Throws with the words of Go's `time.Parse`. */
export function parseTimeArgument(text: string): number {
  const problem = (what: string): Error => new Error(`parsing time ${JSON.stringify(text)}${what}`);
  let rest = text;
  for (const [layout, pattern, range] of parts) {
    const match = pattern.exec(rest);
    if (!match) throw problem(` as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(layout)}`);
    const amount = Number(match[0].replace(',', '.'));
    if (range && (amount < range[1] || amount > range[2])) throw problem(`: ${range[0]} out of range`);
    rest = rest.slice(match[0].length);
  }
  if (rest !== '') throw problem(`: extra text: ${JSON.stringify(rest)}`);
  const time = Date.parse(text.replace(/([.,]\d{3})\d+/, '$1').replace(',', '.'));
  const [year, month, day] = text.slice(0, 10).split('-').map(Number) as [number, number, number];
  if (Number.isNaN(time) || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) throw problem(': day out of range');
  return time;
}
