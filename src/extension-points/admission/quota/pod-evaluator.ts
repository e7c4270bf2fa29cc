import type { Container, Pod, ResourceList } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import type { Quantity } from '../../../api/quantity.ts';
import { type Amounts, one, readAmounts } from './amounts.ts';
import type { QuotaEvaluator } from './evaluator.ts';
import { isPodLevelResource, podLimits, podRequests } from './pod-resources.ts';
import { isPodInScope, isTerminating } from './pod-scopes.ts';
import { countName, hugePagesPrefix, isDeviceResource, isExtendedInQuota, requestsPrefix } from './resource-names.ts';

const objectCount = countName(pods);
const names = new Set([
  objectCount,
  'pods',
  ...['cpu', 'memory', 'ephemeral-storage'].flatMap((resource) => [resource, `requests.${resource}`, `limits.${resource}`]),
]);
/** Who counts one of these must have every container say it. A mistake of old, kept for compatibility: no other resource asks for it. */
const mustBeSpecified = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);

/** Pods: CPU, memory, ephemeral storage, huge pages and extended resources while they live, and their number. */
export function createPodEvaluator({ now }: { readonly now: () => number }): QuotaEvaluator {
  return {
    resource: pods,
    handles({ operation, subresource, object, oldObject }) {
      if (subresource === 'resize') return operation === 'UPDATE';
      if (subresource !== '') return false;
      if (operation !== 'UPDATE') return operation === 'CREATE';
      // Nothing else of a pod that quotas look at can be changed by an update.
      return isTerminating(object as unknown as Pod) !== isTerminating(oldObject as unknown as Pod);
    },
    matchingNames: (given) =>
      [...given].filter(
        (name) => names.has(name) || name.startsWith(hugePagesPrefix) || name.startsWith(`${requestsPrefix}${hugePagesPrefix}`) || isExtendedInQuota(name),
      ),
    unspecified: (object, required) => unspecified(object as unknown as Pod, required),
    isInScope: (object, scope) => isPodInScope(object as unknown as Pod, scope),
    usage(object) {
      const pod = object as unknown as Pod;
      const used = isCounted(pod, now()) ? computeUsage(podRequests(pod), podLimits(pod)) : new Map<string, Quantity>();
      return used.set(objectCount, one);
    },
    changesAtMs(object) {
      const endMs = endOfGraceMs(object as unknown as Pod);
      return endMs !== undefined && endMs >= now() ? endMs + 1 : undefined;
    },
  };
}

/** A pod that has ended, or should have long since (its node may be lost), uses nothing any more. */
function isCounted(pod: Pod, nowMs: number): boolean {
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return false;
  const endMs = endOfGraceMs(pod);
  return endMs === undefined || nowMs <= endMs;
}

/** Upstream waits the grace period once more after the time of deletion, which comes after it already. */
function endOfGraceMs({ metadata: { deletionTimestamp, deletionGracePeriodSeconds } }: Pod): number | undefined {
  if (!deletionTimestamp || deletionGracePeriodSeconds === undefined) return undefined;
  return Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

function computeUsage(requests: Amounts, limits: Amounts): Map<string, Quantity> {
  const used = new Map<string, Quantity>([['pods', one]]);
  for (const resource of ['cpu', 'memory', 'ephemeral-storage']) {
    const [request, limit] = [requests.get(resource), limits.get(resource)];
    if (request) used.set(resource, request).set(`requests.${resource}`, request);
    if (limit) used.set(`limits.${resource}`, limit);
  }
  for (const [resource, amount] of requests) {
    if (resource.startsWith(hugePagesPrefix)) used.set(resource, amount).set(`${requestsPrefix}${resource}`, amount);
    if (isDeviceResource(resource)) used.set(`${requestsPrefix}${resource}`, amount);
  }
  return used;
}

function unspecified({ spec }: Pod, required: readonly string[]): string | undefined {
  if (hasPodLevelResources(spec?.resources?.requests) || hasPodLevelResources(spec?.resources?.limits)) return undefined;
  const wanted = required.filter((name) => mustBeSpecified.has(name)).sort();
  if (wanted.length === 0) return undefined;
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ name, resources }: Container) => ({
    name,
    said: computeUsage(readAmounts(resources?.requests), readAmounts(resources?.limits)),
  }));
  const missing = wanted.flatMap((resource) => {
    const silent = new Set(containers.filter(({ said }) => !said.has(resource)).map(({ name }) => name));
    return silent.size > 0 ? [`${resource} for: ${[...silent].sort().join(',')}`] : [];
  });
  return missing.length > 0 ? `must specify ${missing.join('; ')}` : undefined;
}

const hasPodLevelResources = (list: ResourceList | undefined): boolean => Object.keys(list ?? {}).some(isPodLevelResource);
