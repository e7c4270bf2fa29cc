/** The parts of RFC 3339 in the names that Go's layouts have for them. */
const parts: readonly (readonly [layout: string, pattern: RegExp])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^(?:0[1-9]|1[0-2])/],
  ['-', /^-/],
  ['02', /^(?:0[1-9]|[12]\d|3[01])/],
  ['T', /^T/],
  ['15', /^(?:[01]\d|2[0-3])/],
  [':', /^:/],
  ['04', /^[0-5]\d/],
  [':', /^:/],
  ['05', /^[0-5]\d(?:[.,]\d+)?/],
  ['Z07:00', /^(?:Z|[-+]\d\d:\d\d)/],
];

/** Reads a time in RFC 3339; answers milliseconds. Throws with the words of Go's `time.Parse`. */
export function parseTimeArgument(text: string): number {
  const problem = (what: string): Error => new Error(`parsing time ${JSON.stringify(text)}${what}`);
  let rest = text;
  for (const [layout, pattern] of parts) {
    const match = pattern.exec(rest);
    if (!match) throw problem(` as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(layout)}`);
    rest = rest.slice(match[0].length);
  }
  if (rest !== '') throw problem(`: extra text: ${JSON.stringify(rest)}`);
  const time = Date.parse(text.replace(/([.,]\d{3})\d+/, '$1').replace(',', '.'));
  if (Number.isNaN(time)) throw problem(': day out of range');
  return time;
}
