import type { Status } from './contract.ts';

/** Why no node takes a pod. */
export interface Diagnosis {
  readonly nodeCount: number;
  /** Why each node does not; nodes that PreFilter left out included. */
  readonly failures: ReadonlyMap<string, Status>;
  /** The refusal of the pod as a whole, before any node was looked at. */
  readonly preFilterMessage?: string;
  readonly unschedulablePlugins: ReadonlySet<string>;
  readonly pendingPlugins: ReadonlySet<string>;
}

/** The pseudo-plugin that refuses pods while there is no node at all. */
export const noNodes = 'no nodes';

/** Upstream's message: reasons with the number of nodes each holds for, in the order of that text. */
export function fitErrorMessage({ nodeCount, failures, preFilterMessage }: Diagnosis, postFilterMessage = ''): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const why = preFilterMessage ?? reasonCounts(failures).join(', ');
  return `0/${nodeCount} nodes are available${why ? `: ${why}.` : ''}${postFilterMessage ? ` ${postFilterMessage}` : ''}`;
}

function reasonCounts(failures: ReadonlyMap<string, Status>): string[] {
  const counts = new Map<string, number>();
  for (const { reasons } of failures.values()) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
}

/** Sorts the refusals by what they wait for. */
export function refusingPlugins(statuses: Iterable<Status>): Pick<Diagnosis, 'unschedulablePlugins' | 'pendingPlugins'> {
  const unschedulablePlugins = new Set<string>();
  const pendingPlugins = new Set<string>();
  for (const { code, plugin } of statuses) if (plugin) (code === 'pending' ? pendingPlugins : unschedulablePlugins).add(plugin);
  return { unschedulablePlugins, pendingPlugins };
}
