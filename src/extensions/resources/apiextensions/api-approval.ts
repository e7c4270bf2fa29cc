import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Definition } from './definition-view.ts';

/** How the annotation of a protected group reads. */
export type ApprovalState = 'approved' | 'bypassed' | 'invalid' | 'missing';

const annotation = 'api-approved.kubernetes.io';
const path = `metadata.annotations[${annotation}]`;
const pullRequest = 'https://github.com/kubernetes/enhancements/pull/1111';

/** Groups of the Kubernetes community. */
export const isProtectedGroup = (group: string): boolean => /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group);

/** Whether an API of a protected group was approved, and upstream's words for it. */
export function approvalState({ metadata }: Definition): { readonly state: ApprovalState; readonly reason: string } {
  const text = metadata.annotations?.[annotation] ?? '';
  if (text === '') return { state: 'missing', reason: `protected groups must have approval annotation "${annotation}", see ${pullRequest}` };
  if (text.startsWith('unapproved')) return { state: 'bypassed', reason: `not approved: ${JSON.stringify(text)}` };
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#\s]+/.test(text)) return { state: 'approved', reason: `approved in ${text}` };
  const reason = `protected groups must have approval annotation "${annotation}" with either a URL or a reason starting with "unapproved", see ${pullRequest}`;
  return { state: 'invalid', reason };
}

/** Definitions in protected groups need an approval; one that had none may stay without. */
export function approvalErrors(definition: Definition, oldState: ApprovalState | undefined): FieldError[] {
  if (!isProtectedGroup(definition.spec?.group ?? '')) return [];
  const { state, reason } = approvalState(definition);
  if (state === oldState) return [];
  if (state === 'missing') return [fieldError.required(path, reason)];
  return state === 'invalid' ? [fieldError.invalid(path, definition.metadata.annotations?.[annotation], reason)] : [];
}
