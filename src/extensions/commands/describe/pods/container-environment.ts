import type { Container, EnvFromSource, EnvVar, EnvVarSource, Pod, ResourceFieldSelector } from '../../../../api/generated/core-v1.ts';
import { quantityMilliValue, quantityValue } from '../../../../api/quantity.ts';
import type { Page } from '../page/page.ts';

/** Where sets of variables come from. */
export function writeEnvironmentSources(page: Page, sources: readonly EnvFromSource[]): void {
  page.line(2, 'Environment Variables from:');
  for (const { prefix, configMapRef, secretRef } of sources) {
    const source = configMapRef ?? secretRef;
    const from = configMapRef ? 'ConfigMap' : secretRef ? 'Secret' : '';
    page.line(3, source?.name ?? '', prefix ? `${from} with prefix '${prefix}'` : from, `Optional: ${source?.optional ?? false}`);
  }
}

/** The variables of a container; those that name a field of the pod with the value it has, when there is a pod. */
export function writeEnvironment(page: Page, container: Container, pod: Pod | undefined): void {
  const variables = container.env ?? [];
  page.write(2, `Environment:${variables.length === 0 ? '\t<none>' : ''}\n`);
  for (const variable of variables) {
    if (variable.valueFrom) writeReference(page, variable, variable.valueFrom, container, pod);
    else for (const [index, line] of (variable.value ?? '').split('\n').entries()) page.line(3, index === 0 ? `${variable.name}:` : '', line);
  }
}

function writeReference(page: Page, { name }: EnvVar, source: EnvVarSource, container: Container, pod: Pod | undefined): void {
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = source;
  if (fieldRef) {
    const value = pod ? podField(pod, fieldRef.fieldPath) : '';
    page.line(3, `${name}:`, `${value} (${fieldRef.apiVersion ?? ''}:${fieldRef.fieldPath})`);
  } else if (resourceFieldRef) {
    const amount = containerResource(resourceFieldRef, container);
    const { resource } = resourceFieldRef;
    const isWhole = amount === '0' && (resource === 'limits.cpu' || resource === 'limits.memory');
    page.line(3, `${name}:`, `${isWhole ? 'node allocatable' : amount} (${resource})`);
  } else if (secretKeyRef)
    page.line(3, `${name}:`, `<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name ?? ''}'>`, `Optional: ${secretKeyRef.optional ?? false}`);
  else if (configMapKeyRef)
    page.line(
      3,
      `${name}:`,
      `<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name ?? ''}'>`,
      `Optional: ${configMapKeyRef.optional ?? false}`,
    );
}

/** kubectl knows two fields; what others have, the node knows. */
const podField = ({ metadata }: Pod, path: string): string =>
  (path === 'metadata.name' ? metadata.name : path === 'metadata.namespace' ? metadata.namespace : undefined) ?? '';

/** A request or limit in units of the divisor, rounded up; empty for what is no resource of a container. */
function containerResource({ resource, divisor = '1' }: ResourceFieldSelector, { resources }: Container): string {
  const [list, name] = split(resource);
  const isKnown = name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-');
  if ((list !== 'limits' && list !== 'requests') || !isKnown) return '';
  const valueOf = name === 'cpu' ? quantityMilliValue : quantityValue;
  const unit = valueOf(divisor) === 0 ? '1' : divisor;
  return String(Math.ceil(valueOf(resources?.[list]?.[name] ?? '0') / valueOf(unit)));
}

function split(text: string): [string, string] {
  const dot = text.indexOf('.');
  return [text.slice(0, dot), text.slice(dot + 1)];
}
