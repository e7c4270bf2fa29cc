import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { type KubernetesObject, keyOf } from '../../../api/object.ts';
import { groupResource, groupVersion, type ResourceType } from '../../../api/resource-type.ts';
import { ApiError, isConflict, isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import { isPodFinished } from '../../../extension-points/controllers/pod-state.ts';
import type { ServedResource, ServedResources } from '../../../extension-points/controllers/served-resources.ts';
import type { DeletionReport } from './namespace-conditions.ts';

export interface ContentResult extends DeletionReport {
  /** Seconds after which it is worth looking again; 0 when nothing is left. */
  readonly estimateSeconds: number;
}

interface Remainder {
  readonly type: ResourceType;
  readonly count: number;
  readonly finalizers: readonly string[];
  readonly estimateSeconds: number;
}

// Upstream's guess of how long a finalizer takes.
const finalizerEstimateSeconds = 15;

/**
 * Asks the API to delete everything in a namespace, and says what is still there. Pods go first, and nothing else is touched before they are gone
 * (ordered namespace deletion, KEP 5080): a network policy must not vanish under a running pod.
 */
export async function deleteContent(client: Client, namespace: string, served: ServedResources): Promise<ContentResult> {
  const deletable = served.resources.filter(({ type, verbs }) => type.namespaced && verbs.includes('delete'));
  const isPods = ({ type }: ServedResource): boolean => groupResource(type) === groupResource(pods);
  const first = await deleteAll(client, namespace, deletable.filter(isPods));
  const arePodsGone = first.contentErrors.length === 0 && first.remainders.every(({ count }) => count === 0);
  const rest = arePodsGone
    ? await deleteAll(
        client,
        namespace,
        deletable.filter((resource) => !isPods(resource)),
      )
    : { contentErrors: [], remainders: [] };
  return report([...first.remainders, ...rest.remainders], [...first.contentErrors, ...rest.contentErrors], served.failures);
}

interface Pass {
  readonly contentErrors: readonly string[];
  readonly remainders: readonly Remainder[];
}

async function deleteAll(client: Client, namespace: string, resources: readonly ServedResource[]): Promise<Pass> {
  const contentErrors: string[] = [];
  const remainders: Remainder[] = [];
  for (const resource of resources) {
    try {
      remainders.push(await deleteResource(client, namespace, resource));
    } catch (error) {
      // The others are deleted all the same; this one shows in a condition and is tried again.
      contentErrors.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { contentErrors, remainders };
}

async function deleteResource(client: Client, namespace: string, { type, verbs }: ServedResource): Promise<Remainder> {
  const before = await listIfServed(client, namespace, type, verbs);
  if (before.length === 0) return { type, count: 0, finalizers: [], estimateSeconds: 0 };
  const graceSeconds = groupResource(type) === groupResource(pods) ? longestGraceSeconds(before as readonly Pod[]) : 0;
  if (verbs.includes('deletecollection')) await client.deleteCollection(type, { namespace, propagationPolicy: 'Background' });
  else for (const object of before) await deleteOne(client, type, object);
  const left = await listIfServed(client, namespace, type, verbs);
  const finalizers = left.flatMap(({ metadata }) => metadata.finalizers ?? []);
  // Pods that ended by themselves go without a grace period, but not before their node agent let them.
  const areGoing = left.every(({ metadata }) => metadata.deletionTimestamp !== undefined);
  if (left.length > 0 && finalizers.length === 0 && graceSeconds === 0 && !areGoing) {
    throw new Error(`unexpected items still remain in namespace: ${namespace} for gvr: ${groupVersion(type)}, Resource=${type.resource}`);
  }
  const estimateSeconds = left.length === 0 ? 0 : graceSeconds || (finalizers.length > 0 ? finalizerEstimateSeconds : 1);
  return { type, count: left.length, finalizers, estimateSeconds };
}

async function listIfServed(client: Client, namespace: string, type: ResourceType, verbs: readonly string[]): Promise<readonly KubernetesObject[]> {
  if (!verbs.includes('list')) return [];
  try {
    return (await client.list(type, { namespace })).items;
  } catch (error) {
    // A resource that went away after it was discovered has nothing left to delete.
    if (isNotFound(error) || (error instanceof ApiError && error.code === 405)) return [];
    throw error;
  }
}

async function deleteOne(client: Client, type: ResourceType, object: KubernetesObject): Promise<void> {
  const preconditions = object.metadata.uid ? { uid: object.metadata.uid } : {};
  await client.delete(type, keyOf(object), { propagationPolicy: 'Background', preconditions }).catch((error: unknown) => {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  });
}

const longestGraceSeconds = (list: readonly Pod[]): number =>
  Math.max(0, ...list.filter((pod) => !isPodFinished(pod)).map((pod) => pod.spec.terminationGracePeriodSeconds ?? 0));

function report(remainders: readonly Remainder[], contentErrors: readonly string[], discoveryFailures: ReadonlyMap<string, string>): ContentResult {
  const finalizers = new Map<string, number>();
  for (const name of remainders.flatMap((remainder) => remainder.finalizers)) finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
  return {
    discoveryFailures,
    contentErrors,
    finalizers,
    remaining: remainders,
    estimateSeconds: Math.max(0, ...remainders.map(({ estimateSeconds }) => estimateSeconds)),
  };
}
