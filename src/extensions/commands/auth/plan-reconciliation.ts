import { isDeepStrictEqual } from 'node:util';
import type { AggregationRule, PolicyRule, RoleRef, Subject } from '../../../api/generated/rbac-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { uncovered } from './policy-rules.ts';

/** A role or binding, cluster-wide or not. */
export interface RoleObject extends UntypedObject {
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: AggregationRule | null;
  readonly subjects?: readonly Subject[] | null;
  readonly roleRef?: RoleRef;
}

export type Operation = 'none' | 'create' | 'update' | 'recreate';

/** What has to be done that an object allows what is expected of it. */
export interface Plan {
  readonly operation: Operation;
  /** As it is to be. */
  readonly object: RoleObject;
  readonly missingRules: readonly PolicyRule[];
  readonly extraRules: readonly PolicyRule[];
  readonly missingSubjects: readonly Subject[];
  readonly extraSubjects: readonly Subject[];
  /** The object opted out of being changed. */
  readonly isProtected: boolean;
}

export interface PlanOptions {
  readonly removesExtraPermissions: boolean;
  readonly removesExtraSubjects: boolean;
}

const nothing = { missingRules: [], extraRules: [], missingSubjects: [], extraSubjects: [], isProtected: false } as const;

export const planCreation = (expected: RoleObject): Plan => ({
  ...nothing,
  operation: 'create',
  object: expected,
  missingRules: expected.rules ?? [],
  missingSubjects: expected.subjects ?? [],
});

/** Compares what is there with what is expected. What is there and not expected stays, unless it is to be removed. */
export function planUpdate(existing: RoleObject, expected: RoleObject, options: PlanOptions): Plan {
  const isProtected = existing.metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate'] === 'false';
  if (expected.kind?.endsWith('Binding')) return { ...planBinding(existing, expected, options.removesExtraSubjects), isProtected };
  return { ...planRole(existing, expected, options.removesExtraPermissions), isProtected };
}

function planRole(existing: RoleObject, expected: RoleObject, removesExtra: boolean): Plan {
  const owned = existing.rules ?? [];
  const wanted = expected.rules ?? [];
  const isAggregated = Boolean(existing.aggregationRule && expected.aggregationRule);
  const extraRules = isAggregated ? [] : uncovered(wanted, owned);
  const missingRules = uncovered(owned, wanted);
  const object: Record<string, unknown> = { ...existing, metadata: mergedMetadata(existing, expected) };
  if (!removesExtra && missingRules.length > 0) object['rules'] = [...owned, ...missingRules];
  if (removesExtra && missingRules.length + extraRules.length > 0) object['rules'] = wanted;
  const aggregation = aggregationOf(existing.aggregationRule ?? undefined, expected.aggregationRule ?? undefined, removesExtra);
  if (aggregation) object['aggregationRule'] = aggregation;
  else delete object['aggregationRule'];
  return { ...nothing, operation: isDeepStrictEqual(object, existing) ? 'none' : 'update', object: object as unknown as RoleObject, missingRules, extraRules };
}

function aggregationOf(existing: AggregationRule | undefined, expected: AggregationRule | undefined, removesExtra: boolean): AggregationRule | undefined {
  if (!expected) return undefined;
  const has = existing?.clusterRoleSelectors ?? [];
  const wants = expected.clusterRoleSelectors ?? [];
  const lacking = (list: typeof has, other: typeof has): typeof has => list.filter((one) => !other.some((another) => isDeepStrictEqual(one, another)));
  const missing = lacking(wants, has);
  if (!removesExtra) return missing.length === 0 ? existing : { ...existing, clusterRoleSelectors: [...has, ...missing] };
  return missing.length + lacking(has, wants).length === 0 ? existing : expected;
}

const sameSubject = (left: Subject, right: Subject): boolean =>
  left.kind === right.kind &&
  left.name === right.name &&
  (left.namespace ?? '') === (right.namespace ?? '') &&
  (left.apiGroup ?? '') === (right.apiGroup ?? '');

function planBinding(existing: RoleObject, expected: RoleObject, removesExtra: boolean): Plan {
  if (!isDeepStrictEqual({ apiGroup: '', ...existing.roleRef }, { apiGroup: '', ...expected.roleRef }))
    return { ...nothing, operation: 'recreate', object: expected };
  const has = existing.subjects ?? [];
  const wants = expected.subjects ?? [];
  const lacking = (list: readonly Subject[], other: readonly Subject[]): Subject[] => list.filter((one) => !other.some((another) => sameSubject(one, another)));
  const missingSubjects = lacking(wants, has);
  const extraSubjects = lacking(has, wants);
  const object: Record<string, unknown> = { ...existing, metadata: mergedMetadata(existing, expected) };
  if (!removesExtra && missingSubjects.length > 0) object['subjects'] = [...has, ...missingSubjects];
  if (removesExtra && missingSubjects.length + extraSubjects.length > 0) object['subjects'] = wants;
  return {
    ...nothing,
    operation: isDeepStrictEqual(object, existing) ? 'none' : 'update',
    object: object as unknown as RoleObject,
    missingSubjects,
    extraSubjects,
  };
}

/** Labels and annotations of both; what is there counts. */
function mergedMetadata(existing: RoleObject, expected: RoleObject): RoleObject['metadata'] {
  const merged = (field: 'annotations' | 'labels') => {
    const values = { ...expected.metadata[field], ...existing.metadata[field] };
    return existing.metadata[field] || expected.metadata[field] ? { [field]: values } : {};
  };
  return { ...existing.metadata, ...merged('annotations'), ...merged('labels') };
}
