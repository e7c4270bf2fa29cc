import type { ApiError } from '../../../api/status.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import { userInfoObject } from '../../../extension-points/authentication/reviews.ts';
import { microTimeText } from '../../../kernel/clock.ts';
import type { ResourceRequestInfo } from '../request-info.ts';
import { type AuditEvent, completedReference, referenceOf, statusFields, withoutManagedFields } from './event.ts';
import type { Verdict } from './policy.ts';

/** A call that a component made without a connection. */
export interface AuditedCall {
  readonly auditId: string;
  readonly user: UserInfo;
  readonly info: ResourceRequestInfo;
  /** The path it would have over HTTP. */
  readonly url: string;
  readonly userAgent: string;
  readonly receivedMs: number;
  /** Why it was refused; absent when it was not. */
  readonly error?: ApiError | undefined;
  /** What it was answered. */
  readonly result?: unknown;
}

/** The stages of a call, as far as they are wanted. What was sent is not kept of calls; what was answered is. */
export function* callEvents(call: AuditedCall, { level, omitStages, omitManagedFields }: Verdict, completedMs: number): Generator<AuditEvent> {
  const { auditId: auditID, user, info, url: requestURI, userAgent, receivedMs, error, result } = call;
  const base = { requestURI, verb: info.verb, user: userInfoObject(user), sourceIPs: ['127.0.0.1'], userAgent };
  const reference = referenceOf(info);
  const requestReceivedTimestamp = microTimeText(receivedMs);
  const kind = { kind: 'Event', apiVersion: 'audit.k8s.io/v1' } as const;
  if (!omitStages.has('RequestReceived'))
    yield {
      ...kind,
      level,
      auditID,
      stage: 'RequestReceived',
      ...base,
      objectRef: reference,
      requestReceivedTimestamp,
      stageTimestamp: requestReceivedTimestamp,
    };
  if (omitStages.has('ResponseComplete')) return;
  const isNew = info.verb === 'create' && error === undefined;
  const answer = level === 'RequestResponse' ? (error?.toStatus() ?? (omitManagedFields ? withoutManagedFields(result) : result)) : undefined;
  yield {
    ...kind,
    level,
    auditID,
    stage: 'ResponseComplete',
    ...base,
    objectRef: isNew ? completedReference(reference, { metadata: nameIn(result) }) : reference,
    responseStatus: error ? statusFields(error.toStatus()) : { metadata: {}, code: isNew ? 201 : 200 },
    ...(answer === undefined ? {} : { responseObject: answer }),
    requestReceivedTimestamp,
    stageTimestamp: microTimeText(completedMs),
    // Whoever was not allowed was told so by the authorizers; what else went wrong came after them.
    annotations: { 'authorization.k8s.io/decision': error?.reason === 'Forbidden' ? 'forbid' : 'allow', 'authorization.k8s.io/reason': '' },
  };
}

/** The name and namespace of what was made. */
function nameIn(result: unknown): { name?: string; namespace?: string } {
  const { name, namespace } = (result as { metadata?: { name?: string; namespace?: string } } | undefined)?.metadata ?? {};
  return { ...(name ? { name } : {}), ...(namespace ? { namespace } : {}) };
}
