import type { EnvFromSource, EnvVar, ObjectFieldSelector, ResourceFieldSelector } from '../../../api/generated/core-v1.ts';
import { configMapKeyProblems, environmentNameProblems, qualifiedNameProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { dnsSubdomainAt, eachAt, joined, problemsAt, requiredAt } from './field-checks.ts';
import { amountOf, amountText } from './resource-amounts.ts';

const environmentFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
/** Fields of a pod that a downward API volume may show. */
export const volumeFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
const convertible = new Set([...environmentFields, ...volumeFields, 'spec.host', 'status.podIPs', 'spec.restartPolicy', 'spec.schedulerName', 'status.phase']);
const resourceFields = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory'];
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** `env` of a container. */
export function validateEnvironment(variables: readonly Loose<EnvVar>[] | undefined, path: string): FieldError[] {
  return eachAt(variables, path, (variable, at) =>
    joined(
      variable.name ? problemsAt(environmentNameProblems, variable.name, `${at}.name`) : [fieldError.required(`${at}.name`)],
      validateValueFrom(variable, `${at}.valueFrom`),
    ),
  );
}

function validateValueFrom({ value, valueFrom }: Loose<EnvVar>, path: string): FieldError[] {
  if (!valueFrom) return [];
  const errors: FieldError[] = [];
  if (valueFrom.fieldRef) errors.push(...validateFieldRef(valueFrom.fieldRef, environmentFields, `${path}.fieldRef`));
  if (valueFrom.resourceFieldRef) errors.push(...validateResourceFieldRef(valueFrom.resourceFieldRef, `${path}.resourceFieldRef`, false));
  if (valueFrom.configMapKeyRef) errors.push(...validateKeyRef(valueFrom.configMapKeyRef, `${path}.configMapKeyRef`));
  if (valueFrom.secretKeyRef) errors.push(...validateKeyRef(valueFrom.secretKeyRef, `${path}.secretKeyRef`));
  if (valueFrom.fileKeyRef)
    errors.push(
      ...requiredAt(valueFrom.fileKeyRef.volumeName, `${path}.fileKeyRef.volumeName`),
      ...requiredAt(valueFrom.fileKeyRef.path, `${path}.fileKeyRef.path`),
      ...requiredAt(valueFrom.fileKeyRef.key, `${path}.fileKeyRef.key`),
    );
  const sources = Object.values(valueFrom).filter((source) => source !== undefined).length;
  if (sources === 0)
    errors.push(fieldError.invalid(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'));
  else if (value) errors.push(fieldError.invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (sources > 1) errors.push(fieldError.invalid(path, '', 'may not have more than one field specified at a time'));
  return errors;
}

function validateKeyRef(reference: { name?: string | undefined; key?: string | undefined }, path: string): FieldError[] {
  return joined(
    dnsSubdomainAt(reference.name ?? '', `${path}.name`),
    reference.key ? problemsAt(configMapKeyProblems, reference.key, `${path}.key`) : [fieldError.required(`${path}.key`)],
  );
}

/** A `fieldRef`; `fields` are the paths it may name. */
export function validateFieldRef(reference: Loose<ObjectFieldSelector>, fields: readonly string[], path: string): FieldError[] {
  if (!reference.apiVersion) return [fieldError.required(`${path}.apiVersion`)];
  const fieldPath = reference.fieldPath ?? '';
  if (fieldPath === '') return [fieldError.required(`${path}.fieldPath`)];
  const subscript = /^(.*)\['(.*)'\]$/.exec(fieldPath);
  const base = subscript?.[1] ?? fieldPath;
  if (reference.apiVersion !== 'v1') {
    return [fieldError.invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: unsupported pod version: ${reference.apiVersion}`)];
  }
  if (subscript && base !== 'metadata.annotations' && base !== 'metadata.labels')
    return [fieldError.invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: field label does not support subscript: ${fieldPath}`)];
  if (!convertible.has(base))
    return [fieldError.invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`)];
  if (!subscript) return fields.includes(fieldPath) ? [] : [fieldError.notSupported(`${path}.fieldPath`, fieldPath, [...fields].sort())];
  const key = subscript[2] ?? '';
  if (base === 'metadata.annotations') return problemsAt(qualifiedNameProblems, key.toLowerCase(), path);
  return problemsAt(qualifiedNameProblems, key, path);
}

/** A `resourceFieldRef`; in volumes it must name the container. */
export function validateResourceFieldRef(reference: Loose<ResourceFieldSelector>, path: string, inVolume: boolean): FieldError[] {
  const resource = reference.resource ?? '';
  const isHugePages = resource.startsWith('limits.hugepages-') || resource.startsWith('requests.hugepages-');
  const errors: FieldError[] = [];
  if (inVolume && !reference.containerName) errors.push(fieldError.required(`${path}.containerName`));
  else if (resource === '') errors.push(fieldError.required(`${path}.resource`));
  else if (!resourceFields.includes(resource) && !isHugePages) errors.push(fieldError.notSupported(`${path}.resource`, resource, resourceFields));
  return [...errors, ...validateDivisor(resource, reference.divisor, isHugePages, `${path}.divisor`)];
}

function validateDivisor(resource: string, divisor: string | number | undefined, isHugePages: boolean, path: string): FieldError[] {
  if (divisor === undefined || amountOf(divisor).nano === 0n) return [];
  const text = amountText(divisor);
  if (resource.endsWith('.cpu'))
    return text === '1m' || text === '1' ? [] : [fieldError.invalid(path, resource, "only divisor's values 1m and 1 are supported with the cpu resource")];
  const kind = isHugePages
    ? 'hugepages'
    : resource.endsWith('.memory')
      ? 'memory'
      : resource.endsWith('.ephemeral-storage')
        ? 'local ephemeral storage'
        : undefined;
  if (kind === undefined || byteDivisors.includes(text)) return [];
  return [fieldError.invalid(path, resource, `only divisor's values ${byteDivisors.join(', ')} are supported with the ${kind} resource`)];
}

/** `envFrom` of a container. */
export function validateEnvironmentSources(sources: readonly Loose<EnvFromSource>[] | undefined, path: string): FieldError[] {
  return eachAt(sources, path, (source, at) => {
    const errors = source.prefix ? problemsAt(environmentNameProblems, source.prefix, `${at}.prefix`) : [];
    for (const field of ['configMapRef', 'secretRef'] as const) {
      const name = source[field]?.name;
      if (source[field]) errors.push(...(name ? dnsSubdomainAt(name, `${at}.${field}.name`) : [fieldError.required(`${at}.${field}.name`)]));
    }
    if (!source.configMapRef && !source.secretRef) errors.push(fieldError.invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (source.configMapRef && source.secretRef) errors.push(fieldError.invalid(path, '', 'may not have more than one field specified at a time'));
    return errors;
  });
}
