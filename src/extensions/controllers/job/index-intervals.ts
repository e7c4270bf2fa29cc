/** A run of completion indexes, both ends included. */
export interface IndexInterval {
  readonly first: number;
  readonly last: number;
}

/** Sets of completion indexes as ordered intervals that do not touch: a job may have a thousand million of them. */
export type IndexIntervals = readonly IndexInterval[];

/** Reads `1,3-5,7`. Indexes of `completions` and more are left out, and so are parts that are no interval. */
export function parseIntervals(text: string | undefined, completions: number): IndexIntervals {
  const found: IndexInterval[] = [];
  for (const part of text ? text.split(',') : []) {
    const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part);
    if (!match) continue;
    const first = Number(match[1]);
    const last = Math.min(Number(match[2] ?? match[1]), completions - 1);
    if (first <= last) found.push({ first, last });
  }
  return union(found, []);
}

/** The form of `status.completedIndexes`: two neighbours are written one by one, more of them as a range. */
export const intervalsText = (intervals: IndexIntervals): string =>
  intervals.map(({ first, last }) => (first === last ? String(first) : `${first}${last === first + 1 ? ',' : '-'}${last}`)).join(',');

/** Both sets in one. */
export function union(left: IndexIntervals, right: IndexIntervals): IndexIntervals {
  const merged: IndexInterval[] = [];
  for (const interval of [...left, ...right].sort((one, other) => one.first - other.first)) {
    const end = merged.at(-1);
    if (!end || interval.first > end.last + 1) merged.push(interval);
    else if (interval.last > end.last) merged[merged.length - 1] = { first: end.first, last: interval.last };
  }
  return merged;
}

/** The set of some indexes, in any order. */
export const intervalsOf = (indexes: Iterable<number>): IndexIntervals =>
  union(
    Array.from(indexes, (index) => ({ first: index, last: index })),
    [],
  );

/** How many indexes there are. */
export const countOf = (intervals: IndexIntervals): number => intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);

/** Whether an index is one of them; logarithmic. */
export function includesIndex(intervals: IndexIntervals, index: number): boolean {
  let [low, high] = [0, intervals.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((intervals[middle]?.last ?? 0) >= index) high = middle;
    else low = middle + 1;
  }
  const found = intervals[low];
  return found !== undefined && found.first <= index;
}

/** How many indexes are in both. */
export function countCommon(left: IndexIntervals, right: IndexIntervals): number {
  let [count, leftAt, rightAt] = [0, 0, 0];
  for (;;) {
    const [one, other] = [left[leftAt], right[rightAt]];
    if (!one || !other) return count;
    count += Math.max(0, Math.min(one.last, other.last) - Math.max(one.first, other.first) + 1);
    if (one.last <= other.last) leftAt++;
    else rightAt++;
  }
}

/** The first `count` indexes below `completions` that are not taken. */
export function firstFree(taken: IndexIntervals, count: number, completions: number): number[] {
  const free: number[] = [];
  let candidate = 0;
  for (const { first, last } of [...taken, { first: completions, last: completions }]) {
    for (; candidate < Math.min(first, completions) && free.length < count; candidate++) free.push(candidate);
    candidate = Math.max(candidate, last + 1);
  }
  return free;
}
