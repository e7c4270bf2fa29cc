import type { ClusterRoleBinding, PolicyRule, RoleBinding, RoleRef, Subject } from '../../../api/generated/rbac-v1.ts';
import { clusterroles, roles } from '../../../api/generated/resource-types.ts';
import { notFound } from '../../../api/status.ts';
import type { ObservableLookup } from '../../../extension-points/admission/lookup.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import type { AuthorizationAttributes, AuthorizationDecision, AuthorizationRules, Authorizer } from '../../../extension-points/authorization/contract.ts';
import { ruleAllows } from '../../../extension-points/authorization/policy-rules.ts';
import { BindingIndex } from './binding-index.ts';

/** Role-based access control, with what else of it others need: all rules a user has, and the rules of a role. */
export interface RbacAuthorizer extends Authorizer, AsyncDisposable {
  rulesFor(user: UserInfo, namespace: string): AuthorizationRules;
  /** The rules of every role that applies to a user in a namespace (`''`: the cluster-wide ones only), and the roles that were not found, as texts. */
  resolve(user: UserInfo, namespace: string): { readonly rules: readonly PolicyRule[]; readonly errors: readonly string[] };
}

/** Allows what a role bound to the user allows; never denies. Members of `system:masters` may do everything, whatever the roles say. */
export function createRbacAuthorizer({ lookup }: { readonly lookup: ObservableLookup }): RbacAuthorizer {
  const index = new BindingIndex(lookup);

  const resolve: RbacAuthorizer['resolve'] = (user, namespace) => {
    const rules: PolicyRule[] = [];
    const errors: string[] = [];
    for (const scope of namespace === '' ? [''] : ['', namespace]) {
      for (const { binding } of index.applied(user, scope)) {
        const found = rulesOfRole(lookup, binding.roleRef, scope);
        if (found) rules.push(...found);
        else errors.push(missingRole(binding.roleRef));
      }
    }
    return { rules, errors };
  };

  return {
    authorize: (attributes) => decide(attributes, lookup, index),
    rulesFor(user, namespace) {
      const { rules, errors } = resolve(user, namespace);
      return { resourceRules: resourceRules(rules), nonResourceRules: nonResourceRules(resolve(user, '').rules), incomplete: errors.length > 0 };
    },
    resolve,
    [Symbol.asyncDispose]: () => index[Symbol.asyncDispose](),
  };
}

function decide(attributes: AuthorizationAttributes, lookup: ObservableLookup, index: BindingIndex): AuthorizationDecision {
  if (attributes.user.groups.includes('system:masters')) return { kind: 'allow', reason: '' };
  const errors = new Set<string>();
  const namespace = attributes.resource?.namespace ?? '';
  for (const scope of namespace === '' ? [''] : ['', namespace]) {
    for (const { binding, subject } of index.applied(attributes.user, scope)) {
      const rules = rulesOfRole(lookup, binding.roleRef, scope);
      if (!rules) errors.add(missingRole(binding.roleRef));
      else if (rules.some((rule) => ruleAllows(rule, attributes)))
        return { kind: 'allow', reason: `RBAC: allowed by ${bindingText(binding, scope)} to ${subjectText(subject)}` };
    }
  }
  return { kind: 'no-opinion', reason: errors.size === 0 ? '' : `RBAC: ${errorList([...errors])}` };
}

/** The rules of the role a binding refers to; a role of the binding's namespace or a cluster role. `undefined` when it does not exist. */
export function rulesOfRole(lookup: Pick<ObservableLookup, 'get'>, reference: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
  const role = reference.kind === 'Role' ? lookup.get(roles, { namespace, name: reference.name }) : lookup.get(clusterroles, { name: reference.name });
  return role && (role.rules ?? []);
}

export const missingRole = (reference: RoleRef): string => notFound(reference.kind === 'Role' ? roles : clusterroles, reference.name).message;

function bindingText(binding: ClusterRoleBinding | RoleBinding, namespace: string): string {
  const { kind, name } = binding.roleRef;
  const bindingName = binding.metadata.name ?? '';
  const own = namespace === '' ? `ClusterRoleBinding ${JSON.stringify(bindingName)}` : `RoleBinding ${JSON.stringify(`${bindingName}/${namespace}`)}`;
  return `${own} of ${kind} ${JSON.stringify(name)}`;
}

const subjectText = ({ kind, name, namespace }: Subject): string =>
  `${kind} ${JSON.stringify(kind === 'ServiceAccount' ? `${name}/${namespace ?? ''}` : name)}`;

const errorList = (errors: readonly string[]): string => (errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);

const resourceRules = (rules: readonly PolicyRule[]): AuthorizationRules['resourceRules'] =>
  rules
    .filter((rule) => rule.resources?.length)
    .map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({ verbs, apiGroups, resources, ...(resourceNames?.length ? { resourceNames } : {}) }));

/** URLs belong to no namespace: only cluster role bindings grant them. */
const nonResourceRules = (rules: readonly PolicyRule[]): AuthorizationRules['nonResourceRules'] =>
  rules.filter((rule) => rule.nonResourceURLs?.length).map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs }));
