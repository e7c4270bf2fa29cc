interface FieldBounds {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields: readonly FieldBounds[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: ['', ...months] },
  { low: 0, high: 6, names: days },
];
const descriptors = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

/** Why text is not a cron schedule, in the words of the parser that Kubernetes uses; undefined when it is one. */
export function scheduleProblem(schedule: string): string | undefined {
  if (schedule.startsWith('@')) return descriptorProblem(schedule);
  const parts = schedule.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== fields.length) return `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`;
  for (const [index, part] of parts.entries()) {
    for (const expression of part.split(',')) {
      const problem = rangeProblem(expression, fields[index] ?? { low: 0, high: 0 });
      if (problem) return problem;
    }
  }
  return undefined;
}

function descriptorProblem(text: string): string | undefined {
  if (descriptors.has(text)) return undefined;
  if (!text.startsWith('@every ')) return `unrecognized descriptor: ${text}`;
  return /^(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+$/.test(text.slice('@every '.length))
    ? undefined
    : `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(text.slice('@every '.length))}`;
}

/** `*`, `5`, `1-5`, `*\/10`, `mon-fri`. */
function rangeProblem(expression: string, bounds: FieldBounds): string | undefined {
  const [range = '', step, ...tooMany] = expression.split('/');
  if (tooMany.length > 0) return `too many slashes: ${expression}`;
  const ends = range.split('-');
  if (ends.length > 2) return `too many hyphens: ${expression}`;
  const isAny = range === '*' || range === '?';
  const start = isAny ? bounds.low : numberIn(ends[0] ?? '', bounds);
  const end = isAny ? bounds.high : ends.length === 2 ? numberIn(ends[1] ?? '', bounds) : step === undefined ? start : bounds.high;
  if (start === undefined || end === undefined)
    return `failed to parse int from ${start === undefined ? ends[0] : ends[1]}: strconv.Atoi: parsing ${JSON.stringify(start === undefined ? ends[0] : ends[1])}: invalid syntax`;
  const interval = step === undefined ? 1 : numberIn(step, { low: 0, high: 0 });
  if (interval === undefined) return `failed to parse int from ${step}: strconv.Atoi: parsing ${JSON.stringify(step)}: invalid syntax`;
  if (start < bounds.low) return `beginning of range (${start}) below minimum (${bounds.low}): ${expression}`;
  if (end > bounds.high) return `end of range (${end}) above maximum (${bounds.high}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  return interval === 0 ? `step of range should be a positive number: ${expression}` : undefined;
}

function numberIn(text: string, { names }: FieldBounds): number | undefined {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0 && text !== '') return named;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
