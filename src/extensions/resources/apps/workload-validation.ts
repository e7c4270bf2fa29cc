import type { ReplicaSet } from '../../../api/generated/apps-v1.ts';
import type { PodTemplateSpec } from '../../../api/generated/core-v1.ts';
import type { LabelSelector } from '../../../api/generated/meta-v1.ts';
import { type Selector, selectorFromObject } from '../../../api/label-selector.ts';
import { percentProblems } from '../../../api/names.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { typedDraft } from '../../../extension-points/resources/subresources.ts';
import { validateLabelSelector } from '../core/pod-scheduling-validation.ts';
import { validatePodTemplate } from '../core/pod-spec-validation.ts';

/** Compiles a selector that may still be incomplete. Only for selectors without errors of their own. */
export const compileSelector = (selector: Loose<LabelSelector> | undefined): Selector =>
  selectorFromObject(
    selector && {
      matchLabels: selector.matchLabels,
      matchExpressions: selector.matchExpressions?.map(({ key = '', operator = '', values }) => ({ key, operator, values })),
    },
  );

export interface Workload {
  readonly selector: Loose<LabelSelector> | undefined;
  readonly template: Loose<PodTemplateSpec> | undefined;
  /** The stored object; absent on create. */
  readonly old?: UntypedObject | undefined;
}

/**
 * Selector and template of a workload whose pods run for ever. `kind` as messages call it (`deployment`), `kindOfTemplate` as they call it there (`ReplicaSet`).
 */
export function validateWorkload({ selector, template, old }: Workload, { kind, kindOfTemplate }: { kind: string; kindOfTemplate: string }): FieldError[] {
  const errors: FieldError[] = [];
  // Upstream's empty selector matches nothing, so it misses the template too.
  if (!selector) errors.push(fieldError.required('spec.selector'), mismatch(template?.metadata?.labels));
  else {
    errors.push(...validateLabelSelector(selector, 'spec.selector'));
    if (isEmptySelector(selector)) errors.push(fieldError.invalid('spec.selector', selector, `empty selector is invalid for ${kind}`));
    else if (errors.length > 0) errors.push(fieldError.invalid('spec.selector', selector, 'invalid label selector'));
    else errors.push(...validateMatch(selector, template));
  }
  return [
    ...errors,
    ...validatePodTemplate(template, 'spec.template', old && typedDraft<ReplicaSet>(old).spec?.template),
    ...validateRunsForever(template, kindOfTemplate),
  ];
}

export const isEmptySelector = (selector: Loose<LabelSelector>): boolean =>
  Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions?.length ?? 0) === 0;

function validateMatch(selector: Loose<LabelSelector>, template: Loose<PodTemplateSpec> | undefined): FieldError[] {
  const labels = template?.metadata?.labels ?? {};
  return compileSelector(selector).matches(labels) ? [] : [mismatch(template?.metadata?.labels)];
}

const mismatch = (labels: Readonly<Record<string, string>> | undefined): FieldError =>
  fieldError.invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`');

/** Pods that a controller replaces must restart always and never end by themselves. */
export function validateRunsForever(template: Loose<PodTemplateSpec> | undefined, kind: string): FieldError[] {
  const errors: FieldError[] = [];
  const policy = template?.spec?.restartPolicy;
  if (policy !== undefined && policy !== 'Always') errors.push(fieldError.notSupported('spec.template.spec.restartPolicy', policy, ['Always']));
  if (template?.spec?.activeDeadlineSeconds !== undefined)
    errors.push(fieldError.forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${kind} is not Supported`));
  return errors;
}

/** A count, or a share such as `25%`. */
export function validateIntOrPercent(value: number | string | undefined, path: string): FieldError[] {
  if (typeof value === 'string') return percentProblems(value).map((detail) => fieldError.invalid(path, value, detail));
  return (value ?? 0) < 0 ? [fieldError.invalid(path, value, 'must be greater than or equal to 0')] : [];
}

/** The number in a count or a share. */
export const numberIn = (value: number | string | undefined): number => (typeof value === 'string' ? Number.parseInt(value, 10) || 0 : (value ?? 0));

/** A share may not exceed the whole. */
export const validateNotMoreThanAll = (value: number | string | undefined, path: string): FieldError[] =>
  typeof value === 'string' && numberIn(value) > 100 ? [fieldError.invalid(path, value, 'must not be greater than 100%')] : [];
