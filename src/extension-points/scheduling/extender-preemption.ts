import type { Pod } from '../../api/generated/core-v1.ts';
import type { NodeInfo } from './contract.ts';
import type { ExtenderContribution } from './decision.ts';
import type { ExtenderVictims, SchedulingExtender } from './extender.ts';

/** A node where a pod could go if these pods went. */
interface Candidate {
  readonly nodeName: string;
  readonly victims: readonly Pod[];
  readonly budgetViolations: number;
}

/**
 * Lets the extenders that have a say in preemption narrow the candidates, one after the other. Those they answer replace the ones they were given. Throws, in upstream's
 * words, when an extender that is not ignorable fails or names a node without victims.
 */
export async function narrowByExtenders(
  candidates: readonly Candidate[],
  how: {
    readonly extenders: readonly SchedulingExtender[];
    readonly pod: Pod;
    readonly nodeInfo: (name: string) => NodeInfo | undefined;
    readonly signal: AbortSignal;
    /** Told what each of them made of it. */
    readonly tell?: (contribution: ExtenderContribution) => void;
  },
): Promise<readonly Candidate[]> {
  const { extenders, pod, nodeInfo, signal, tell } = how;
  const asked = extenders.filter((extender) => extender.preempt && extender.isInterested(pod));
  if (asked.length === 0 || candidates.length === 0) return candidates;
  let victims: ExtenderVictims = new Map(
    candidates.map(({ nodeName, victims: pods, budgetViolations }) => [nodeName, { pods, disruptionBudgetViolations: budgetViolations }]),
  );
  for (const extender of asked) {
    if (victims.size === 0) break;
    const startedMs = performance.now();
    const told = { name: extender.name, verb: 'preempt', nodesBefore: victims.size } as const;
    const answer = await answerOf(extender, victims, { pod, nodeInfo, signal });
    victims = answer.victims;
    const { error } = answer;
    tell?.({
      ...told,
      durationMilliseconds: performance.now() - startedMs,
      nodesAfter: victims.size,
      ...(error === undefined ? {} : { error, isIgnored: true }),
    });
  }
  return [...victims].map(([nodeName, { pods, disruptionBudgetViolations }]) => ({ nodeName, victims: pods, budgetViolations: disruptionBudgetViolations }));
}

/** What an extender left; all it was given, and its error, when it failed and may. */
async function answerOf(
  extender: SchedulingExtender,
  given: ExtenderVictims,
  { pod, nodeInfo, signal }: { pod: Pod; nodeInfo: (name: string) => NodeInfo | undefined; signal: AbortSignal },
): Promise<{ readonly victims: ExtenderVictims; readonly error?: string }> {
  let answered: ExtenderVictims;
  try {
    answered = await extender.preempt!(pod, given, nodeInfo, signal);
  } catch (error) {
    if (extender.isIgnorable) return { victims: given, error: error instanceof Error ? error.message : String(error) };
    throw error;
  }
  const empty = [...answered].find(([, { pods }]) => pods.length === 0);
  if (!empty) return { victims: answered };
  if (!extender.isIgnorable) throw new Error(`expected at least one victim pod on node "${empty[0]}"`);
  return { victims: new Map([...answered].filter(([, { pods }]) => pods.length > 0)) };
}
