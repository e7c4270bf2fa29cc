import { type ConditionLike, findCondition, isConditionTrue, removeCondition, setCondition } from '../../../api/conditions.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from '../../../api/generated/apiextensions-v1.ts';
import type { Draft } from '../draft.ts';
import { decideNames, type TakenNames } from './accepted-names.ts';

export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';
const approvalAnnotation = 'api-approved.kubernetes.io';
const approvalLink = 'see https://github.com/kubernetes/enhancements/pull/1111';

type Condition = CustomResourceDefinitionCondition;
type Conditions = readonly Condition[] | undefined;

export const isEstablished = (definition: { readonly status?: unknown }): boolean => isTrue(definition, 'Established');
export const isTerminating = (definition: { readonly status?: unknown }): boolean => isTrue(definition, 'Terminating');

const isTrue = ({ status }: { readonly status?: unknown }, type: string): boolean =>
  isConditionTrue((status as { conditions?: readonly ConditionLike[] } | undefined)?.conditions, type);

/**
 * Fills in what the server owns of a definition's status: accepted names, stored versions, and the conditions NamesAccepted, Established and
 * KubernetesAPIApprovalPolicyConformant. Works on the draft. A definition that was established once stays so.
 */
export function settleStatus(draft: Draft<CustomResourceDefinition>, taken: TakenNames, now: Date): void {
  const { spec = {}, status = {} } = draft;
  const { accepted, conflict } = decideNames(spec.names ?? {}, status.acceptedNames ?? {}, taken);
  // Upstream tells of approval as soon as the definition is there, of the rest after it.
  let conditions: Conditions = withApproval((status.conditions ?? []) as readonly Condition[], draft, now);
  conditions = setCondition(
    conditions,
    conflict
      ? { type: 'NamesAccepted', status: 'False', ...conflict }
      : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
    now,
  );
  if (!isConditionTrue(conditions, 'Established')) conditions = setCondition(conditions, establishedOf(conflict !== undefined), now);
  // The status may be the stored one, which nobody may write to.
  draft.status = { ...status, conditions: [...conditions], acceptedNames: accepted, storedVersions: storedVersionsOf(draft) };
}

const establishedOf = (isConflicting: boolean): Condition =>
  isConflicting
    ? { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
    : { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' };

function storedVersionsOf({ spec, status }: Draft<CustomResourceDefinition>): string[] {
  const storage = spec?.versions?.find((version) => version.storage)?.name;
  const known = (status?.storedVersions ?? []) as string[];
  return storage === undefined || known.includes(storage) ? known : [...known, storage];
}

function withApproval(conditions: readonly Condition[], draft: Draft<CustomResourceDefinition>, now: Date): readonly Condition[] {
  const type = 'KubernetesAPIApprovalPolicyConformant';
  if (!isProtectedGroup(draft.spec?.group ?? '')) return removeCondition(conditions, type);
  return setCondition(conditions, { type, ...approvalOf(draft.metadata.annotations?.[approvalAnnotation] ?? '') }, now);
}

const isProtectedGroup = (group: string): boolean => /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group);

function approvalOf(annotation: string): { status: 'True' | 'False'; reason: string; message: string } {
  if (annotation === '') {
    return {
      status: 'False',
      reason: 'MissingAnnotation',
      message: `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)}, ${approvalLink}`,
    };
  }
  if (annotation.startsWith('unapproved')) return { status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: ${JSON.stringify(annotation)}` };
  if (/^[a-z][a-z\d+.-]*:\/\/[^/]/i.test(annotation) && URL.canParse(annotation))
    return { status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${annotation}` };
  return {
    status: 'False',
    reason: 'InvalidAnnotation',
    message: `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)} with either a URL or a reason starting with "unapproved", ${approvalLink}`,
  };
}

/** The stages of a definition's end, in upstream's words. */
export const terminating = {
  pending: {
    status: 'True',
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  },
  inProgress: { status: 'True', reason: 'InstanceDeletionInProgress', message: 'CustomResource deletion is in progress' },
  failed: (why: string) => ({ status: 'True', reason: 'InstanceDeletionFailed', message: `could not issue all deletes: ${why}` }),
  waiting: {
    status: 'True',
    reason: 'InstanceDeletionCheck',
    message: 'could not confirm zero CustomResources remaining: timed out waiting for the condition',
  },
  neverEstablished: { status: 'False', reason: 'NeverEstablished', message: 'resource was never established' },
  completed: { status: 'False', reason: 'InstanceDeletionCompleted', message: 'removed all instances' },
} as const;

/**
 * Marks a definition whose deletion begins: its objects go before it does. Works on the draft. Other than with most kinds, the generation tells of the spec only,
 * and no grace period is set.
 */
export function beginTermination(draft: Draft<CustomResourceDefinition>, now: Date): void {
  const finalizers = draft.metadata.finalizers ?? [];
  if (!finalizers.includes(cleanupFinalizer)) draft.metadata.finalizers = [...finalizers, cleanupFinalizer];
  draft.metadata.generation = (draft.metadata.generation ?? 1) - 1;
  delete draft.metadata.deletionGracePeriodSeconds;
  setTerminating(draft, terminating.pending, now);
}

/** Sets the Terminating condition. Works on the draft. */
export function setTerminating(
  draft: Draft<CustomResourceDefinition>,
  stage: { readonly status: string; readonly reason: string; readonly message: string },
  now: Date,
): void {
  draft.status = { ...draft.status, conditions: [...setCondition(draft.status?.conditions as Conditions, { type: 'Terminating', ...stage }, now)] };
}

/** The stage a definition's end is in, if it has begun. */
export const terminatingReason = (definition: { readonly status?: unknown }): string | undefined =>
  findCondition((definition.status as { conditions?: readonly Condition[] } | undefined)?.conditions, 'Terminating')?.reason;
