import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '../../../../api/generated/autoscaling-v2.ts';
import { goQuoted } from '../../../../extension-points/commands/printers/go-syntax.ts';
import type { Page } from '../page/page.ts';
import { amountText } from '../page/quantities.ts';

const unknown = '<unknown>';

/** A metric of an autoscaler: what it is now, and what it is to be. */
export function writeMetric(page: Page, metric: MetricSpec, status: MetricStatus | undefined): void {
  const { type, external, pods, object, resource, containerResource } = metric;
  if (type === 'External' && external) {
    const isAverage = external.target.averageValue !== undefined;
    const title = `${goQuoted(external.metric.name)} (target ${isAverage ? 'average ' : ''}value)`;
    page.field(1, title, amounts(isAverage ? 'averageValue' : 'value', status?.external?.current, external.target));
  } else if (type === 'Pods' && pods) page.field(1, `${goQuoted(pods.metric.name)} on pods`, amounts('averageValue', status?.pods?.current, pods.target));
  else if (type === 'Object' && object) {
    const isAverage = object.target.type === 'AverageValue';
    const { kind, name } = object.describedObject;
    const title = `"${object.metric.name}" on ${kind}/${name} (target ${isAverage ? 'average ' : ''}value)`;
    page.field(1, title, amounts(isAverage ? 'averageValue' : 'value', status?.object?.current, object.target));
  } else if (type === 'Resource' && resource) writeResource(page, `resource ${resource.name} on pods`, resource.target, status?.resource?.current);
  else if (type === 'ContainerResource' && containerResource) {
    const { name, container, target } = containerResource;
    writeResource(page, `resource ${name} of container "${container}" on pods`, target, status?.containerResource?.current);
  } else page.line(1, `<unknown metric type ${goQuoted(type)}>`);
}

function amounts(field: 'value' | 'averageValue', current: MetricValueStatus | undefined, target: MetricTarget): string {
  const isKnown = current !== undefined && (field === 'value' || current.averageValue !== undefined);
  return `${isKnown ? amountText(current[field]) : unknown} / ${amountText(target[field])}`;
}

function writeResource(page: Page, title: string, target: MetricTarget, current: MetricValueStatus | undefined): void {
  if (target.averageValue !== undefined) return page.field(1, title, amounts('averageValue', current, target));
  const now = current?.averageUtilization === undefined ? unknown : `${current.averageUtilization}% (${amountText(current.averageValue)})`;
  const wanted = target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`;
  page.field(1, `${title}  (as a percentage of request)`, `${now} / ${wanted}`);
}
