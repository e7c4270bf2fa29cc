import type { ObjectMeta } from '../../../api/generated/meta-v1.ts';
import type { ResourceType } from '../../../api/resource-type.ts';

/** Features of a node, as programs tell them to Node Feature Discovery (`nfd.k8s-sigs.io/v1alpha1`). */
export interface NodeFeature {
  readonly apiVersion: 'nfd.k8s-sigs.io/v1alpha1';
  readonly kind: 'NodeFeature';
  /** The label `nfd.node.kubernetes.io/node-name` says whose they are. */
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly features?: { readonly attributes?: Readonly<Record<string, { readonly elements?: Readonly<Record<string, string>> }>> };
  };
}

export const nodefeatures: ResourceType<NodeFeature> = {
  group: 'nfd.k8s-sigs.io',
  version: 'v1alpha1',
  resource: 'nodefeatures',
  kind: 'NodeFeature',
  namespaced: true,
};

export const nodeNameLabel = 'nfd.node.kubernetes.io/node-name';
