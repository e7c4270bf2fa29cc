const contextLines = 3;
/** Beyond this a difference helps nobody and would bloat the answer. */
const lineLimit = 60;

/** The lines in which two JSON values differ, with `-` and `+` in front, for messages to people. */
export function jsonDifference(left: unknown, right: unknown): string {
  const before = lines(left);
  const after = lines(right);
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const changed = [
    ...before.slice(Math.max(0, head - contextLines), head).map((line) => `  ${line}`),
    ...before.slice(head, before.length - tail).map((line) => `- ${line}`),
    ...after.slice(head, after.length - tail).map((line) => `+ ${line}`),
    ...after.slice(after.length - tail, after.length - tail + contextLines).map((line) => `  ${line}`),
  ];
  return [...changed.slice(0, lineLimit), ...(changed.length > lineLimit ? ['...'] : [])].join('\n');
}

const lines = (value: unknown): string[] => JSON.stringify(sorted(value) ?? null, undefined, 2).split('\n');

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
