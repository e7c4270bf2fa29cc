import type { Job, JobSpec, PodFailurePolicyRule, SuccessPolicyRule } from '../../../api/generated/batch-v1.ts';
import { dns1123LabelProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { WriteContext } from '../../../extension-points/resources/contract.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { validateImmutable, validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { typedDraft } from '../../../extension-points/resources/subresources.ts';
import { compileSelector } from '../apps/workload-validation.ts';
import { eachAt, oneOfAt, optionalOneOfAt, qualifiedNameAt } from '../core/field-checks.ts';
import { validateLabelSelector } from '../core/pod-scheduling-validation.ts';
import { validatePodTemplate } from '../core/pod-spec-validation.ts';

type Spec = Loose<JobSpec>;
const indexedCompletionsLimit = 1_000_000_000;
const parallelismLimitOfIndexed = 100_000;
const schedulingFields = ['nodeSelector', 'tolerations', 'affinity', 'schedulingGates'] as const;

/** Upstream's `ValidateJob`. */
export function validateJob(job: Draft<Job>, { old }: WriteContext): FieldError[] {
  const spec = job.spec ?? {};
  const errors = validateJobSpec(spec, 'spec', old && typedDraft<Job>(old).spec);
  if (!spec.selector) errors.push(fieldError.required('spec.selector'));
  else errors.push(...validateLabelSelector(spec.selector, 'spec.selector'));
  const labels = spec.template?.metadata?.labels ?? {};
  if (spec.selector && errors.length === 0 && !compileSelector(spec.selector).matches(labels)) {
    errors.push(fieldError.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  return [...errors, ...validateHostname(job)];
}

/** The name of an indexed pod is its host name, so it must stay a label with the index at its end. */
function validateHostname({ metadata, spec }: Draft<Job>): FieldError[] {
  if (spec?.completionMode !== 'Indexed' || spec.completions === undefined || spec.completions <= 0 || !metadata.name) return [];
  const longest = `${metadata.name}-${spec.completions - 1}`;
  return dns1123LabelProblems(longest).length === 0
    ? []
    : [fieldError.invalid('metadata.name', metadata.name, `will not able to create pod with invalid DNS label: ${longest}`)];
}

/** The part that cron jobs hold too. `old` is what is stored; absent on create. */
export function validateJobSpec(spec: Spec, path: string, old?: Spec): FieldError[] {
  const counts = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const;
  return [
    ...counts.flatMap((field) => validateNotNegative(spec[field], `${path}.${field}`)),
    ...optionalOneOfAt(spec.completionMode, ['NonIndexed', 'Indexed'], `${path}.completionMode`),
    ...validateIndexing(spec, path),
    ...(spec.podFailurePolicy ? validateFailurePolicy(spec, path) : []),
    ...(spec.successPolicy ? validateSuccessPolicy(spec, path) : []),
    ...validateReplacement(spec, path),
    ...(spec.managedBy === undefined ? [] : validateManagedBy(spec.managedBy, `${path}.managedBy`)),
    ...validatePodTemplate(spec.template, `${path}.template`, old?.template),
    ...validateRestartPolicy(spec.template?.spec?.restartPolicy, `${path}.template.spec.restartPolicy`),
  ];
}

function validateIndexing(spec: Spec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.completionMode === 'Indexed') {
    if (spec.completions === undefined) errors.push(fieldError.required(`${path}.completions`, 'when completion mode is Indexed'));
    else if (spec.completions > indexedCompletionsLimit)
      errors.push(
        fieldError.invalid(`${path}.completions`, spec.completions, `must be less than or equal to ${indexedCompletionsLimit} when completion mode is Indexed`),
      );
    if ((spec.parallelism ?? 0) > parallelismLimitOfIndexed)
      errors.push(
        fieldError.invalid(
          `${path}.parallelism`,
          spec.parallelism,
          `must be less than or equal to ${parallelismLimitOfIndexed} when completion mode is Indexed`,
        ),
      );
  } else if (spec.backoffLimitPerIndex !== undefined) {
    errors.push(fieldError.invalid(`${path}.backoffLimitPerIndex`, spec.backoffLimitPerIndex, 'requires indexed completion mode'));
  }
  if (spec.maxFailedIndexes === undefined) return errors;
  if (spec.completionMode !== 'Indexed') errors.push(fieldError.invalid(`${path}.maxFailedIndexes`, spec.maxFailedIndexes, 'requires indexed completion mode'));
  if (spec.backoffLimitPerIndex === undefined) errors.push(fieldError.required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  if (spec.completions !== undefined && spec.maxFailedIndexes > spec.completions)
    errors.push(fieldError.invalid(`${path}.maxFailedIndexes`, spec.maxFailedIndexes, 'must be less than or equal to completions'));
  return errors;
}

function validateReplacement(spec: Spec, path: string): FieldError[] {
  const policy = spec.podReplacementPolicy;
  const supported = spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return optionalOneOfAt(policy, supported, `${path}.podReplacementPolicy`);
}

const validateManagedBy = (name: string, path: string): FieldError[] =>
  name.length > 63
    ? [fieldError.tooLong(path, 63)]
    : /^[a-z0-9.-]+\/.+$/.test(name)
      ? qualifiedNameAt(name, path)
      : [fieldError.invalid(path, name, 'must be a domain-prefixed path (such as "acme.io/foo")')];

function validateRestartPolicy(policy: string | undefined, path: string): FieldError[] {
  if (policy === 'OnFailure' || policy === 'Never') return [];
  // `Always` may be what defaulting filled in, so the author reads what to write.
  if (!policy || policy === 'Always') return [fieldError.required(path, 'valid values: "OnFailure", "Never"')];
  return [fieldError.notSupported(path, policy, ['OnFailure', 'Never'])];
}

function validateFailurePolicy(spec: Spec, path: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const at = `${path}.podFailurePolicy`;
  const errors: FieldError[] = [];
  if (spec.template?.spec?.restartPolicy !== 'Never')
    errors.push(
      fieldError.invalid(
        `${path}.template.spec.restartPolicy`,
        spec.template?.spec?.restartPolicy ?? '',
        'only "Never" is supported when podFailurePolicy is specified',
      ),
    );
  if (rules.length > 20) errors.push({ path: `${at}.rules`, type: 'FieldValueTooMany', value: rules.length, detail: 'must have at most 20 items' });
  const names = [...(spec.template?.spec?.containers ?? []), ...(spec.template?.spec?.initContainers ?? [])].map((container) => container.name ?? '');
  return [...errors, ...eachAt(rules, `${at}.rules`, (rule, rulePath) => validateFailureRule(rule, spec, names, rulePath))];
}

function validateFailureRule(rule: Loose<PodFailurePolicyRule>, spec: Spec, containers: readonly string[], path: string): FieldError[] {
  const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
  const errors = oneOfAt(rule.action, actions, `${path}.action`);
  if (rule.action === 'FailIndex' && spec.backoffLimitPerIndex === undefined)
    errors.push(fieldError.invalid(`${path}.action`, rule.action, 'requires the backoffLimitPerIndex to be set'));
  const patterns = rule.onPodConditions ?? [];
  if (rule.onExitCodes && patterns.length > 0)
    errors.push(fieldError.invalid(path, '<omitted>', 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (!rule.onExitCodes && patterns.length === 0)
    errors.push(fieldError.invalid(path, '<omitted>', 'specifying one of OnExitCodes and OnPodConditions is required'));
  if (rule.onExitCodes) errors.push(...validateExitCodes(rule.onExitCodes, containers, `${path}.onExitCodes`));
  return [
    ...errors,
    ...eachAt(patterns, `${path}.onPodConditions`, (pattern, at) => [
      ...qualifiedNameAt(pattern.type ?? '', `${at}.type`),
      ...oneOfAt(pattern.status, ['False', 'True', 'Unknown'], `${at}.status`),
    ]),
  ];
}

function validateExitCodes(
  { containerName, operator, values = [] }: NonNullable<Loose<PodFailurePolicyRule>['onExitCodes']>,
  containers: readonly string[],
  path: string,
): FieldError[] {
  const errors = oneOfAt(operator, ['In', 'NotIn'], `${path}.operator`);
  if (containerName !== undefined && !containers.includes(containerName))
    errors.push(fieldError.invalid(`${path}.containerName`, containerName, 'must be one of the container or initContainer names in the pod template'));
  if (values.length === 0) errors.push(fieldError.invalid(`${path}.values`, values, 'at least one value is required'));
  else if (values.length > 255) errors.push({ path: `${path}.values`, type: 'FieldValueTooMany', value: values.length, detail: 'must have at most 255 items' });
  const isOrdered = values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0));
  if (!isOrdered) errors.push(fieldError.invalid(`${path}.values`, values, 'must be ordered'));
  return operator === 'In' && values.includes(0)
    ? [...errors, fieldError.invalid(`${path}.values[${values.indexOf(0)}]`, 0, 'must not be 0 for the In operator')]
    : errors;
}

function validateSuccessPolicy(spec: Spec, path: string): FieldError[] {
  const rules = spec.successPolicy?.rules ?? [];
  const at = `${path}.successPolicy`;
  if (spec.completionMode !== 'Indexed') return [fieldError.invalid(at, spec.successPolicy, 'requires indexed completion mode')];
  const errors: FieldError[] = [];
  if (rules.length === 0) errors.push(fieldError.required(`${at}.rules`, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > 20) errors.push({ path: `${at}.rules`, type: 'FieldValueTooMany', value: rules.length, detail: 'must have at most 20 items' });
  return [...errors, ...eachAt(rules, `${at}.rules`, (rule, rulePath) => validateSuccessRule(rule, spec.completions ?? 0, rulePath))];
}

function validateSuccessRule({ succeededCount, succeededIndexes }: Loose<SuccessPolicyRule>, completions: number, path: string): FieldError[] {
  if (succeededCount === undefined && succeededIndexes === undefined)
    return [fieldError.required(path, 'at least one of succeededCount or succeededIndexes must be specified')];
  const errors = validateNotNegative(succeededCount, `${path}.succeededCount`);
  let total: number | undefined;
  if (succeededIndexes !== undefined) {
    total = countIndexes(succeededIndexes, completions);
    if (total === undefined)
      errors.push(
        fieldError.invalid(
          `${path}.succeededIndexes`,
          succeededIndexes,
          `error parsing succeededIndexes: indexes must be increasing intervals below ${completions}`,
        ),
      );
  }
  const most = total ?? completions;
  if (succeededCount !== undefined && succeededCount > most)
    errors.push(
      fieldError.invalid(
        `${path}.succeededCount`,
        succeededCount,
        `must be less than or equal to ${most} (the number of indexes in the specified succeededIndexes field)`,
      ),
    );
  return errors;
}

/** How many indexes `1,3-5` names; undefined when it is malformed, unordered or out of bounds. */
function countIndexes(text: string, completions: number): number | undefined {
  let count = 0;
  let last = -1;
  for (const part of text === '' ? [] : text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!match) return undefined;
    const [first, end] = [Number(match[1]), Number(match[2] ?? match[1])];
    if (first <= last || end < first || end >= completions) return undefined;
    count += end - first + 1;
    last = end;
  }
  return count;
}

/** What may not change once a job exists (upstream's `ValidateJobSpecUpdate`). */
export function validateJobUpdate(job: Draft<Job>, oldJob: Draft<Job>): FieldError[] {
  const spec = job.spec ?? {};
  const old = oldJob.spec ?? {};
  const errors: FieldError[] = [];
  const mayScale =
    spec.completionMode === 'Indexed' && spec.completions === spec.parallelism && spec.completions !== undefined && old.completions !== undefined;
  if (!mayScale || spec.completions === undefined) errors.push(...validateImmutable(spec.completions, old.completions, 'spec.completions'));
  errors.push(...validateImmutable(spec.selector, old.selector, 'spec.selector'), ...validateTemplateUpdate(job, oldJob));
  for (const field of ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const)
    errors.push(...validateImmutable(spec[field], old[field], `spec.${field}`));
  return errors;
}

/** A suspended job that never ran may still be told where and with how much to run. */
function validateTemplateUpdate(job: Draft<Job>, oldJob: Draft<Job>): FieldError[] {
  const template = job.spec?.template ?? {};
  const old = oldJob.spec?.template ?? {};
  const neverRan = oldJob.spec?.suspend === true && !oldJob.status?.startTime;
  if (!neverRan) return validateImmutable(template, old, 'spec.template');
  const kept = Object.fromEntries(schedulingFields.map((field) => [field, old.spec?.[field]]));
  const containers = template.spec?.containers?.map((container, index) => ({ ...container, resources: old.spec?.containers?.[index]?.resources }));
  const rest = {
    ...template,
    metadata: { ...template.metadata, annotations: old.metadata?.annotations, labels: old.metadata?.labels },
    spec: { ...template.spec, ...kept, ...(containers ? { containers } : {}) },
  };
  return sameValue(rest, old) ? [] : [fieldError.invalid('spec.template', template, 'field is immutable')];
}
