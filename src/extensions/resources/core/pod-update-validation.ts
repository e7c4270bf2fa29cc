import type { Container, NodeAffinity, Pod, PodSpec } from '../../../api/generated/core-v1.ts';
import { rangeMessage } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { validateImagePadding } from './container-validation.ts';
import { eachAt, requiredAt } from './field-checks.ts';
import { jsonDifference } from './json-difference.ts';
import { validateAddedTolerations } from './pod-scheduling-validation.ts';

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** What may change in the spec of a stored pod (upstream's `ValidatePodUpdate`). */
export function validatePodUpdate(pod: Draft<Pod>, oldPod: Draft<Pod>): FieldError[] {
  const spec = pod.spec ?? {};
  const old = oldPod.spec ?? {};
  const errors: FieldError[] = [];
  for (const field of ['containers', 'initContainers'] as const) {
    const list = spec[field] ?? [];
    if (list.length !== (old[field]?.length ?? 0)) return [...errors, fieldError.forbidden(`spec.${field}`, 'pod updates may not add or remove containers')];
    errors.push(...eachAt(list, `spec.${field}`, (container, at) => [...requiredAt(container.image, `${at}.image`), ...validateImagePadding(container, at)]));
  }
  const deadline = validateDeadline(spec.activeDeadlineSeconds, old.activeDeadlineSeconds);
  errors.push(...deadline);
  if (deadline.length > 0 && spec.activeDeadlineSeconds !== undefined) return errors;
  errors.push(...validateAddedTolerations(spec.tolerations ?? [], old.tolerations ?? [], 'spec.tolerations'), ...validateGates(spec, old));
  if (sameValue(spec, old)) return errors;
  const { rest, errors: gatedErrors } = withoutChangeable(spec, old);
  errors.push(...gatedErrors);
  if (!sameValue(rest, old))
    errors.push(fieldError.forbidden('spec', `pod updates may not change fields other than ${changeable}\n${jsonDifference(old, rest)}`));
  return errors;
}

function validateDeadline(value: number | undefined, old: number | undefined): FieldError[] {
  const path = 'spec.activeDeadlineSeconds';
  if (value === undefined) return old === undefined ? [] : [fieldError.invalid(path, null, 'must not update from a positive integer to nil value')];
  if (value < 0 || value > 2_147_483_647) return [fieldError.invalid(path, value, rangeMessage(0, 2_147_483_647))];
  return old !== undefined && old < value ? [fieldError.invalid(path, value, 'must be less than or equal to previous value')] : [];
}

function validateGates(spec: Loose<PodSpec>, old: Loose<PodSpec>): FieldError[] {
  const known = new Set(old.schedulingGates?.map((gate) => gate.name));
  return eachAt(spec.schedulingGates, 'spec.schedulingGates', (gate, at) =>
    known.has(gate.name) ? [] : [fieldError.forbidden(`${at}.name`, `only deletion is allowed, but found new scheduling gate '${gate.name ?? ''}'`)],
  );
}

/** The new spec with everything that may change put back to what it was. */
function withoutChangeable(spec: Loose<PodSpec>, old: Loose<PodSpec>): { rest: Loose<PodSpec>; errors: FieldError[] } {
  const withOldImages = (list: Loose<Container>[] | undefined, oldList: Loose<Container>[] | undefined): Loose<Container>[] | undefined =>
    list?.map((container, index) => ({ ...container, image: oldList?.[index]?.image }));
  const rest: Loose<PodSpec> = {
    ...spec,
    containers: withOldImages(spec.containers, old.containers),
    initContainers: withOldImages(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    schedulingGates: old.schedulingGates,
    tolerations: old.tolerations,
  };
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1)
    rest.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  if ((old.schedulingGates?.length ?? 0) === 0) return { rest, errors: [] };
  const errors = [...validateNodeSelectorGrowth(rest, old), ...validateNodeAffinityGrowth(rest.affinity?.nodeAffinity, old.affinity?.nodeAffinity)];
  rest.nodeSelector = old.nodeSelector;
  const hasOthers = (rest.affinity?.podAffinity ?? rest.affinity?.podAntiAffinity) !== undefined;
  rest.affinity = old.affinity || hasOthers ? { ...rest.affinity, nodeAffinity: old.affinity?.nodeAffinity } : undefined;
  return { rest, errors };
}

/** A gated pod may be restricted to fewer nodes, never to others. */
function validateNodeSelectorGrowth(spec: Loose<PodSpec>, old: Loose<PodSpec>): FieldError[] {
  const kept = Object.entries(old.nodeSelector ?? {}).every(([key, value]) => spec.nodeSelector?.[key] === value);
  return kept
    ? []
    : [fieldError.invalid('spec.nodeSelector', spec.nodeSelector ?? {}, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)')];
}

function validateNodeAffinityGrowth(affinity: Loose<NodeAffinity> | undefined, old: Loose<NodeAffinity> | undefined): FieldError[] {
  const field = 'requiredDuringSchedulingIgnoredDuringExecution';
  const path = `spec.affinity.nodeAffinity.${field}.nodeSelectorTerms`;
  const oldTerms = old?.[field]?.nodeSelectorTerms;
  if (!oldTerms) return [];
  const terms = affinity?.[field]?.nodeSelectorTerms ?? [];
  if (terms.length !== oldTerms.length) return [fieldError.invalid(path, terms, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')];
  return eachAt(terms, path, (term, at, index) => {
    const before = oldTerms[index] ?? {};
    const isPrefix = (list: unknown[] = [], oldList: unknown[] = []): boolean =>
      list.length >= oldList.length && sameValue(list.slice(0, oldList.length), oldList);
    const isKept = isPrefix(term.matchExpressions, before.matchExpressions) && isPrefix(term.matchFields, before.matchFields);
    return isKept ? [] : [fieldError.invalid(at, term, 'only additions are allowed (no mutations or deletions)')];
  });
}
