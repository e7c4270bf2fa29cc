import type { HorizontalPodAutoscaler as Old } from '../../../api/generated/autoscaling-v1.ts';
import type { MetricSpec, MetricStatus, HorizontalPodAutoscaler as New } from '../../../api/generated/autoscaling-v2.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { typedDraft } from '../../../extension-points/resources/subresources.ts';

/** v1 knows one metric; what else v2 says travels in these annotations, as JSON. */
const annotations = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
} as const;

/** Converts an autoscaler between autoscaling/v1 and autoscaling/v2. The draft is changed and answered. */
export function convertAutoscaler(draft: UntypedObject, toVersion: string): UntypedObject {
  if (draft.apiVersion === `autoscaling/${toVersion}`) return draft;
  if (toVersion === 'v1') toOld(draft);
  else toNew(draft);
  draft.apiVersion = `autoscaling/${toVersion}`;
  return draft;
}

const isCpuShare = (metric: Loose<MetricSpec>): boolean =>
  metric.type === 'Resource' && metric.resource?.name === 'cpu' && metric.resource.target?.averageUtilization !== undefined;
const isCpuStatus = (metric: Loose<MetricStatus>): boolean =>
  metric.type === 'Resource' && metric.resource?.name === 'cpu' && metric.resource.current?.averageUtilization !== undefined;

function toOld(draft: UntypedObject): void {
  const { metrics, behavior, ...spec } = typedDraft<New>(draft).spec ?? {};
  const { currentMetrics, conditions, ...status } = typedDraft<New>(draft).status ?? {};
  const target = metrics?.find(isCpuShare)?.resource?.target?.averageUtilization;
  const current = currentMetrics?.find(isCpuStatus)?.resource?.current?.averageUtilization;
  // Readers of v1 see the first cpu target in its field and the rest here.
  writeAnnotation(
    draft,
    annotations.metrics,
    metrics?.filter((metric, index) => index !== metrics.findIndex(isCpuShare)),
  );
  writeAnnotation(
    draft,
    annotations.currentMetrics,
    currentMetrics?.filter((metric, index) => index !== currentMetrics.findIndex(isCpuStatus)),
  );
  writeAnnotation(draft, annotations.conditions, conditions);
  writeAnnotation(draft, annotations.behavior, behavior);
  draft['spec'] = { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) };
  if (draft['status'] !== undefined)
    draft['status'] = { currentReplicas: 0, ...status, ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }) };
}

function toNew(draft: UntypedObject): void {
  const { targetCPUUtilizationPercentage: target, ...spec } = typedDraft<Old>(draft).spec ?? {};
  const { currentCPUUtilizationPercentage: current, ...status } = typedDraft<Old>(draft).status ?? {};
  const metrics = [...cpuMetric('target', target), ...takeAnnotation(draft, annotations.metrics)];
  const currentMetrics = [...cpuMetric('current', current), ...takeAnnotation(draft, annotations.currentMetrics)];
  const conditions = takeAnnotation(draft, annotations.conditions);
  const behavior = takeAnnotationValue(draft, annotations.behavior);
  draft['spec'] = { ...spec, ...(metrics.length > 0 ? { metrics } : {}), ...(typeof behavior === 'object' && behavior !== null ? { behavior } : {}) };
  if (draft['status'] !== undefined)
    draft['status'] = { ...status, ...(currentMetrics.length > 0 ? { currentMetrics } : {}), ...(conditions.length > 0 ? { conditions } : {}) };
}

const cpuMetric = (side: 'target' | 'current', averageUtilization: number | undefined): unknown[] =>
  averageUtilization === undefined
    ? []
    : [{ type: 'Resource', resource: { name: 'cpu', [side]: side === 'target' ? { type: 'Utilization', averageUtilization } : { averageUtilization } } }];

function writeAnnotation(draft: UntypedObject, name: string, value: unknown): void {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return;
  draft.metadata.annotations = { ...draft.metadata.annotations, [name]: JSON.stringify(value) };
}

function takeAnnotation(draft: UntypedObject, name: string): unknown[] {
  const value = takeAnnotationValue(draft, name);
  return Array.isArray(value) ? value : [];
}

/** Text that is not JSON was not written here; it is dropped, as upstream does. */
function takeAnnotationValue(draft: UntypedObject, name: string): unknown {
  const { [name]: text, ...rest } = draft.metadata.annotations ?? {};
  if (text === undefined) return undefined;
  if (Object.keys(rest).length > 0) draft.metadata.annotations = rest;
  else delete draft.metadata.annotations;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
