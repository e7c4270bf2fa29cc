import type { Status, Verdicts } from '../../extension-points/scheduling/contract.ts';
import type { LiveNodeTable } from '../../extension-points/scheduling/node-table.ts';
import type { Breathe, SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import { fault, isRejected, statusOf } from '../../extension-points/scheduling/run.ts';
import type { Subject } from './pod-class.ts';
import type { RankedPlugin, VerdictColumn } from './verdict-column.ts';

interface Deps {
  readonly framework: SchedulingFramework;
  readonly table: LiveNodeTable;
  readonly breathe: Breathe;
}

/** Asks a plugin about all nodes in one call. It overrules plugins that come after it, not those before. */
export function judgeAtOnce(
  { framework, table }: Pick<Deps, 'framework' | 'table'>,
  { state, pod }: Subject,
  ranked: RankedPlugin,
  column: VerdictColumn,
): void {
  const { plugin, rank } = ranked;
  // Plugins refuse many nodes with one status.
  let checked: Status | undefined;
  const check = (status: Status): Status => {
    if (status === checked) return status;
    if (!isRejected(statusOf(plugin, 'Filter', status))) throw fault(plugin, 'Filter', status);
    return (checked = status);
  };
  const verdicts: Verdicts = {
    isRefused: (index) => column.isRefusedBefore(index, rank),
    refuse(index: number, status: Status) {
      check(status);
      if (!column.isRefusedBefore(index, rank)) column.refuse(index, status, ranked);
    },
    refuseMarked: (marks, statuses) => column.refuseMarked(marks, (mark) => check(statuses[mark]!), ranked),
  };
  framework.call(state, ranked.plugin, 'filterAll', [state, pod, table, verdicts]);
}

/** Asks plugins, in order, about one node after the other, with pauses; nodes that are settled are left out. The same nodes are asked about whatever happens in the pauses. */
export async function judgeOneByOne(
  { framework, table, breathe }: Deps,
  { state, pod }: Subject,
  plugins: readonly RankedPlugin[],
  verdicts: VerdictColumn,
  settled?: ReadonlySet<number>,
): Promise<void> {
  for (const [index, node] of table.nodes.slice().entries()) {
    if (settled?.has(index)) continue;
    for (const ranked of plugins) {
      if (verdicts.isRefusedBefore(index, ranked.rank)) break;
      const status = statusOf(ranked.plugin, 'Filter', framework.call(state, ranked.plugin, 'filter', [state, pod, node]));
      if (status.code === 'success') continue;
      if (!isRejected(status)) throw fault(ranked.plugin, 'Filter', status);
      verdicts.refuse(index, status, ranked);
      break;
    }
    const turn = breathe();
    if (turn) await turn;
  }
}
