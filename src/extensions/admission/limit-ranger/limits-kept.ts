import type { LimitRange, LimitRangeItem, PersistentVolumeClaim, PodSpec, ResourceList } from '../../../api/generated/core-v1.ts';
import { type Amounts, readAmounts } from '../../../extension-points/admission/quota/amounts.ts';
import { aggregate } from '../../../extension-points/admission/quota/pod-resources.ts';
import { type Bound, belowMinimum, beyondMaximum, beyondMaximumRequest, beyondRatio } from './limit-rules.ts';

interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** Where a pod is outside of a limit range, in the order of its items. */
export const podProblems = (spec: PodSpec, { spec: range }: LimitRange): string[] =>
  (range?.limits ?? []).flatMap((item) => {
    if (item.type === 'Pod') return problemsOf(item, askedByPod(spec));
    if (item.type !== 'Container') return [];
    return [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
      problemsOf(item, { requests: readAmounts(resources?.requests), limits: readAmounts(resources?.limits) }),
    );
  });

/** Where a claim of a volume is. Only what it requests counts. */
export const claimProblems = ({ spec }: PersistentVolumeClaim, { spec: range }: LimitRange): string[] =>
  (range?.limits ?? []).flatMap((item) => {
    if (item.type !== 'PersistentVolumeClaim') return [];
    const requests = readAmounts(spec?.resources?.requests);
    return [
      ...each(item, item.min, (bound) => belowMinimum(bound, requests, new Map())),
      ...each(item, item.max, (bound) => beyondMaximumRequest(bound, requests)),
    ];
  });

function problemsOf(item: LimitRangeItem, { requests, limits }: Asked): string[] {
  return [
    ...each(item, item.min, (bound) => belowMinimum(bound, requests, limits)),
    ...each(item, item.max, (bound) => beyondMaximum(bound, requests, limits)),
    ...each(item, item.maxLimitRequestRatio, (bound) => beyondRatio(bound, requests, limits)),
  ];
}

/** Upstream goes through resources in no order; here it is that of their names. */
function each({ type }: LimitRangeItem, list: ResourceList | undefined, problemWith: (bound: Bound) => string | undefined): string[] {
  const problems: string[] = [];
  for (const [resource, enforced] of [...readAmounts(list)].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const problem = problemWith({ type, resource, enforced });
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

/** Without overhead; of what the pod asks for as a whole, CPU and memory take the place of its containers' sum. */
function askedByPod(spec: PodSpec): Asked {
  const of = (field: 'requests' | 'limits'): Amounts => {
    const total = aggregate(spec, ({ resources }) => readAmounts(resources?.[field]));
    for (const [name, amount] of readAmounts(spec.resources?.[field])) if (name === 'cpu' || name === 'memory') total.set(name, amount);
    return total;
  };
  return { requests: of('requests'), limits: of('limits') };
}
