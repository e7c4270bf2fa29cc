import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';

export type ResourceList = Readonly<Record<string, string | number>>;

/** What a namespace is guaranteed, and how much it may have at most. There is one per namespace: of several the oldest holds. */
export interface ElasticQuota extends KubernetesObject {
  apiVersion?: 'scheduling.x-k8s.io/v1alpha1';
  kind?: 'ElasticQuota';
  spec?: {
    /** Guaranteed; others may borrow what is not used of it. What is missing is 0. */
    readonly min?: ResourceList;
    /** Never exceeded. What is missing has no bound. */
    readonly max?: ResourceList;
  };
  status?: { readonly used?: ResourceList };
}

export const elasticquotas: ResourceType<ElasticQuota> = {
  group: 'scheduling.x-k8s.io',
  version: 'v1alpha1',
  resource: 'elasticquotas',
  kind: 'ElasticQuota',
  namespaced: true,
};

/** The one that holds. */
export function quotaThatHolds(quotas: readonly ElasticQuota[]): ElasticQuota | undefined {
  const ageOf = ({ metadata: { creationTimestamp, name } }: ElasticQuota): string => `${creationTimestamp} ${name}`;
  return quotas.reduce<ElasticQuota | undefined>((oldest, quota) => (!oldest || ageOf(quota) < ageOf(oldest) ? quota : oldest), undefined);
}
