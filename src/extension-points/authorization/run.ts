import { ApiError, forbidden } from '../../api/status.ts';
import { ExtensionError, type ExtensionPoint } from '../../kernel/extension-point.ts';
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
  const errors: string[] = [];
  for (const extension of point.implementing('authorize')) {
    try {
      const asked = point.call(extension, 'authorize', attributes, signal);
      const decision = asked instanceof Promise ? await asked : asked;
      if (decision.kind !== 'no-opinion') return decision;
      if (decision.reason !== '') reasons.push(decision.reason);
      if (decision.error) errors.push(decision.error);
    } catch (error) {
      log.error('authorizer failed', { error });
      errors.push(faultText(error));
    }
  }
  return { kind: 'no-opinion', reason: reasons.join('\n'), ...aggregated(errors) };
}

/** The rules of all authorizers together. Incomplete, saying why, when one of them cannot list its rules. */
export function rulesFor(point: ExtensionPoint<Authorizer>, user: UserInfo, namespace: string, log: Log): AuthorizationRules {
  const all: AuthorizationRules[] = [];
  for (const extension of point) {
    if (!extension.implementation.rulesFor) {
      all.push({ ...noRules, error: `${extension.name} authorizer does not support user rule resolution` });
      continue;
    }
    try {
      all.push(extension.implementation.rulesFor(user, namespace));
    } catch (error) {
      log.error('authorizer failed to list rules', { authorizer: extension.name, error });
      all.push({ ...noRules, error: faultText(error) });
    }
  }
  return {
    resourceRules: all.flatMap((rules) => rules.resourceRules),
    nonResourceRules: all.flatMap((rules) => rules.nonResourceRules),
    incomplete: all.some((rules) => rules.incomplete),
    ...aggregated(all.flatMap(({ error }) => (error ? [error] : []))),
  };
}

const noRules: AuthorizationRules = { resourceRules: [], nonResourceRules: [], incomplete: true };

/** What an extension threw, without the host's words around it. */
const faultText = (error: unknown): string => {
  const fault = error instanceof ExtensionError ? error.cause : error;
  return fault instanceof Error ? fault.message : String(fault);
};

/** Several errors as upstream's aggregate prints them. */
function aggregated(errors: readonly string[]): { error?: string } {
  const unique = [...new Set(errors)];
  if (unique.length === 0) return {};
  return { error: unique.length === 1 ? unique[0]! : `[${unique.join(', ')}]` };
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
