import { isDeepStrictEqual } from 'node:util';
import type { ClusterRole, RoleBinding, Subject } from '../../../api/generated/rbac-v1.ts';
import type { KubernetesObject, UntypedObject } from '../../../api/object.ts';
import { uncoveredRules } from '../../../extension-points/authorization/policy-rules.ts';
import type { BootstrapObject } from './bootstrap-objects.ts';
import { autoUpdateAnnotation } from './rbac-objects.ts';

/** The existing object as it should be, or `undefined` when it may stay. */
export function reconciled({ object, reconcile }: BootstrapObject, existing: UntypedObject): UntypedObject | undefined {
  if (reconcile === 'keep') return undefined;
  const changed = reconcile === 'rbac' ? reconciledRbac(object, existing) : withFields(object, existing, reconcile);
  return changed && !isDeepStrictEqual(changed, existing) ? changed : undefined;
}

/**
 * Upstream's reconciliation of default roles and bindings: what is missing is added, what somebody added stays; a binding to another role is
 * replaced. An object annotated with `autoupdate: "false"` is left alone.
 */
function reconciledRbac(wanted: KubernetesObject, existing: KubernetesObject): UntypedObject | undefined {
  if (existing.metadata.annotations?.[autoUpdateAnnotation] === 'false') return undefined;
  const metadata = {
    ...existing.metadata,
    labels: { ...wanted.metadata.labels, ...existing.metadata.labels },
    annotations: { ...wanted.metadata.annotations, ...existing.metadata.annotations },
  };
  const rest = 'roleRef' in wanted ? bindingFields(wanted as RoleBinding, existing as RoleBinding) : roleFields(wanted as ClusterRole, existing as ClusterRole);
  return { ...existing, ...rest, metadata } as UntypedObject;
}

function roleFields(wanted: ClusterRole, existing: ClusterRole): Partial<ClusterRole> {
  if (!wanted.aggregationRule) {
    // The usual case on a later start, and much cheaper than looking into every rule.
    if (isDeepStrictEqual(wanted.rules, existing.rules)) return {};
    const missing = uncoveredRules(existing.rules ?? [], wanted.rules ?? []);
    return missing.length > 0 ? { rules: [...(existing.rules ?? []), ...missing] } : {};
  }
  const selectors = existing.aggregationRule?.clusterRoleSelectors ?? [];
  const missing = (wanted.aggregationRule.clusterRoleSelectors ?? []).filter((selector) => !selectors.some((known) => isDeepStrictEqual(known, selector)));
  return missing.length > 0 ? { aggregationRule: { clusterRoleSelectors: [...selectors, ...missing] } } : {};
}

function bindingFields(wanted: RoleBinding, existing: RoleBinding): Partial<RoleBinding> {
  if (!isDeepStrictEqual(wanted.roleRef, existing.roleRef)) return { roleRef: wanted.roleRef, ...(wanted.subjects ? { subjects: wanted.subjects } : {}) };
  const same = (left: Subject, right: Subject): boolean =>
    left.kind === right.kind && left.name === right.name && (left.namespace ?? '') === (right.namespace ?? '');
  const missing = (wanted.subjects ?? []).filter((subject) => !existing.subjects?.some((known) => same(known, subject)));
  return missing.length > 0 ? { subjects: [...(existing.subjects ?? []), ...missing] } : {};
}

/** Takes fields, named by path, over from the wanted object. */
function withFields(wanted: UntypedObject, existing: UntypedObject, paths: readonly string[]): UntypedObject {
  let result = existing;
  for (const path of paths) {
    const [first = '', second] = path.split('.');
    const value = wanted[first];
    result = { ...result, [first]: second === undefined ? value : { ...(result[first] as object), [second]: (value as Record<string, unknown>)[second] } };
  }
  return result;
}
