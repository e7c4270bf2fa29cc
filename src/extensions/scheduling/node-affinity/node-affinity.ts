import type { Node, NodeSelector, NodeSelectorTerm, Pod, PreferredSchedulingTerm } from '../../../api/generated/core-v1.ts';
import type { PreFilterResult, SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { skip, success, unresolvable } from '../../../extension-points/scheduling/contract.ts';
import { matchesNodeSelector, matchesNodeSelectorTerm, matchesRequiredNodeAffinity } from '../../../extension-points/scheduling/node-selector.ts';
import { scaleColumnToMaximum, scaleToMaximum } from '../../../extension-points/scheduling/normalize-scores.ts';

/** `NodeAffinityArgs`: affinity that every pod of the scheduler has on top of its own. */
export interface NodeAffinityArgs {
  readonly addedAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector;
    readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly PreferredSchedulingTerm[];
  };
}

const stateKey = 'PreScoreNodeAffinity';

/** Keeps pods to the nodes that their `nodeSelector` and required node affinity name, and prefers those of their preferred terms. */
export default function nodeAffinity(args?: unknown): SchedulingPlugin {
  const { addedAffinity } = (args ?? {}) as NodeAffinityArgs;
  const addedRequired = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const preferredOf = (pod: Pod): PreferredSchedulingTerm[] => [
    ...(addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
  ];
  const admits = (node: Node, pod: Pod): boolean => (!addedRequired || matchesNodeSelector(addedRequired, node)) && matchesRequiredNodeAffinity(pod, node);

  return {
    preFilter: (_state, pod) => (hasRequirements(pod) || addedRequired ? narrow(pod) : { status: skip }),
    filter(_state, pod, { node }) {
      if (addedRequired && !matchesNodeSelector(addedRequired, node)) return unresolvable("node(s) didn't match scheduler-enforced node affinity");
      return matchesRequiredNodeAffinity(pod, node) ? success : refusal;
    },
    preScore(state, pod) {
      const terms = preferredOf(pod);
      if (terms.length === 0) return skip;
      state.write(stateKey, terms);
      return success;
    },
    score(state, pod, { node }) {
      let sum = 0;
      for (const { weight, preference } of state.read<PreferredSchedulingTerm[]>(stateKey) ?? preferredOf(pod))
        if (matchesNodeSelectorTerm(preference, node)) sum += weight;
      return sum;
    },
    normalizeScores: (_state, _pod, scores) => scaleToMaximum(scores),
    normalizeAll: (_state, _pod, _table, _indexes, scores) => scaleColumnToMaximum(scores),
    sign: ({ spec }) => [spec?.nodeSelector, spec?.affinity?.nodeAffinity],
    eventsToRegister: () => [
      {
        event: { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'] },
        hint: (pod, old, current) => (admits(current as Node, pod) && !(old && admits(old as Node, pod)) ? 'queue' : 'skip'),
      },
    ],
  };
}

const refusal = unresolvable("node(s) didn't match Pod's node affinity/selector");

const requiredTerms = (pod: Pod): readonly NodeSelectorTerm[] | undefined =>
  pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;

const hasRequirements = (pod: Pod): boolean => requiredTerms(pod) !== undefined || Object.keys(pod.spec?.nodeSelector ?? {}).length > 0;

/** When every term names its nodes by `metadata.name`, only those need to be looked at. */
function narrow(pod: Pod): PreFilterResult {
  const terms = requiredTerms(pod);
  if (!terms || terms.length === 0) return { status: success };
  const all = new Set<string>();
  for (const term of terms) {
    const names = namesOf(term);
    if (!names) return { status: success };
    for (const name of names) all.add(name);
  }
  return all.size === 0 ? { status: unresolvable('pod affinity terms conflict') } : { status: success, nodeNames: all };
}

/** The nodes a term names; undefined when it does not name any. */
function namesOf({ matchFields = [] }: NodeSelectorTerm): Set<string> | undefined {
  let names: Set<string> | undefined;
  for (const { key, operator, values = [] } of matchFields) {
    if (key !== 'metadata.name' || operator !== 'In') continue;
    names = names ? names.intersection(new Set(values)) : new Set(values);
  }
  return names;
}
