import { isCommon, rememberCommon } from '../../../api/common-parts.ts';
import type { Pod, PodSpec } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition, Subresource } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { typedDraft, updateSubresource } from '../../../extension-points/resources/subresources.ts';
import { validateImagePadding } from './container-validation.ts';
import { eachAt, joined } from './field-checks.ts';
import { jsonDifference } from './json-difference.ts';
import { mergeLabelKeys } from './pod-affinity-label-keys.ts';
import { bindingSubresource } from './pod-binding.ts';
import { podColumns } from './pod-columns.ts';
import { evictionSubresource } from './pod-eviction.ts';
import { keepOnlyResize, validateResize } from './pod-resize.ts';
import { podQosClass } from './pod-resources.ts';
import { applyPodDefaults } from './pod-spec-defaults.ts';
import { type PodSpecOptions, validatePodSpec } from './pod-spec-validation.ts';
import { podSpecWarnings } from './pod-spec-warnings.ts';
import { validatePodStatusUpdate } from './pod-status-validation.ts';
import { validatePodUpdate } from './pod-update-validation.ts';
import { hasIndivisibleHugePages } from './resource-requirements-validation.ts';

const allVerbs = ['get', 'post', 'put', 'delete', 'patch', 'options', 'head'] as const;
const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** core/v1 `pods`. */
export function podDefinition(): ResourceDefinition {
  return defineBuiltIn(pods, {
    columns: podColumns,
    commonField: 'spec',
    applyDefaults: (pod) => (isCommon(pod.spec) ? undefined : applyPodDefaults(pod)),
    prepareForCreate: prepareNewPod,
    validate: (pod, { operation, old }) =>
      operation === 'CREATE' ? joined(validatePod(pod), validateNewPod(pod)) : validatePod(pod, old && typedDraft<Pod>(old)),
    validateUpdate: (pod, old) => validatePodUpdate(pod, old),
    warnings: ({ spec }) => (spec ? warningsOf(spec) : []),
    deletionGracePeriodSeconds,
    selectableFields: {
      'spec.nodeName': (pod) => pod.spec?.nodeName,
      'spec.restartPolicy': (pod) => pod.spec?.restartPolicy,
      'spec.schedulerName': (pod) => pod.spec?.schedulerName,
      'spec.serviceAccountName': (pod) => pod.spec?.serviceAccountName,
      'spec.hostNetwork': (pod) => pod.spec?.hostNetwork ?? false,
      'status.phase': (pod) => pod.status?.phase,
      'status.podIP': (pod) => pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP,
      'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName,
    },
    status: { prepareForUpdate: prepareStatus, validateUpdate: validatePodStatusUpdate },
    subresources: podSubresources(),
  });
}

function podSubresources(): Record<string, Subresource> {
  return {
    binding: bindingSubresource,
    eviction: evictionSubresource,
    ephemeralcontainers: ephemeralContainersSubresource(),
    resize: resizeSubresource(),
    log: { kind: 'connect', verbs: ['get'] },
    exec: { kind: 'connect', verbs: ['get', 'post'] },
    attach: { kind: 'connect', verbs: ['get', 'post'] },
    portforward: { kind: 'connect', verbs: ['get', 'post'] },
    proxy: { kind: 'connect', verbs: allVerbs },
  };
}

function prepareNewPod(pod: Draft<Pod>): void {
  pod.status = { phase: 'Pending', qosClass: qosClassOf(pod.spec ?? {}) };
  if ((pod.spec?.schedulingGates?.length ?? 0) > 0) {
    pod.status.conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates' },
    ];
  }
  mergeLabelKeys(pod);
}

/** What holds for every stored pod, new or changed. */
function validatePod(pod: Draft<Pod>, old?: Draft<Pod>): FieldError[] {
  const spec = pod.spec ?? {};
  const allowIndivisibleHugePages = hasIndivisibleHugePages(old?.spec);
  // The pod's name is part of those of its ephemeral claims.
  const isOnItsOwn = !allowIndivisibleHugePages && !spec.volumes?.some(({ ephemeral }) => ephemeral);
  return isOnItsOwn ? [...errorsOf(spec)] : specErrors(spec, { podName: pod.metadata.name ?? '', allowIndivisibleHugePages });
}

function specErrors(spec: Loose<PodSpec>, options: PodSpecOptions): FieldError[] {
  const errors = validatePodSpec(spec, 'spec', options);
  for (const field of ['containers', 'initContainers'] as const) errors.push(...eachAt(spec[field], `spec.${field}`, validateImagePadding));
  if (spec.serviceAccountName) return errors;
  return [
    ...errors,
    ...eachAt(spec.volumes, 'spec.volumes', (volume, at) =>
      eachAt(volume.projected?.sources, `${at}.projected.sources`, (source, sourcePath) =>
        source.serviceAccountToken
          ? [fieldError.forbidden(`${sourcePath}.serviceAccountToken`, 'must not be specified when serviceAccountName is not set')]
          : [],
      ),
    ),
  ];
}

/** What follows from the spec alone is found out once per template. */
const errorsOf = rememberCommon((spec: Loose<PodSpec>) => specErrors(spec, { podName: 'any' }));
const warningsOf = rememberCommon((spec: Loose<PodSpec>) => podSpecWarnings(spec, 'spec'));
const qosClassOf = rememberCommon(podQosClass);

function validateNewPod({ spec }: Draft<Pod>): FieldError[] {
  const errors: FieldError[] = [];
  if ((spec?.ephemeralContainers?.length ?? 0) > 0) errors.push(fieldError.forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  if (spec?.nodeName && (spec.schedulingGates?.length ?? 0) > 0)
    errors.push(fieldError.forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  return errors;
}

/** A pod that nothing runs, or whose containers are over, needs no time to stop. */
function deletionGracePeriodSeconds(pod: Draft<Pod>, requested: number | undefined): number {
  const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (!pod.spec?.nodeName || isOver) return 0;
  const seconds = requested ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}

function prepareStatus(draft: Draft<Pod>, old: Draft<Pod>): void {
  const { ownerReferences } = old.metadata;
  if (ownerReferences) draft.metadata.ownerReferences = ownerReferences;
  else delete draft.metadata.ownerReferences;
  if (draft.status && !draft.status.qosClass && old.status?.qosClass) draft.status = { ...draft.status, qosClass: old.status.qosClass };
}

/** `pods/ephemeralcontainers`: adds debugging containers; those that are there stay as they are. */
function ephemeralContainersSubresource(): Subresource {
  return updateSubresource<Pod>({
    takes: ['metadata', 'spec'],
    prepareForUpdate(draft, old) {
      const ephemeralContainers = draft.spec?.ephemeralContainers;
      draft.spec = { ...old.spec, ...(ephemeralContainers ? { ephemeralContainers } : {}) };
      keepMetadata(draft, old);
    },
    validateUpdate(pod, old) {
      if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) return [fieldError.forbidden('[]', 'static pods do not support ephemeral containers')];
      const path = 'spec.ephemeralContainers';
      const changed = (old.spec?.ephemeralContainers ?? []).flatMap((before) => {
        const after = pod.spec?.ephemeralContainers?.find((container) => container.name === before.name);
        if (!after) return [fieldError.forbidden(path, `existing ephemeral containers ${JSON.stringify(before.name)} may not be removed\n`)];
        return sameValue(before, after)
          ? []
          : [fieldError.forbidden(path, `existing ephemeral containers ${JSON.stringify(before.name)} may not be changed\n${jsonDifference(before, after)}`)];
      });
      return [...validatePod(pod, old), ...changed];
    },
  });
}

function resizeSubresource(): Subresource {
  return updateSubresource<Pod>({
    takes: ['metadata', 'spec'],
    prepareForUpdate(draft, old) {
      keepOnlyResize(draft, old);
      keepMetadata(draft, old);
    },
    validateUpdate: (pod, old) => [...validatePod(pod, old), ...validateResize(pod, old)],
  });
}

/** These sub-resources change no metadata but what the server keeps there. */
function keepMetadata(draft: Draft<Pod>, old: Draft<Pod>): void {
  const { managedFields, resourceVersion, generation } = draft.metadata;
  draft.metadata = {
    ...old.metadata,
    ...(managedFields ? { managedFields } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(generation === undefined ? {} : { generation }),
  };
}
