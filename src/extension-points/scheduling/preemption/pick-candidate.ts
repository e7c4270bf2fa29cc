import type { Pod } from '../../../api/generated/core-v1.ts';
import { priorityOf, startOf } from './importance.ts';
import type { Candidate } from './select-victims.ts';

/** So that every victim counts, also one whose priority is below 0. */
const priorityOffset = 2 ** 31;

/**
 * The candidate that hurts least: fewest broken budgets, then the lowest of the highest priorities, the smallest sum of priorities, the fewest victims, the latest start
 * of the most important victims, the first. Undefined for none.
 */
export function pickCandidate(candidates: readonly Candidate[], nowMs: number): Candidate | undefined {
  const costs: ((candidate: Candidate) => number)[] = [
    ({ budgetViolations }) => budgetViolations,
    ({ victims }) => priorityOf(victims[0]!),
    ({ victims }) => victims.reduce((sum, victim) => sum + priorityOf(victim) + priorityOffset, 0),
    ({ victims }) => victims.length,
    ({ victims }) => -earliestStart(victims, nowMs),
  ];
  let best = candidates;
  for (const cost of costs) {
    if (best.length <= 1) break;
    const lowest = best.reduce((least, candidate) => Math.min(least, cost(candidate)), Infinity);
    best = best.filter((candidate) => cost(candidate) === lowest);
  }
  return best[0];
}

/** Of the victims with the highest priority. */
function earliestStart(victims: readonly Pod[], nowMs: number): number {
  const highest = priorityOf(victims[0]!);
  return victims.filter((victim) => priorityOf(victim) === highest).reduce((earliest, victim) => Math.min(earliest, startOf(victim, nowMs)), Infinity);
}
