import type { PreemptionRecord } from '../decision.ts';
import { priorityOf } from './importance.ts';
import type { Candidate } from './select-victims.ts';

/** More are counted, not listed. */
const mostCandidates = 10;
const mostVictims = 20;

/** What a search for victims found, for the record of the decision: the chosen candidate first. */
export function preemptionRecord(plugin: string, candidates: readonly Candidate[], best: Candidate): PreemptionRecord {
  const listed = [best, ...candidates.filter((candidate) => candidate !== best).slice(0, mostCandidates - 1)];
  return {
    plugin,
    nodeName: best.nodeName,
    candidateCount: candidates.length,
    candidates: listed.map(({ nodeName, victims, budgetViolations }) => ({
      nodeName,
      victimCount: victims.length,
      budgetViolations,
      victims: victims.slice(0, mostVictims).map((victim) => {
        const { namespace = '', name = '', uid = '' } = victim.metadata;
        return { namespace, name, uid, priority: priorityOf(victim) };
      }),
    })),
  };
}
