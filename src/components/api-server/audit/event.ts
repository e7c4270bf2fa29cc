import type { Status } from '../../../api/status.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import { userInfoObject } from '../../../extension-points/authentication/reviews.ts';
import type { Exchange } from '../http/exchange.ts';
import type { RequestInfo } from '../request-info.ts';
import type { Level, Stage } from './policy.ts';

/** audit.k8s.io/v1 `Event`, its fields in upstream's order. */
export interface AuditEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: Level;
  readonly auditID: string;
  readonly stage: Stage;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: Record<string, unknown>;
  readonly impersonatedUser?: Record<string, unknown>;
  readonly authenticationMetadata?: { readonly impersonationConstraint: string };
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: ObjectReference;
  readonly responseStatus?: Partial<Status>;
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ObjectReference {
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly apiGroup?: string;
  readonly apiVersion?: string;
  readonly resourceVersion?: string;
  readonly subresource?: string;
}

const maximumUserAgent = 1_024;

/** What is known of a request when it arrives. */
export function requestFacts(
  exchange: Exchange,
  user: UserInfo | undefined,
  info: RequestInfo,
): Pick<AuditEvent, 'requestURI' | 'verb' | 'user' | 'sourceIPs' | 'userAgent' | 'objectRef'> {
  const userAgent = exchange.header('user-agent') ?? '';
  const sourceIPs = sourceAddresses(exchange);
  return {
    requestURI: exchange.url,
    verb: info.verb,
    user: user ? userInfoObject(user) : {},
    ...(sourceIPs.length > 0 ? { sourceIPs } : {}),
    ...(userAgent === '' ? {} : { userAgent: userAgent.length > maximumUserAgent ? `${userAgent.slice(0, maximumUserAgent)}...TRUNCATED` : userAgent }),
    ...(info.isResource ? { objectRef: referenceOf(info) } : {}),
  };
}

/** What a request is about, as its path says. */
export const referenceOf = ({ resource, namespace, name, group, version, subresource }: Extract<RequestInfo, { isResource: true }>): ObjectReference =>
  withoutEmpty({ resource, namespace, name, apiGroup: group, apiVersion: version, subresource });

/** A reference completed with what the object itself says. */
export function completedReference(reference: ObjectReference, object: unknown): ObjectReference {
  const {
    namespace = '',
    name = '',
    uid = '',
    resourceVersion = '',
  } = ((object as { metadata?: unknown } | undefined)?.metadata ?? {}) as Record<string, string>;
  return withoutEmpty({
    resource: reference.resource,
    namespace: reference.namespace ?? namespace,
    name: reference.name ?? name,
    uid,
    apiGroup: reference.apiGroup,
    apiVersion: reference.apiVersion,
    resourceVersion,
    subresource: reference.subresource,
  });
}

const withoutEmpty = (reference: Record<string, string | undefined>): ObjectReference =>
  Object.fromEntries(Object.entries(reference).filter(([, value]) => typeof value === 'string' && value !== ''));

/** The client, after the proxies it came through, as far as they say so; the peer of the connection last. */
function sourceAddresses(exchange: Exchange): string[] {
  const forwarded = exchange.headerValues('x-forwarded-for').flatMap((value) => value.split(',').map((part) => part.trim()));
  const named = [...forwarded, exchange.header('x-real-ip')?.trim() ?? ''];
  const peer = exchange.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  return [...new Set([...named, peer])].filter((address) => /^[0-9a-fA-F.:]{2,45}$/.test(address));
}

/** The part of a Status that events keep. */
export const statusFields = ({ status, message, reason, details, code }: Partial<Status>): Partial<Status> => ({
  metadata: {},
  ...(status ? { status } : {}),
  ...(message ? { message } : {}),
  ...(reason ? { reason } : {}),
  ...(details ? { details } : {}),
  ...(code ? { code } : {}),
});

/** The same value without `metadata.managedFields`, of each item of a list or row of a table too. */
export function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const object = value as { metadata?: Record<string, unknown>; items?: unknown[]; rows?: { object?: unknown }[] };
  const { managedFields: _, ...metadata } = object.metadata ?? {};
  return {
    ...object,
    ...(object.metadata ? { metadata } : {}),
    ...(Array.isArray(object.items) ? { items: object.items.map(withoutManagedFields) } : {}),
    ...(Array.isArray(object.rows) ? { rows: object.rows.map((row) => ({ ...row, object: withoutManagedFields(row.object) })) } : {}),
  };
}
