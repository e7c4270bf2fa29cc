import { randomUUID } from 'node:crypto';
import { deepFreeze, type UntypedObject } from '../../../api/object.ts';
import type { AdmissionOperation, AdmissionRequest } from '../../../extension-points/admission/contract.ts';
import { mustFreeze, mutateAdmission, validateAdmission } from '../../../extension-points/admission/run.ts';
import type { Machinery, RequestContext, Target } from './context.ts';
import { thawed } from './mutable-copy.ts';

/** What admission is asked about. */
export interface AdmissionQuestion {
  readonly operation: AdmissionOperation;
  readonly name: string;
  readonly dryRun: boolean;
  readonly object?: UntypedObject;
  readonly oldObject?: UntypedObject;
  readonly options?: Record<string, unknown>;
  /** When the object is of another kind than the resource: Scale, Binding, Eviction. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
}

/**
 * Runs the mutating plugins. Answers a draft that may be changed; the one in the question is given up for it. `needsShape`: strangers changed it, so it has to
 * be decoded and defaulted again. Built-in plugins leave whole objects, as upstream's do.
 */
export async function mutate(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  question: AdmissionQuestion,
): Promise<{ draft: UntypedObject | undefined; needsShape: boolean }> {
  const request = admissionRequest(context, target, question);
  if (!isOfInterest(machinery, request, 'mutate')) return { draft: question.object, needsShape: false };
  const isForStrangers = mustFreeze(machinery.admission, machinery.observeAdmission);
  if (question.object && isForStrangers) deepFreeze(question.object);
  const { object, warnings } = await mutateAdmission(machinery.admission, request, context.signal, machinery.observeAdmission);
  warnings.forEach((text) => context.warn(text));
  return { draft: object && thawed(object), needsShape: isForStrangers && object !== question.object };
}

/** Runs the validating plugins. The object is given up to them. Throws the first denial. */
export async function validate(machinery: Machinery, context: RequestContext, target: Target, question: AdmissionQuestion): Promise<void> {
  const request = admissionRequest(context, target, question);
  if (!isOfInterest(machinery, request, 'validate')) return;
  if (question.object && mustFreeze(machinery.admission, machinery.observeAdmission)) deepFreeze(question.object);
  const { warnings } = await validateAdmission(machinery.admission, request, context.signal, machinery.observeAdmission);
  warnings.forEach((text) => context.warn(text));
}

/** Objects are copied and frozen only when a plugin wants to see them. */
function isOfInterest(machinery: Machinery, request: AdmissionRequest, method: 'mutate' | 'validate'): boolean {
  for (const plugin of machinery.admission.implementing(method)) {
    if (!plugin.implementation.handles || machinery.admission.callUntimed(plugin, 'handles', request)) return true;
  }
  return false;
}

function admissionRequest(context: RequestContext, target: Target, question: AdmissionQuestion): AdmissionRequest {
  const { served, namespace, subresource } = target;
  const { operation, name, dryRun, object, oldObject, options } = question;
  return {
    uid: randomUUID(),
    ...(context.requestId === '' ? {} : { requestId: context.requestId }),
    operation,
    name,
    dryRun,
    namespace,
    subresource,
    user: context.user,
    resource: { group: served.group, version: served.version, resource: served.resource },
    kind: question.kind ?? { group: served.group, version: served.version, kind: served.kind },
    ...(object ? { object } : {}),
    ...(oldObject ? { oldObject } : {}),
    ...(options ? { options } : {}),
  };
}
