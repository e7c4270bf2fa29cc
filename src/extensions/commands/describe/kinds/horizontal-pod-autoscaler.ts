import type { HorizontalPodAutoscaler as OlderAutoscaler } from '../../../../api/generated/autoscaling-v1.ts';
import type { HorizontalPodAutoscaler, HPAScalingRules } from '../../../../api/generated/autoscaling-v2.ts';
import { horizontalpodautoscalers } from '../../../../api/generated/resource-types.ts';
import { defineDescriber, type Section } from '../contract.ts';
import type { Page } from '../page/page.ts';
import { orUnset } from '../page/texts.ts';
import { createdSection, field, identitySections } from '../sections.ts';
import { writeMetric } from './autoscaler-metrics.ts';

type Autoscaler = HorizontalPodAutoscaler;

const isOlder = (autoscaler: Autoscaler): boolean => autoscaler.apiVersion === 'autoscaling/v1';

const metricsSection: Section<Autoscaler> = (page, autoscaler) => {
  if (isOlder(autoscaler)) return writeUtilization(page, autoscaler as OlderAutoscaler);
  const { spec, status } = autoscaler;
  page.field(0, 'Metrics', '( current / target )');
  for (const [index, metric] of (spec?.metrics ?? []).entries()) writeMetric(page, metric, status?.currentMetrics?.[index]);
};

/** The first version of the API has one metric. */
function writeUtilization(page: Page, { spec, status }: OlderAutoscaler): void {
  if (spec?.targetCPUUtilizationPercentage === undefined) return;
  page.field(0, 'Target CPU utilization', `${spec.targetCPUUtilizationPercentage}%`);
  page.field(0, 'Current CPU utilization', `${status?.currentCPUUtilizationPercentage ?? '<unknown>'}%`);
}

const behaviorSection: Section<Autoscaler> = (page, autoscaler) => {
  const behavior = isOlder(autoscaler) ? undefined : autoscaler.spec?.behavior;
  if (!behavior) return;
  page.line(0, 'Behavior:');
  writeRules(page, 'Scale Up', behavior.scaleUp);
  writeRules(page, 'Scale Down', behavior.scaleDown);
};

function writeRules(page: Page, title: string, rules: HPAScalingRules | undefined): void {
  if (!rules) return;
  page.line(1, `${title}:`);
  if (rules.stabilizationWindowSeconds !== undefined) page.line(2, `Stabilization Window: ${rules.stabilizationWindowSeconds} seconds`);
  if (!rules.policies?.length) return;
  page.line(2, `Select Policy: ${rules.selectPolicy ?? 'Max'}`);
  page.line(2, 'Policies:');
  for (const { type, value, periodSeconds } of rules.policies) page.line(3, `- Type: ${type}`, `Value: ${value}`, `Period: ${periodSeconds} seconds`);
}

const conditionsSection: Section<Autoscaler> = (page, autoscaler) => {
  const conditions = isOlder(autoscaler) ? [] : (autoscaler.status?.conditions ?? []);
  if (conditions.length === 0) return;
  page.line(0, 'Conditions:');
  page.line(1, 'Type', 'Status', 'Reason', 'Message');
  page.line(1, '----', '------', '------', '-------');
  for (const { type, status, reason = '', message = '' } of conditions) page.line(1, type, status, reason, message);
};

export const horizontalPodAutoscalerDescriber = defineDescriber<Autoscaler>({
  resources: [horizontalpodautoscalers, { ...horizontalpodautoscalers, version: 'v1' }],
  sections: [
    ...identitySections,
    createdSection,
    field('Reference', ({ spec }) => `${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}`),
    metricsSection,
    field('Min replicas', ({ spec }) => orUnset(spec?.minReplicas)),
    field('Max replicas', ({ spec }) => spec?.maxReplicas ?? 0),
    behaviorSection,
    (page, { spec, status }) => {
      page.field(0, `${spec?.scaleTargetRef.kind} pods`, `${status?.currentReplicas ?? 0} current / ${status?.desiredReplicas ?? 0} desired`);
    },
    conditionsSection,
  ],
});
