import type { HorizontalPodAutoscaler, HPAScalingRules, MetricSpec, MetricStatus, MetricTarget } from '../../../api/generated/autoscaling-v2.ts';
import { horizontalpodautoscalers } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { pathSegmentName } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { typedDraft } from '../../../extension-points/resources/subresources.ts';
import { eachAt, oneOfAt, optionalOneOfAt, qualifiedNameAt, requiredAt } from '../core/field-checks.ts';
import { amountOf, amountText } from '../core/resource-amounts.ts';
import { convertAutoscaler } from './horizontal-pod-autoscaler-conversion.ts';

type Autoscaler = Draft<HorizontalPodAutoscaler>;
const sources = ['object', 'pods', 'resource', 'containerResource', 'external'] as const;
type Source = (typeof sources)[number];
const typeNames: Readonly<Record<Source, string>> = {
  object: 'Object',
  pods: 'Pods',
  resource: 'Resource',
  containerResource: 'ContainerResource',
  external: 'External',
};

/** autoscaling/v2 and v1 `horizontalpodautoscalers`; stored as v2. */
export function horizontalPodAutoscalerDefinition(): ResourceDefinition {
  return defineBuiltIn(horizontalpodautoscalers, {
    columns: [
      nameColumn,
      { name: 'Reference', description: 'What is scaled.', cell: ({ spec }) => `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}` },
      { name: 'Targets', description: 'Present and wanted values of the metrics.', cell: targetsText },
      { name: 'MinPods', description: 'Fewest pods.', cell: ({ spec }) => (spec?.minReplicas === undefined ? '<unset>' : `${spec.minReplicas}`) },
      { name: 'MaxPods', description: 'Most pods.', cell: ({ spec }) => spec?.maxReplicas ?? 0 },
      { name: 'Replicas', description: 'Pods there are.', cell: ({ status }) => status?.currentReplicas ?? 0 },
      ageColumn,
    ],
    generationFields: [],
    convert: convertAutoscaler,
    applyDefaults(draft, version) {
      const spec = (draft.spec ??= {});
      spec.minReplicas ??= 1;
      if (version !== 'v2') return;
      if ((spec.metrics?.length ?? 0) === 0)
        spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
      if (!spec.behavior) return;
      applyRuleDefaults(
        (spec.behavior.scaleUp ??= {}),
        [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ],
        0,
      );
      applyRuleDefaults((spec.behavior.scaleDown ??= {}), [{ type: 'Percent', value: 100, periodSeconds: 15 }], undefined);
    },
    validate: (autoscaler) => validate(inNewForm(autoscaler)),
  });
}

/** Hooks see the version the client speaks; rules and columns are written for v2. */
function inNewForm(autoscaler: Autoscaler): Autoscaler {
  if (autoscaler.apiVersion !== 'autoscaling/v1') return autoscaler;
  const copy = structuredClone(autoscaler) as unknown as UntypedObject;
  return typedDraft<HorizontalPodAutoscaler>(convertAutoscaler(copy, 'v2'));
}

function applyRuleDefaults(rules: Loose<HPAScalingRules>, policies: Loose<HPAScalingRules>['policies'], stabilization: number | undefined): void {
  rules.selectPolicy ??= 'Max';
  if (stabilization !== undefined) rules.stabilizationWindowSeconds ??= stabilization;
  rules.policies ??= policies;
}

function targetsText(autoscaler: Autoscaler): string {
  const { spec, status } = inNewForm(autoscaler);
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const texts = metrics.map((metric, index) => metricText(metric, status?.currentMetrics?.[index]));
  return texts.length > 2 ? `${texts.slice(0, 2).join(', ')} + ${texts.length - 2} more...` : texts.join(', ');
}

function metricText(metric: Loose<MetricSpec>, status: Loose<MetricStatus> | undefined): string {
  const source = sources.find((candidate) => metric[candidate] !== undefined);
  if (!source) return '<unknown type>';
  const target = metric[source]?.target;
  const current = status?.[source]?.current;
  const name = source === 'resource' ? `${metric.resource?.name ?? ''}: ` : source === 'containerResource' ? `${metric.containerResource?.name ?? ''}: ` : '';
  const pair = (present: string | undefined, wanted: string): string => `${name}${present ?? '<unknown>'}/${wanted}`;
  if (target?.averageUtilization !== undefined)
    return pair(current?.averageUtilization === undefined ? undefined : `${current.averageUtilization}%`, `${target.averageUtilization}%`);
  const isAverage = target?.averageValue !== undefined;
  const present = isAverage ? current?.averageValue : current?.value;
  const text = pair(present === undefined ? undefined : amountText(present), amountText(isAverage ? target.averageValue : target?.value));
  return isAverage && (source === 'external' || source === 'object') ? `${text} (avg)` : text;
}

function validate({ spec = {} }: Autoscaler): FieldError[] {
  const errors: FieldError[] = [];
  const { minReplicas, maxReplicas = 0 } = spec;
  if (minReplicas !== undefined && minReplicas < 1) errors.push(fieldError.invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  if (maxReplicas === 0) errors.push(fieldError.required('spec.maxReplicas', 'must be set and greater than 0'));
  else if (maxReplicas < 0) errors.push(fieldError.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to 1'));
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    errors.push(fieldError.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  const reference = spec.scaleTargetRef ?? {};
  for (const field of ['kind', 'name'] as const) {
    if (!reference[field]) errors.push(fieldError.required(`spec.scaleTargetRef.${field}`));
    else errors.push(...pathSegmentName(reference[field], false).map((detail) => fieldError.invalid(`spec.scaleTargetRef.${field}`, reference[field], detail)));
  }
  errors.push(...eachAt(spec.metrics, 'spec.metrics', validateMetric));
  return [...errors, ...validateRules(spec.behavior?.scaleUp, 'spec.behavior.scaleUp'), ...validateRules(spec.behavior?.scaleDown, 'spec.behavior.scaleDown')];
}

function validateMetric(metric: Loose<MetricSpec>, path: string): FieldError[] {
  const errors = oneOfAt(metric.type, Object.values(typeNames).sort(), `${path}.type`);
  const present = sources.filter((source) => metric[source] !== undefined);
  const wanted = sources.find((source) => typeNames[source] === metric.type);
  if (wanted && !present.includes(wanted)) errors.push(fieldError.required(`${path}.${wanted}`, 'must populate information for the given metric source'));
  for (const source of present) if (source !== wanted) errors.push(fieldError.forbidden(`${path}.${source}`, 'must populate the given metric source only'));
  if (!wanted || !present.includes(wanted)) return errors;
  if (wanted === 'resource' || wanted === 'containerResource') {
    errors.push(
      ...(metric[wanted]?.name
        ? qualifiedNameAt(metric[wanted].name, `${path}.${wanted}.name`)
        : [fieldError.required(`${path}.${wanted}.name`, 'must specify a resource name')]),
    );
    if (wanted === 'containerResource')
      errors.push(...requiredAt(metric.containerResource?.container, `${path}.containerResource.container`, 'must specify a container'));
  } else errors.push(...requiredAt(metric[wanted]?.metric?.name, `${path}.${wanted}.metric.name`, 'must specify a metric name'));
  return [...errors, ...validateTarget(metric[wanted]?.target ?? {}, `${path}.${wanted}.target`)];
}

function validateTarget(target: Loose<MetricTarget>, path: string): FieldError[] {
  const errors = target.type ? [] : [fieldError.required(`${path}.type`, 'must specify a metric target type')];
  if (!['Utilization', 'Value', 'AverageValue'].includes(target.type ?? ''))
    errors.push(fieldError.invalid(`${path}.type`, target.type ?? '', 'must be either Utilization, Value, or AverageValue'));
  if (target.averageUtilization !== undefined && target.averageUtilization < 1)
    errors.push(fieldError.invalid(`${path}.averageUtilization`, target.averageUtilization, 'must be greater than 0'));
  for (const field of ['value', 'averageValue'] as const) {
    const value = target[field];
    if (value !== undefined && amountOf(value).nano <= 0n) errors.push(fieldError.invalid(`${path}.${field}`, amountText(value), 'must be positive'));
  }
  if (target.averageUtilization === undefined && target.value === undefined && target.averageValue === undefined)
    errors.push(fieldError.required(`${path}.averageUtilization`, 'must set either a target raw value or a target utilization'));
  return errors;
}

function validateRules(rules: Loose<HPAScalingRules> | undefined, path: string): FieldError[] {
  if (!rules) return [];
  const window = rules.stabilizationWindowSeconds;
  const errors = optionalOneOfAt(rules.selectPolicy, ['Disabled', 'Max', 'Min'], `${path}.selectPolicy`);
  if (window !== undefined && window < 0)
    errors.push(fieldError.invalid(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > 3600)
    errors.push(fieldError.invalid(`${path}.stabilizationWindowSeconds`, window, 'must be less than or equal to 3600'));
  if (rules.policies?.length === 0) errors.push(fieldError.required(`${path}.policies`, 'must specify at least one Policy'));
  return [
    ...errors,
    ...eachAt(rules.policies, `${path}.policies`, ({ type, value = 0, periodSeconds = 0 }, at) => [
      ...oneOfAt(type, ['Percent', 'Pods'], `${at}.type`),
      ...(value <= 0 ? [fieldError.invalid(`${at}.value`, value, 'must be greater than zero')] : []),
      ...(periodSeconds <= 0
        ? [fieldError.invalid(`${at}.periodSeconds`, periodSeconds, 'must be greater than zero')]
        : periodSeconds > 1800
          ? [fieldError.invalid(`${at}.periodSeconds`, periodSeconds, 'must be less than or equal to 1800')]
          : []),
    ]),
  ];
}
