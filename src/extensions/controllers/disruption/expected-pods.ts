import type { Pod } from '../../../api/generated/core-v1.ts';
import type { OwnerReference } from '../../../api/generated/meta-v1.ts';
import type { PodDisruptionBudget } from '../../../api/generated/policy-v1.ts';
import { deployments, replicasets, replicationcontrollers, statefulsets } from '../../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { groupResource, type ResourceType } from '../../../api/resource-type.ts';
import { isNotFound } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { scaledValue } from '../../../extension-points/controllers/int-or-percent.ts';
import { controllerOf } from '../../../extension-points/controllers/owner-references.ts';
import type { DiscoverResources } from '../../../extension-points/controllers/served-resources.ts';

export interface ExpectedPods {
  readonly expected: number;
  readonly desiredHealthy: number;
  /** Whether there are pods that nothing controls: how many there should be of those nobody knows. */
  readonly hasUnmanaged: boolean;
}

export type ExpectationDeps = Pick<ControllerDeps, 'client' | 'informers'> & { readonly discover: DiscoverResources };

/**
 * How many pods there should be, and how many of them healthy. A number in `minAvailable` counts the pods that are there; anything else counts what their controllers are
 * to keep. Rejects, in upstream's words, for a pod whose controller cannot be found or has no scale. Rule: upstream's disruption controller.
 */
export async function expectedPods({ spec }: PodDisruptionBudget, pods: readonly Pod[], deps: ExpectationDeps): Promise<ExpectedPods> {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable === undefined && typeof minAvailable !== 'string')
    return { expected: minAvailable === undefined ? 0 : pods.length, desiredHealthy: minAvailable ?? 0, hasUnmanaged: false };
  const { expected, hasUnmanaged } = await scaleOf(pods, deps);
  const desiredHealthy =
    maxUnavailable === undefined ? scaledValue(minAvailable!, expected, Math.ceil) : Math.max(0, expected - scaledValue(maxUnavailable, expected, Math.ceil));
  return { expected, desiredHealthy, hasUnmanaged };
}

/** The replicas of all controllers of the pods together. */
async function scaleOf(pods: readonly Pod[], deps: ExpectationDeps): Promise<{ expected: number; hasUnmanaged: boolean }> {
  const replicas = new Map<string, number>();
  const seen = new Set<string>();
  let hasUnmanaged = false;
  for (const pod of pods) {
    const reference = controllerOf(pod);
    if (!reference) hasUnmanaged = true;
    if (!reference || seen.has(reference.uid)) continue;
    seen.add(reference.uid);
    const scale = knownScale(reference, pod.metadata.namespace ?? '', deps) ?? (await askedScale(reference, pod.metadata.namespace ?? '', deps));
    if (!scale) throw new Error(`found no controllers for pod ${JSON.stringify(pod.metadata.name)}`);
    replicas.set(scale.uid, scale.replicas);
  }
  return { expected: [...replicas.values()].reduce((sum, count) => sum + count, 0), hasUnmanaged };
}

interface Scale {
  readonly uid: string;
  readonly replicas: number;
}

type Scaled = KubernetesObject & { readonly spec?: { readonly replicas?: number } };

/** The scale of the kinds everybody uses; a replica set of a deployment has its deployment's. */
function knownScale(reference: OwnerReference, namespace: string, { informers }: ExpectationDeps): Scale | undefined {
  const find = (type: ResourceType, { apiVersion, kind, name, uid }: OwnerReference): Scaled | undefined => {
    if (kind !== type.kind || apiVersion.split('/').slice(0, -1).join('/') !== type.group) return undefined;
    const found = informers.informer(type).get({ namespace, name });
    return found?.metadata.uid === uid ? (found as Scaled) : undefined;
  };
  const controller = [replicationcontrollers, replicasets, statefulsets].map((type) => find(type, reference)).find((found) => found !== undefined);
  if (!controller) return undefined;
  const owner = controllerOf(controller);
  if (owner?.kind !== deployments.kind) return scaled(controller);
  const deployment = find(deployments, owner);
  return deployment && scaled(deployment);
}

const scaled = ({ metadata, spec }: Scaled): Scale => ({ uid: metadata.uid ?? '', replicas: spec?.replicas ?? 1 });

/** The scale of any other resource that has the sub-resource. */
async function askedScale(reference: OwnerReference, namespace: string, { client, discover }: ExpectationDeps): Promise<Scale | undefined> {
  const { apiVersion, kind, name, uid } = reference;
  const group = apiVersion.split('/').slice(0, -1).join('/');
  const { resources } = await discover();
  const type = resources.find((served) => served.type.kind === kind && served.type.group === group)?.type;
  if (!type) throw new Error(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`);
  const read = async (subresource?: string): Promise<Scaled | undefined> => {
    try {
      return (await client.get(type, { namespace, name }, subresource === undefined ? {} : { subresource })) as Scaled;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  const scale = await read('scale');
  if (!scale && (await read())) throw new Error(`${groupResource(type)} does not implement the scale subresource`);
  return scale?.metadata.uid === uid ? { uid, replicas: scale.spec?.replicas ?? 0 } : undefined;
}
