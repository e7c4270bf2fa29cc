import { isDeepStrictEqual } from 'node:util';
import type { ClusterRole, PolicyRule, RoleBinding } from '../../../api/generated/rbac-v1.ts';
import { clusterroles, roles } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { notFound } from '../../../api/status.ts';
import { type AdmissionPlugin, type AdmissionRequest, allow, type ValidationOutcome } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import type { ObservableLookup } from '../../../extension-points/admission/lookup.ts';
import type { AuthorizationAttributes, AuthorizationDecision } from '../../../extension-points/authorization/contract.ts';
import { listText, ruleText, uncoveredRules } from '../../../extension-points/authorization/policy-rules.ts';
import { type RbacAuthorizer, rulesOfRole } from './rbac.ts';

export interface EscalationCheckDependencies {
  readonly lookup: Pick<ObservableLookup, 'get'>;
  readonly rbac: Pick<RbacAuthorizer, 'resolve'>;
  /** Asks the whole chain of authorizers. */
  readonly authorize: (attributes: AuthorizationAttributes, signal: AbortSignal) => Promise<AuthorizationDecision>;
}

const rbacGroup = 'rbac.authorization.k8s.io';

/**
 * Nobody may grant what they do not hold: whoever writes a role needs its rules already, or the verb `escalate` on it; whoever writes a binding needs
 * the rules of the role it refers to, or the verb `bind` on that role. Upstream does this in the storage of the RBAC kinds.
 */
export function createRbacEscalationCheck(dependencies: EscalationCheckDependencies): AdmissionPlugin {
  return {
    handles: ({ resource, operation, user, subresource }) =>
      resource.group === rbacGroup && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE') && !user.groups.includes('system:masters'),
    async validate(request, signal) {
      if (!request.object || onlyGarbageCollectionChanged(request.object, request.oldObject)) return allow;
      const isRole = request.resource.resource === 'roles' || request.resource.resource === 'clusterroles';
      return isRole ? checkRole(dependencies, request, signal) : checkBinding(dependencies, request, signal);
    },
  };
}

async function checkRole(dependencies: EscalationCheckDependencies, request: AdmissionRequest, signal: AbortSignal): Promise<ValidationOutcome> {
  const role = request.object as unknown as ClusterRole;
  const name = role.metadata.name ?? '';
  const target = { resource: request.resource.resource, namespace: request.namespace, name };
  if (await mayDo(dependencies, request, { verb: 'escalate', ...target, signal })) return allow;
  const denial = refusal(dependencies, request, role.rules ?? []);
  if (denial.kind === 'deny') return denial;
  // An aggregated role can gather any rule, so only who holds every rule may write one, or take the rule from one and keep what it gathered.
  if (!isAggregated(role) && !isAggregated(request.oldObject as unknown as ClusterRole | undefined)) return allow;
  const everything: PolicyRule[] = [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ];
  const held = dependencies.rbac.resolve(request.user, '').rules;
  return uncoveredRules(held, everything).length === 0 ? allow : forbidRequest(request, 'must have cluster-admin privileges to use the aggregationRule');
}

const isAggregated = (role: ClusterRole | undefined): boolean => (role?.aggregationRule?.clusterRoleSelectors ?? []).length > 0;

async function checkBinding(dependencies: EscalationCheckDependencies, request: AdmissionRequest, signal: AbortSignal): Promise<ValidationOutcome> {
  const { roleRef } = request.object as unknown as RoleBinding;
  const isRole = roleRef.kind === 'Role';
  const target = { resource: isRole ? 'roles' : 'clusterroles', namespace: request.namespace, name: roleRef.name };
  if (await mayDo(dependencies, request, { verb: 'bind', ...target, signal })) return allow;
  const rules = rulesOfRole(dependencies.lookup, roleRef, request.namespace);
  if (!rules) return { kind: 'deny', error: notFound(isRole ? roles : clusterroles, roleRef.name) };
  return refusal(dependencies, request, rules);
}

interface Attempt {
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly signal: AbortSignal;
}

async function mayDo(dependencies: EscalationCheckDependencies, request: AdmissionRequest, { verb, signal, ...target }: Attempt): Promise<boolean> {
  const decision = await dependencies.authorize(
    { user: request.user, verb, path: '', resource: { group: rbacGroup, version: '*', subresource: '', ...target } },
    signal,
  );
  return decision.kind === 'allow';
}

function refusal({ rbac }: EscalationCheckDependencies, request: AdmissionRequest, wanted: readonly PolicyRule[]): ValidationOutcome {
  const { rules, errors } = rbac.resolve(request.user, request.namespace);
  const missing = uncoveredRules(rules, wanted);
  if (missing.length === 0) return allow;
  const who = `user ${JSON.stringify(request.user.name)} (groups=${listText(request.user.groups)})`;
  const lines = missing.map(ruleText).sort();
  const unresolved = errors.length === 0 ? '' : `; resolution errors: [${errors.join(', ')}]`;
  return forbidRequest(request, `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${unresolved}`);
}

/** The garbage collector edits owners and finalizers of roles it could never grant. */
function onlyGarbageCollectionChanged(object: UntypedObject, old: UntypedObject | undefined): boolean {
  return old !== undefined && isDeepStrictEqual(withoutGarbageCollection(object), withoutGarbageCollection(old));
}

function withoutGarbageCollection(object: UntypedObject): UntypedObject {
  const {
    finalizers: _finalizers,
    ownerReferences: _owners,
    resourceVersion: _revision,
    managedFields: _fields,
    generation: _generation,
    ...metadata
  } = object.metadata;
  return { ...object, metadata };
}
