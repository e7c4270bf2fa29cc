import type { LiveNodeTable } from '../../extension-points/scheduling/node-table.ts';
import type { Breathe, SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import { judgeAtOnce, judgeOneByOne } from './ask-plugins.ts';
import type { Nominations } from './nominations.ts';
import type { PlainSearch } from './plain-search.ts';
import type { PodClass, Subject } from './pod-class.ts';
import type { VerdictColumn } from './verdict-column.ts';

export interface JudgeDeps {
  readonly framework: SchedulingFramework;
  readonly table: LiveNodeTable;
  readonly nominations: Nominations;
  readonly breathe: Breathe;
  readonly search: PlainSearch;
}

/** How often nodes may come and go during the pauses of one judgement before it is given up. */
const mostStarts = 8;

/** Verdicts by the indexes that nodes had under a version of the table's roster. */
export interface Judgement {
  readonly verdicts: VerdictColumn;
  readonly rosterVersion: number;
}

/**
 * The verdict of all plugins on all nodes: what the pod's class remembers, then what batches refuse, then whoever must be asked node by node. The same as asking all of
 * them about one node after the other. Throws when a plugin fails. Nodes may come and go before the caller has its turn again: it must compare the roster's version.
 */
export async function judgeNodes(deps: JudgeDeps, subject: Subject, podClass: PodClass, epochs: string): Promise<Judgement> {
  const { framework, table, nominations } = deps;
  const others = framework
    .pluginsWith('filter')
    .map((plugin, rank) => ({ plugin, rank }))
    .filter(({ plugin }) => !podClass.isRemembered(plugin) && !subject.state.skippedFilters.has(plugin.name));
  for (let start = 0; start < mostStarts; start++) {
    // Once more after a pause: what follows goes by the indexes as they are now.
    for (let waiting = podClass.refresh(subject, epochs); waiting; waiting = podClass.refresh(subject, epochs)) await waiting;
    const own = nominations.nodeOf(subject.pod);
    const { rosterVersion } = table;
    if (others.length === 0 && own === undefined) return { verdicts: podClass.verdicts, rosterVersion };
    const verdicts = podClass.verdicts.copy();
    for (const ranked of others) if (ranked.plugin.implementation.filterAll) judgeAtOnce(deps, subject, ranked, verdicts);
    const settled = reconsider(deps, subject, { verdicts, own, isCrowdingSeen: others.length === 0 });
    const single = others.filter(({ plugin }) => !plugin.implementation.filterAll);
    if (single.length > 0) await judgeOneByOne(deps, subject, single, verdicts, settled);
    if (table.rosterVersion === rosterVersion) return { verdicts, rosterVersion };
  }
  throw new Error('nodes came and went faster than they could be looked at');
}

/**
 * Nodes that are set aside for pods, this one among them, are asked about in full: batches do not see the pods that are expected there. Answers which nodes that are.
 */
function reconsider(
  { table, nominations, search }: JudgeDeps,
  { state, pod }: Subject,
  { verdicts, own, isCrowdingSeen }: { verdicts: VerdictColumn; own: string | undefined; isCrowdingSeen: boolean },
): ReadonlySet<number> {
  const settled = new Set<number>();
  for (const name of isCrowdingSeen ? [own ?? ''] : nominations.nodes()) {
    const index = table.indexOf(name);
    if (index === undefined) continue;
    settled.add(index);
    const status = search.check(state, pod, table.nodes[index]!);
    if (status.code === 'success') verdicts.accept(index);
    else verdicts.refuseAs(index, status);
  }
  return settled;
}
