import type { ObjectLookup } from '../lookup.ts';
import { createDeviceClaimEvaluator } from './device-claim-evaluator.ts';
import type { QuotaEvaluator } from './evaluator.ts';
import { createObjectCountEvaluator } from './object-count-evaluator.ts';
import { createPodEvaluator } from './pod-evaluator.ts';
import { serviceEvaluator } from './service-evaluator.ts';
import { volumeClaimEvaluator } from './volume-claim-evaluator.ts';

type GroupResource = { readonly group: string; readonly resource: string };

/** Resources that are not stored, and events, of which there are too many to be counted. */
const uncounted = new Set([
  'bindings',
  'componentstatuses',
  'events',
  'events.events.k8s.io',
  'tokenreviews.authentication.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
]);
const rememberedResources = 2_000;

/** Knows how the objects of each resource count. */
export class QuotaEvaluators {
  readonly #byResource = new Map<string, QuotaEvaluator>();
  /** Those that count more than objects. */
  readonly special: readonly QuotaEvaluator[];

  constructor({ lookup, now }: { readonly lookup: ObjectLookup; readonly now: () => number }) {
    const podEvaluator = createPodEvaluator({ now });
    const deviceClaimEvaluator = createDeviceClaimEvaluator({ lookup, podUsage: (pod) => podEvaluator.usage(pod) });
    this.special = [podEvaluator, serviceEvaluator, volumeClaimEvaluator, deviceClaimEvaluator];
    for (const evaluator of this.special) this.#byResource.set(keyOf(evaluator.resource), evaluator);
  }

  /** Undefined for what quotas never count. */
  of(resource: GroupResource): QuotaEvaluator | undefined {
    const key = keyOf(resource);
    const known = this.#byResource.get(key);
    if (known || uncounted.has(key)) return known;
    const evaluator = createObjectCountEvaluator(resource);
    // Definitions of custom resources come and go.
    if (this.#byResource.size < rememberedResources) this.#byResource.set(key, evaluator);
    return evaluator;
  }
}

const keyOf = ({ group, resource }: GroupResource): string => (group === '' ? resource : `${resource}.${group}`);
