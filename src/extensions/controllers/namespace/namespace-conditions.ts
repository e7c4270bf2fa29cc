import type { NamespaceCondition } from '../../../api/generated/core-v1.ts';
import type { ResourceType } from '../../../api/resource-type.ts';

/** What one pass over the content of a namespace found. */
export interface DeletionReport {
  /** `group/version` to why it could not be discovered. */
  readonly discoveryFailures: ReadonlyMap<string, string>;
  readonly contentErrors: readonly string[];
  readonly remaining: readonly { readonly type: ResourceType; readonly count: number }[];
  /** Finalizer to the number of objects that carry it. */
  readonly finalizers: ReadonlyMap<string, number>;
}

type Finding = Pick<NamespaceCondition, 'reason' | 'message'> | undefined;

interface Rule {
  readonly type: string;
  readonly ok: { readonly reason: string; readonly message: string };
  find(report: DeletionReport): Finding;
}

// Types, reasons and messages are upstream's.
const rules: readonly Rule[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    ok: { reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
    find: ({ discoveryFailures }) => {
      const failures = [...discoveryFailures].sort().map(([groupVersion, why]) => `${groupVersion}: ${why}`);
      return failures.length === 0
        ? undefined
        : {
            reason: 'DiscoveryFailed',
            message: `Discovery failed for some groups, ${failures.length} failing: unable to retrieve the complete list of server APIs: ${failures.join(', ')}`,
          };
    },
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    ok: { reason: 'ParsedGroupVersions', message: 'All legacy kube types successfully parsed' },
    find: () => undefined, // resources come as typed values here, never as text to parse
  },
  {
    type: 'NamespaceDeletionContentFailure',
    ok: { reason: 'ContentDeleted', message: 'All content successfully deleted, may be waiting on finalization' },
    find: ({ contentErrors }) => {
      const list = contentErrors.length === 1 ? contentErrors[0] : `[${contentErrors.join(', ')}]`;
      return contentErrors.length === 0
        ? undefined
        : { reason: 'ContentDeletionFailed', message: `Failed to delete all resource types, ${contentErrors.length} remaining: ${list}` };
    },
  },
  {
    type: 'NamespaceContentRemaining',
    ok: { reason: 'ContentRemoved', message: 'All content successfully removed' },
    find: ({ remaining }) => {
      const counts = remaining
        .filter(({ count }) => count > 0)
        .map(({ type, count }) => `${type.resource}.${type.group} has ${count} resource instances`)
        .sort();
      return counts.length === 0 ? undefined : { reason: 'SomeResourcesRemain', message: `Some resources are remaining: ${counts.join(', ')}` };
    },
  },
  {
    type: 'NamespaceFinalizersRemaining',
    ok: { reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
    find: ({ finalizers }) => {
      const counts = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`).sort();
      return counts.length === 0
        ? undefined
        : { reason: 'SomeFinalizersRemain', message: `Some content in the namespace has finalizers remaining: ${counts.join(', ')}` };
    },
  },
];

/** The conditions after a pass; undefined when they already say so. Conditions of other types stay. */
export function conditionsAfter(report: DeletionReport, old: readonly NamespaceCondition[], now: string): NamespaceCondition[] | undefined {
  const conditions = [...old];
  let isChanged = false;
  for (const { type, ok, find } of rules) {
    const finding = find(report);
    const next = { type, status: finding ? 'True' : 'False', ...(finding ?? ok) };
    const index = conditions.findIndex((condition) => condition.type === type);
    const current = conditions[index];
    if (current?.status === next.status && current.reason === next.reason && current.message === next.message) continue;
    isChanged = true;
    const lastTransitionTime = current?.status === next.status ? (current.lastTransitionTime ?? now) : now;
    if (current) conditions[index] = { ...current, ...next, lastTransitionTime };
    else conditions.push({ ...next, lastTransitionTime });
  }
  return isChanged ? conditions : undefined;
}
