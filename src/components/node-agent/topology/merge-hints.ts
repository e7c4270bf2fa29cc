import type { ResourceHints, TopologyHint } from './contract.ts';
import { averageDistance, type NumaDistances } from './numa-distances.ts';
import { countOf, isNarrower, maskOf, type NumaMask } from './numa-mask.ts';

/** What hints are merged on. */
export interface NumaLayout {
  readonly nodeIds: readonly number[];
  readonly distances: NumaDistances;
  /** Of sets of as many nodes, those that are near to each other first. */
  readonly prefersClosest: boolean;
}

interface MergedHint {
  readonly affinity: NumaMask;
  readonly isPreferred: boolean;
}

/** One list of hints for each resource: what has no preference takes any node, what cannot be had takes any but is never preferred. */
export function hintLists(providers: readonly ResourceHints[]): (readonly TopologyHint[])[] {
  return providers.flatMap((hints) => {
    if (hints.size === 0) return [[{ affinity: undefined, isPreferred: true }]];
    return [...hints.values()].map((list) => {
      if (list === undefined) return [{ affinity: undefined, isPreferred: true }];
      return list.length === 0 ? [{ affinity: undefined, isPreferred: false }] : list;
    });
  });
}

/**
 * The best set of nodes over all choices of a hint from each list: what the chosen hints have in common. It is preferred when all hints are and name the same nodes.
 * Of preferred ones the narrowest (or closest) wins; of others the one that comes nearest to the width the resources need at least.
 */
export function mergeHints(lists: readonly (readonly TopologyHint[])[], layout: NumaLayout): MergedHint {
  const everywhere = maskOf(layout.nodeIds);
  const neededCount = Math.max(0, ...lists.map(narrowestCount));
  let best: MergedHint | undefined;
  for (const merged of mergedChoices(lists, everywhere)) if (merged.affinity !== 0n && (!best || isBetter(merged, best, neededCount, layout))) best = merged;
  return best ?? { affinity: everywhere, isPreferred: false };
}

/** What all choices amount to. Many amount to the same, so lists are taken in one after another and only what differs is kept: the number of choices does not matter. */
function mergedChoices(lists: readonly (readonly TopologyHint[])[], everywhere: NumaMask): MergedHint[] {
  /** The nodes that all hints so far name, each of them preferred. */
  let preferred = new Set<NumaMask | undefined>([undefined]);
  let others = new Set<NumaMask>();
  for (const list of lists) {
    const nextPreferred = new Set<NumaMask | undefined>();
    const nextOthers = new Set<NumaMask>();
    for (const { affinity, isPreferred } of list) {
      for (const named of preferred) {
        const isSame = named === undefined || affinity === undefined || named === affinity;
        if (isPreferred && isSame) nextPreferred.add(named ?? affinity);
        else nextOthers.add((named ?? everywhere) & (affinity ?? everywhere));
      }
      for (const common of others) nextOthers.add(common & (affinity ?? everywhere));
    }
    preferred = nextPreferred;
    others = nextOthers;
  }
  return [
    ...[...preferred].map((named) => ({ affinity: everywhere & (named ?? everywhere), isPreferred: true })),
    ...[...others].map((common) => ({ affinity: everywhere & common, isPreferred: false })),
  ];
}

function narrowestCount(list: readonly TopologyHint[]): number {
  const counts = list.flatMap(({ affinity }) => (affinity === undefined ? [] : [countOf(affinity)]));
  return counts.length === 0 ? 0 : Math.min(...counts);
}

function isBetter(candidate: MergedHint, current: MergedHint, neededCount: number, layout: NumaLayout): boolean {
  if (candidate.isPreferred !== current.isPreferred) return candidate.isPreferred;
  if (candidate.isPreferred) return isCloser(candidate.affinity, current.affinity, layout);
  const has = countOf(current.affinity);
  const would = countOf(candidate.affinity);
  if (has > neededCount) return isCloser(candidate.affinity, current.affinity, layout);
  if (has === neededCount) return would === neededCount && isCloser(candidate.affinity, current.affinity, layout);
  if (would > neededCount) return false;
  if (would !== has) return would > has;
  return isCloser(candidate.affinity, current.affinity, layout);
}

function isCloser(candidate: NumaMask, current: NumaMask, { prefersClosest, distances }: NumaLayout): boolean {
  if (!prefersClosest || countOf(candidate) !== countOf(current)) return isNarrower(candidate, current);
  const difference = averageDistance(candidate, distances) - averageDistance(current, distances);
  return difference === 0 ? candidate < current : difference < 0;
}
