import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { admissionDecisionDefinition } from './admission-decisions.ts';
import { deviceDecisionReportDefinition } from './device-decision-reports.ts';
import { deviceDecisionDefinition } from './device-decisions.ts';
import { schedulingDecisionDefinition } from './scheduling-decisions.ts';
import { schedulingReviewDefinition } from './scheduling-reviews.ts';

/** The resources of `decisions.wherry.dev`: what was decided, and what would be. */
export const decisionResources = (): ResourceDefinition[] => [
  schedulingDecisionDefinition(),
  schedulingReviewDefinition(),
  admissionDecisionDefinition(),
  deviceDecisionDefinition(),
  deviceDecisionReportDefinition(),
];
