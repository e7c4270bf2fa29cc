import type { Status } from './contract.ts';

/** Why no node takes a pod. */
export interface Diagnosis {
  readonly nodeCount: number;
  /** Why each node does not; nodes that PreFilter left out included. */
  readonly failures: Failures;
  /** The refusal of the pod as a whole, before any node was looked at. */
  readonly preFilterMessage?: string;
  readonly unschedulablePlugins: ReadonlySet<string>;
  readonly pendingPlugins: ReadonlySet<string>;
}

/** Refusals by node name. Large clusters keep them in columns and count them there. */
export interface Failures extends ReadonlyMap<string, Status> {
  counted?(): Iterable<readonly [status: Status, count: number]>;
}

/** The pseudo-plugin that refuses pods while there is no node at all. */
export const noNodes = 'no nodes';

/** Upstream's message: reasons with the number of nodes each holds for, in the order of that text. */
export function fitErrorMessage({ nodeCount, failures, preFilterMessage }: Diagnosis, postFilterMessage = ''): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const why = preFilterMessage ?? reasonCounts(failures).join(', ');
  return `0/${nodeCount} nodes are available:${why ? ` ${why}.` : ''}${postFilterMessage ? ` ${postFilterMessage}` : ''}`;
}

function reasonCounts(failures: Failures): string[] {
  const counts = new Map<string, number>();
  const counted = failures.counted?.() ?? failures.values().map((status) => [status, 1] as const);
  for (const [{ reasons }, count] of counted) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
}

/** Sorts the refusals by what they wait for. */
export function refusingPlugins(statuses: Iterable<Status>): Pick<Diagnosis, 'unschedulablePlugins' | 'pendingPlugins'> {
  const unschedulablePlugins = new Set<string>();
  const pendingPlugins = new Set<string>();
  for (const { code, plugin } of statuses) if (plugin) (code === 'pending' ? pendingPlugins : unschedulablePlugins).add(plugin);
  return { unschedulablePlugins, pendingPlugins };
}
