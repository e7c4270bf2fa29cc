import type { Pod } from '../../api/generated/core-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import type { SchedulingAttempt } from './decision.ts';

/** The group in which decisions are served. */
export const decisionsGroup = 'decisions.wherry.dev';
export const decisionsVersion = 'v1alpha1';

/** One attempt to schedule a pod, as the API serves it: read-only, kept in memory only. */
export interface SchedulingDecision extends KubernetesObject, SchedulingAttempt {}

export const schedulingdecisions: ResourceType<SchedulingDecision> = {
  group: decisionsGroup,
  version: decisionsVersion,
  resource: 'schedulingdecisions',
  kind: 'SchedulingDecision',
  namespaced: true,
};

/** Asks what would become of a pod if it were created now. Nothing is stored. */
export interface SchedulingReview extends KubernetesObject {
  spec: {
    /** The pod as admission left it (`dryRun=All`). */
    pod: Pod;
  };
  status?: { attempt: SchedulingAttempt };
}

export const schedulingreviews: ResourceType<SchedulingReview> = {
  group: decisionsGroup,
  version: decisionsVersion,
  resource: 'schedulingreviews',
  kind: 'SchedulingReview',
  namespaced: true,
};

/** Under these names the API server is given a `DecisionReader` and a `SchedulingOracle`. */
export const decisionReaderService = 'scheduling-decisions';
export const schedulingOracleService = 'scheduling-oracle';
