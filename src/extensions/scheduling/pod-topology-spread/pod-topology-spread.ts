import type { Node, Pod, TopologySpreadConstraint } from '../../../api/generated/core-v1.ts';
import type { CycleState, SchedulingHandle, SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { skip, success } from '../../../extension-points/scheduling/contract.ts';
import { createDefaultSelector } from './default-selector.ts';
import { HardConstraints } from './hard-constraints.ts';
import type { SoftConstraints } from './soft-constraints.ts';
import { favourEmptiest, spreadScore, weighSoftConstraints } from './soft-constraints.ts';
import { createConstraintSource, hostnameKey } from './spread-constraints.ts';
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
export default function podTopologySpread(args: unknown, handle: Pick<SchedulingHandle, 'snapshot' | 'informers'>): SchedulingPlugin {
  const { isSystemDefaulted, defaults } = defaultsOf((args ?? {}) as PodTopologySpreadArgs);
  const constraints = createConstraintSource(defaults, createDefaultSelector(handle.informers));

  return {
    preFilter(state, pod, nodes) {
      const hard = constraints.hard(pod);
      if (hard.length === 0) return { status: skip };
      state.write(filterKey, HardConstraints.count(pod, hard, nodes));
      return { status: success };
    },
    addPod: (state, _pod, other, { node }) => (counted(state).change(other, node, 1), success),
    removePod: (state, _pod, other, { node }) => (counted(state).change(other, node, -1), success),
    filter: (state, _pod, { node }) => counted(state).judge(node),
    preScore(state, pod, fitting) {
      const nodes = handle.snapshot();
      const soft = nodes.length === 0 ? [] : constraints.soft(pod);
      if (soft.length === 0) return skip;
      const needsAllKeys = (pod.spec?.topologySpreadConstraints?.length ?? 0) > 0 || !isSystemDefaulted;
      state.write(scoreKey, weighSoftConstraints(pod, soft, { fitting, nodes, needsAllKeys }));
      return success;
    },
    score: (state, pod, node) => spreadScore(weighed(state), pod, node),
    normalizeScores: (state, _pod, scores) => favourEmptiest(weighed(state), scores),
    eventsToRegister: () => [
      {
        event: { resource: 'Pod', actions: ['Add', 'UpdatePodLabel', 'UpdatePodToleration', 'Delete'] },
        hint: (pod, old, current) => (mayHelpAsPod(pod, constraints.hard(pod), old as Pod | undefined, current as Pod | undefined) ? 'queue' : 'skip'),
      },
      {
        event: { resource: 'Node', actions: ['Add', 'Delete', 'UpdateNodeLabel', 'UpdateNodeTaint'] },
        hint: (pod, old, current) => (mayHelpAsNode(constraints.hard(pod), old as Node | undefined, current as Node | undefined) ? 'queue' : 'skip'),
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

const counted = (state: CycleState): HardConstraints => found(state, filterKey);
const weighed = (state: CycleState): SoftConstraints => found(state, scoreKey);

function found<T>(state: CycleState, key: string): T {
  const value = state.read<T>(key);
  if (value === undefined) throw new Error(`error reading "${key}" from cycleState: not found`);
  return value;
}
