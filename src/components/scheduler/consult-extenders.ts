import type { Pod } from '../../api/generated/core-v1.ts';
import type { NodeInfo, Status } from '../../extension-points/scheduling/contract.ts';
import { unresolvable, unschedulable } from '../../extension-points/scheduling/contract.ts';
import type { AttemptRecorder } from '../../extension-points/scheduling/decision.ts';
import type { ExtenderFilterResult, SchedulingExtender } from '../../extension-points/scheduling/extender.ts';
import { extenderPluginName } from '../../extension-points/scheduling/extender.ts';
import type { ScoreSheet } from './score-sheet.ts';

interface Deps {
  readonly extenders?: readonly SchedulingExtender[];
  readonly signal?: AbortSignal;
}

/** What an extender's score of 0 to 10 is multiplied with to match the scale of plugins. */
const scoreScale = 10;
const never = new AbortController().signal;

/**
 * The nodes that all extenders leave, and why the others went. Each is given what the one before it left. Throws when one fails that must not be passed over.
 */
export async function filterByExtenders(
  { extenders = [], signal = never }: Deps,
  pod: Pod,
  fitting: readonly NodeInfo[],
  record?: AttemptRecorder,
): Promise<{ readonly nodes: readonly NodeInfo[]; readonly refusals: ReadonlyMap<string, Status> }> {
  const refusals = new Map<string, Status>();
  let nodes = fitting;
  for (const extender of extenders) {
    if (nodes.length === 0) break;
    if (!extender.filter || !extender.isInterested(pod)) continue;
    const startedMs = performance.now();
    const told = { name: extender.name, verb: 'filter', nodesBefore: nodes.length } as const;
    try {
      const result = await extender.filter(pod, nodes, signal);
      const left = new Set(result.nodes.map(({ name }) => name));
      for (const { name } of nodes) if (!left.has(name)) refusals.set(name, refusalBy(result, name));
      nodes = result.nodes;
      record?.extended({ ...told, durationMilliseconds: performance.now() - startedMs, nodesAfter: nodes.length });
    } catch (error) {
      record?.extended({
        ...told,
        durationMilliseconds: performance.now() - startedMs,
        error: error instanceof Error ? error.message : String(error),
        ...(extender.isIgnorable ? { isIgnored: true } : {}),
      });
      if (!extender.isIgnorable) throw error;
    }
  }
  return { nodes, refusals };
}

/** Adds what extenders make of the nodes of a sheet. One that fails has no opinion. */
export async function prioritizeByExtenders({ extenders = [], signal = never }: Deps, pod: Pod, sheet: ScoreSheet, record?: AttemptRecorder): Promise<void> {
  const asked = extenders.filter((extender) => extender.prioritize && extender.isInterested(pod));
  if (asked.length === 0) return;
  const nodes = sheet.keepNodes();
  const positions = new Map(nodes.map(({ name }, position) => [name, position]));
  await Promise.all(
    asked.map(async (extender) => {
      const startedMs = performance.now();
      const told = { name: extender.name, verb: 'prioritize' } as const;
      try {
        const scores = [...(await extender.prioritize!(pod, nodes, signal))].flatMap(([nodeName, score]) => {
          const position = positions.get(nodeName);
          if (position === undefined) return [];
          const added = score * extender.weight * scoreScale;
          sheet.add(position, added);
          return [{ nodeName, score: added }];
        });
        record?.extended({ ...told, durationMilliseconds: performance.now() - startedMs, scores });
      } catch (error) {
        record?.extended({
          ...told,
          durationMilliseconds: performance.now() - startedMs,
          error: error instanceof Error ? error.message : String(error),
          isIgnored: true,
        });
      }
    }),
  );
}

function refusalBy({ failed, failedAndUnresolvable }: ExtenderFilterResult, name: string): Status {
  const final = failedAndUnresolvable.get(name);
  const status = final === undefined ? unschedulable(...[failed.get(name)].filter((reason) => reason !== undefined)) : unresolvable(final);
  return { ...status, plugin: extenderPluginName };
}
