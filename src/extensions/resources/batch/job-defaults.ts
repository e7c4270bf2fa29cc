import type { Job, JobSpec, PodFailurePolicy } from '../../../api/generated/batch-v1.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { applyPodTemplateDefaults } from '../core/pod-spec-defaults.ts';

export function applyJobDefaults(draft: Draft<Job>): void {
  const spec = (draft.spec ??= {});
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  // With a limit per index the total is as good as unlimited.
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  applyFailurePolicyDefaults(spec.podFailurePolicy);
  applyPodTemplateDefaults((spec.template ??= {}));
  const labels = spec.template.metadata?.labels;
  if (labels && Object.keys(labels).length > 0 && Object.keys(draft.metadata.labels ?? {}).length === 0) draft.metadata.labels = { ...labels };
}

/** A job inside a cron job is defaulted when it is made; only its template is now. */
export function applyJobTemplateDefaults(spec: Loose<JobSpec>): void {
  applyFailurePolicyDefaults(spec.podFailurePolicy);
  applyPodTemplateDefaults((spec.template ??= {}));
}

function applyFailurePolicyDefaults(policy: Loose<PodFailurePolicy> | undefined): void {
  for (const rule of policy?.rules ?? []) for (const pattern of rule.onPodConditions ?? []) pattern.status ??= 'True';
}

/** Marks the pods of a new job as its own, unless the author chose a selector. */
export function generateSelector(draft: Draft<Job>): void {
  const spec = draft.spec;
  const uid = draft.metadata.uid ?? '';
  const name = draft.metadata.name ?? '';
  if (!spec || spec.manualSelector) return;
  const template = (spec.template ??= {});
  const metadata = (template.metadata ??= {});
  metadata.labels = {
    ...metadata.labels,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    // The names these labels had before 1.27.
    'controller-uid': uid,
    'job-name': name,
  };
  spec.selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, 'batch.kubernetes.io/controller-uid': uid } };
}
