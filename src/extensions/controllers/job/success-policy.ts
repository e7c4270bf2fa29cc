import type { Job } from '../../../api/generated/batch-v1.ts';
import { countCommon, countOf, type IndexIntervals, parseIntervals } from './index-intervals.ts';

/** The message of the first rule of a success policy that the succeeded indexes meet; undefined when they meet none. */
export function metSuccessRule({ spec }: Job, succeeded: IndexIntervals): string | undefined {
  if (succeeded.length === 0) return undefined;
  const index = (spec.successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && countOf(succeeded) >= succeededCount;
    const required = parseIntervals(succeededIndexes, spec.completions ?? 0);
    if (required.length === 0) return false;
    const met = countCommon(required, succeeded);
    return met === countOf(required) || (succeededCount !== undefined && met >= succeededCount);
  });
  return index < 0 ? undefined : `Matched rules at index ${index}`;
}
