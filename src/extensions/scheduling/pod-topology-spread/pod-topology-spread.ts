import type { Node, Pod, TopologySpreadConstraint } from '../../../api/generated/core-v1.ts';
import type { CycleState, SchedulingPlugin, Status } from '../../../extension-points/scheduling/contract.ts';
import { skip, success } from '../../../extension-points/scheduling/contract.ts';
import type { ObservingHandle } from '../../../extension-points/scheduling/topology/placement-counts.ts';
import { placementCountsOf } from '../../../extension-points/scheduling/topology/placement-counts.ts';
import { ConstraintSource } from './constraint-source.ts';
import { createDefaultSelector } from './default-selector.ts';
import { HardConstraints } from './hard-constraints.ts';
import type { ScoredNodes } from './scored-nodes.ts';
import { scoredNodes, scoredNodesOfTable } from './scored-nodes.ts';
import { SoftConstraints } from './soft-constraints.ts';
import { hostnameKey } from './spread-constraints.ts';
import { mayHelpAsNode, mayHelpAsPod } from './wake-up.ts';

/** `PodTopologySpreadArgs`. */
export interface PodTopologySpreadArgs {
  /** For pods that have none; without selectors, which come from services and controlling sets. */
  readonly defaultConstraints?: readonly TopologySpreadConstraint[];
  /** Default `System`: pods of a service or set prefer to be spread over nodes and zones. `List`: `defaultConstraints`. */
  readonly defaultingType?: 'System' | 'List';
}

const systemDefaults: readonly TopologySpreadConstraint[] = [
  { topologyKey: hostnameKey, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
];

const filterKey = 'PreFilterPodTopologySpread';
const scoreKey = 'PreScorePodTopologySpread';

/** Spreads pods evenly over domains: constraints of kind `DoNotSchedule` refuse nodes, others score them. Throws for arguments that contradict each other. */
export default function podTopologySpread(args: unknown, handle: ObservingHandle): SchedulingPlugin {
  const { isSystemDefaulted, defaults } = defaultsOf((args ?? {}) as PodTopologySpreadArgs);
  const source = new ConstraintSource(defaults, { isSystemDefaulted, defaultSelector: createDefaultSelector(handle.informers) });
  const placements = placementCountsOf(handle);
  const weigh = (state: CycleState, pod: Pod, findScored: (requiredKeys: readonly string[]) => ScoredNodes): Status => {
    const constraints = placements.nodeTotal === 0 ? [] : source.soft(pod);
    if (constraints.length === 0) return skip;
    const needsAllKeys = source.needsAllKeys(pod);
    const scored = findScored(needsAllKeys ? constraints.map(({ topologyKey }) => topologyKey) : []);
    state.write(scoreKey, new SoftConstraints(pod, constraints, { placements, scored, needsAllKeys }));
    return success;
  };

  return {
    preFilter(state, pod) {
      const hard = source.hard(pod);
      if (hard.length === 0) return { status: skip };
      state.write(filterKey, HardConstraints.find(pod, hard, placements));
      return { status: success };
    },
    addPod: (state, _pod, other, { node }) => (hardIn(state).change(other, node, 1), success),
    removePod: (state, _pod, other, { node }) => (hardIn(state).change(other, node, -1), success),
    filter: (state, _pod, { node }) => hardIn(state).judge(node),
    filterAll: (state, _pod, table, verdicts) => hardIn(state).judgeAll(table, verdicts),
    preScore: (state, pod, fitting) => weigh(state, pod, (requiredKeys) => scoredNodes(fitting, requiredKeys)),
    preScoreAll: (state, pod, table, indexes) => weigh(state, pod, (requiredKeys) => scoredNodesOfTable(table, indexes, requiredKeys)),
    score: (state, _pod, node) => softIn(state).scoreOf(node),
    scoreAll: (state, _pod, table, indexes, scores) => softIn(state).scoreAll(table, indexes, scores),
    normalizeScores: (state, _pod, scores) => softIn(state).favourEmptiest(scores),
    normalizeAll: (state, _pod, table, indexes, scores) => softIn(state).favourAllEmptiest(table, indexes, scores),
    eventsToRegister: () => [
      {
        event: { resource: 'Pod', actions: ['Add', 'UpdatePodLabel', 'UpdatePodToleration', 'Delete'] },
        hint: (pod, old, current) => (mayHelpAsPod(pod, source.hard(pod), old as Pod | undefined, current as Pod | undefined) ? 'queue' : 'skip'),
      },
      {
        event: { resource: 'Node', actions: ['Add', 'Delete', 'UpdateNodeLabel', 'UpdateNodeTaint'] },
        hint: (pod, old, current) => (mayHelpAsNode(source.hard(pod), old as Node | undefined, current as Node | undefined) ? 'queue' : 'skip'),
      },
    ],
  };
}

function defaultsOf({ defaultConstraints = [], defaultingType = 'System' }: PodTopologySpreadArgs): {
  isSystemDefaulted: boolean;
  defaults: readonly TopologySpreadConstraint[];
} {
  if (defaultingType !== 'System' && defaultingType !== 'List')
    throw new Error(`defaultingType: Unsupported value: ${JSON.stringify(defaultingType)}: supported values: "List", "System"`);
  if (defaultingType === 'System' && defaultConstraints.length > 0)
    throw new Error('defaultingType: Invalid value: "System": when .defaultConstraints are not empty');
  const index = defaultConstraints.findIndex(({ labelSelector }) => labelSelector);
  if (index >= 0) throw new Error(`defaultConstraints[${index}].labelSelector: Forbidden: constraint must not define a selector, as they deduced for each pod`);
  return { isSystemDefaulted: defaultingType === 'System', defaults: defaultingType === 'System' ? systemDefaults : defaultConstraints };
}

const hardIn = (state: CycleState): HardConstraints => found(state, filterKey);
const softIn = (state: CycleState): SoftConstraints => found(state, scoreKey);

function found<T>(state: CycleState, key: string): T {
  const value = state.read<T>(key);
  if (value === undefined) throw new Error(`error reading "${key}" from cycleState: not found`);
  return value;
}
