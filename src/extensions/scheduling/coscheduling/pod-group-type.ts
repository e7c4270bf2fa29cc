import type { Pod } from '../../../api/generated/core-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';

/** Pods that run together or not at all. They name their group by a label. */
export interface PodGroup extends KubernetesObject {
  apiVersion?: 'scheduling.x-k8s.io/v1alpha1';
  kind?: 'PodGroup';
  spec?: {
    /** So many members run, or none does. At least 1. */
    readonly minMember?: number;
    /** What the whole cluster must have left before any member is tried. */
    readonly minResources?: Readonly<Record<string, string | number>>;
    /** How long members hold their places for the others. */
    readonly scheduleTimeoutSeconds?: number;
  };
  status?: PodGroupStatus;
}

export type PodGroupPhase = 'Pending' | 'Scheduling' | 'Running' | 'Unknown' | 'Finished' | 'Failed';

export interface PodGroupStatus {
  readonly phase?: PodGroupPhase;
  /** The owners of the members, `namespace/name`, separated by commas. */
  readonly occupiedBy?: string;
  readonly running?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly scheduleStartTime?: string;
}

export const podgroups: ResourceType<PodGroup> = {
  group: 'scheduling.x-k8s.io',
  version: 'v1alpha1',
  resource: 'podgroups',
  kind: 'PodGroup',
  namespaced: true,
};

export const podGroupLabel = 'scheduling.x-k8s.io/pod-group';

/** `namespace/name` of the group that a pod names; undefined for a pod on its own. */
export function groupKeyOf({ metadata: { namespace, labels } }: Pod): string | undefined {
  const name = labels?.[podGroupLabel];
  return name ? `${namespace}/${name}` : undefined;
}
