import { internalError } from '../../api/status.ts';
import type { UserInfo } from '../../extension-points/authentication/contract.ts';
import type { AuthorizationAttributes, AuthorizationDecision } from '../../extension-points/authorization/contract.ts';
import { authorizationRefusal, authorize } from '../../extension-points/authorization/run.ts';
import type { Machinery } from './operations/context.ts';
import type { ResourceRequestInfo } from './request-info.ts';

/**
 * Throws ApiError 403, in upstream's words, unless the authorizers allow it; 500 when it was not allowed because one of them failed. `told` gets what they said in any case.
 */
export async function requireAllowed(
  { authorizers, log }: Machinery,
  attributes: AuthorizationAttributes,
  signal: AbortSignal,
  told?: (decision: AuthorizationDecision) => void,
): Promise<void> {
  const decision = await authorize(authorizers, attributes, signal, log);
  told?.(decision);
  if (decision.kind === 'allow') return;
  throw decision.error === undefined ? authorizationRefusal(attributes, decision.reason) : internalError(decision.error);
}

export interface Selectors {
  readonly fieldSelector?: string | null;
  readonly labelSelector?: string | null;
}

/** What a resource request asks the authorizers. */
export function resourceAttributes(
  user: UserInfo,
  info: Pick<ResourceRequestInfo, 'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'namespace' | 'name'>,
  more: { path?: string; selectors?: Selectors } = {},
): AuthorizationAttributes {
  const { verb, group, version, resource, subresource, namespace, name } = info;
  const isSelecting = verb === 'list' || verb === 'watch' || verb === 'deletecollection';
  const fieldSelector = isSelecting ? more.selectors?.fieldSelector : undefined;
  const labelSelector = isSelecting ? more.selectors?.labelSelector : undefined;
  return {
    user,
    verb,
    path: more.path ?? '',
    resource: { group, version, resource, subresource, namespace, name },
    ...(fieldSelector ? { fieldSelector } : {}),
    ...(labelSelector ? { labelSelector } : {}),
  };
}
