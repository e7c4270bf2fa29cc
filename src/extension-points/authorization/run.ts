import { ApiError, forbidden } from '../../api/status.ts';
import type { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import type { UserInfo } from '../authentication/contract.ts';
import type { AuthorizationAttributes, AuthorizationDecision, AuthorizationRules, Authorizer } from './contract.ts';

/**
 * Asks the authorizers in order; the first `allow` or `deny` is the answer. A throw is logged and counts as no opinion.
 * `no-opinion` means forbidden; its reason joins what the authorizers said, one per line, as upstream does.
 */
export async function authorize(
  point: ExtensionPoint<Authorizer>,
  attributes: AuthorizationAttributes,
  signal: AbortSignal,
  log: Log,
): Promise<AuthorizationDecision> {
  const reasons: string[] = [];
  for (const extension of point.implementing('authorize')) {
    try {
      const asked = point.call(extension, 'authorize', attributes, signal);
      const decision = asked instanceof Promise ? await asked : asked;
      if (decision.kind !== 'no-opinion') return decision;
      if (decision.reason !== '') reasons.push(decision.reason);
    } catch (error) {
      log.error('authorizer failed', { error });
    }
  }
  return { kind: 'no-opinion', reason: reasons.join('\n') };
}

/** The rules of all authorizers together. Incomplete when one of them cannot list its rules. */
export function rulesFor(point: ExtensionPoint<Authorizer>, user: UserInfo, namespace: string, log: Log): AuthorizationRules {
  const all: AuthorizationRules[] = [];
  for (const extension of point) {
    if (!extension.implementation.rulesFor) {
      all.push({ resourceRules: [], nonResourceRules: [], incomplete: true });
      continue;
    }
    try {
      all.push(extension.implementation.rulesFor(user, namespace));
    } catch (error) {
      log.error('authorizer failed to list rules', { authorizer: extension.name, error });
      all.push({ resourceRules: [], nonResourceRules: [], incomplete: true });
    }
  }
  return {
    resourceRules: all.flatMap((rules) => rules.resourceRules),
    nonResourceRules: all.flatMap((rules) => rules.nonResourceRules),
    incomplete: all.some((rules) => rules.incomplete),
  };
}

/** The 403 for a request that was not allowed, in upstream's words. */
export function authorizationRefusal(attributes: AuthorizationAttributes, reason: string): ApiError {
  const why = `${attemptText(attributes)}${reason === '' ? '' : `: ${reason}`}`;
  if (!attributes.resource) return new ApiError(403, 'Forbidden', `forbidden: ${why}`, { details: {} });
  return forbidden(attributes.resource, attributes.resource.name, why);
}

function attemptText({ user, verb, resource, path }: AuthorizationAttributes): string {
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (!resource) return `${who} path ${JSON.stringify(path)}`;
  const what = resource.subresource ? `${resource.resource}/${resource.subresource}` : resource.resource;
  const where = resource.namespace ? `in the namespace ${JSON.stringify(resource.namespace)}` : 'at the cluster scope';
  return `${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(resource.group)} ${where}`;
}
