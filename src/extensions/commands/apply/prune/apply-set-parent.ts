import { createHash } from 'node:crypto';
import { ApiError } from '../../../../api/status.ts';
import type { ServedResource } from '../../../../extension-points/commands/discovery/contract.ts';
import type { ApplyContext } from '../run-apply.ts';

/** Names of labels and annotations of apply sets (enhancement 3659). */
export const applySetNames = {
  tooling: 'applyset.kubernetes.io/tooling',
  namespaces: 'applyset.kubernetes.io/additional-namespaces',
  kinds: 'applyset.kubernetes.io/contains-group-kinds',
  resources: 'applyset.kubernetes.io/contains-group-resources',
  id: 'applyset.kubernetes.io/id',
  partOf: 'applyset.kubernetes.io/part-of',
  isParentType: 'applyset.kubernetes.io/is-parent-type',
} as const;

/** The object that keeps account of a set. */
export interface ApplySetParent {
  readonly resource: ServedResource;
  readonly name: string;
  readonly namespace: string | undefined;
  /** What members are labelled with. */
  readonly id: string;
}

/** Reads `[TYPE[.GROUP]/]NAME`. Throws `invalid parent reference …`. */
export async function parentOf({ flags, cluster }: Pick<ApplyContext, 'flags' | 'cluster'>): Promise<ApplySetParent> {
  const reference = flags.applyset;
  const slash = reference.indexOf('/');
  const [type, name] = slash < 0 ? ['secrets', reference] : [reference.slice(0, slash), reference.slice(slash + 1)];
  try {
    if (name === '') throw new Error('name cannot be blank');
    const resource = await resourceOf(cluster, type);
    // The namespace of the context does not count: a set must say where it is.
    const { isExplicit, name: wanted } = cluster.namespace();
    const namespace = resource.namespaced && isExplicit ? wanted : undefined;
    return { resource, name, namespace, id: applySetId({ name, namespace: namespace ?? '', kind: resource.kind, group: resource.group }) };
  } catch (error) {
    throw new Error(`invalid parent reference ${JSON.stringify(reference)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** A set's messages name an unknown type as Go's mappers do. */
async function resourceOf(cluster: ApplyContext['cluster'], type: string): Promise<ServedResource> {
  return cluster
    .mapper()
    .resourceFor(type)
    .catch((error: unknown) => {
      if (error instanceof ApiError) throw error;
      throw new Error(noResource(type), { cause: error });
    });
}

/** `no matches for GROUP/, Resource=NAME`. */
export function noResource(word: string): string {
  const dot = word.includes('.') ? word.indexOf('.') : word.length;
  return `no matches for ${word.slice(dot + 1)}/, Resource=${word.slice(0, dot)}`;
}

export const applySetId = ({ name, namespace, kind, group }: { name: string; namespace: string; kind: string; group: string }): string =>
  `applyset-${createHash('sha256').update([name, namespace, kind, group].join('.')).digest('base64url')}-v1`;

/** `secrets./NAME`, as messages call it. */
export const parentText = ({ resource, name }: ApplySetParent): string => `${resource.resource}.${resource.group}/${name}`;
