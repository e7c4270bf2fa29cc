import type { PersistentVolumeClaimSpec } from '../../../api/generated/core-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { dnsSubdomainAt, eachAt, optionalOneOfAt } from './field-checks.ts';
import { validateLabelSelector } from './pod-scheduling-validation.ts';
import { amountOf, amountText } from './resource-amounts.ts';

export const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** The spec of a claim, also as a template inside pods and stateful sets. */
export function validateClaimSpec(spec: Loose<PersistentVolumeClaimSpec>, path: string): FieldError[] {
  return [
    ...validateAccessModes(spec.accessModes, path),
    ...validateLabelSelector(spec.selector, `${path}.selector`),
    ...validateStorageRequest(spec.resources?.requests?.['storage'], `${path}.resources`),
    ...(spec.storageClassName ? dnsSubdomainAt(spec.storageClassName, `${path}.storageClassName`) : []),
    ...optionalOneOfAt(spec.volumeMode, ['Block', 'Filesystem'], `${path}.volumeMode`),
    ...validateDataSource(spec, path),
    ...(spec.volumeAttributesClassName ? dnsSubdomainAt(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`) : []),
  ];
}

/** At least one mode, all known, and ReadWriteOncePod only alone. */
export function validateAccessModes(modes: readonly string[] | undefined, path: string): FieldError[] {
  const at = `${path}.accessModes`;
  if (!modes || modes.length === 0) return [fieldError.required(at, 'at least 1 access mode is required')];
  const errors = modes.filter((mode) => !accessModes.includes(mode)).map((mode) => fieldError.notSupported(at, mode, accessModes));
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) errors.push(fieldError.forbidden(at, 'may not use ReadWriteOncePod with other access modes'));
  return errors;
}

function validateStorageRequest(amount: string | number | undefined, path: string): FieldError[] {
  if (amount === undefined) return [fieldError.required(`${path}[storage]`)];
  return amountOf(amount).nano > 0n ? [] : [fieldError.invalid(`${path}[storage]`, amountText(amount), 'must be greater than zero')];
}

function validateDataSource(spec: Loose<PersistentVolumeClaimSpec>, path: string): FieldError[] {
  return eachAt([spec.dataSource, spec.dataSourceRef], '', (source, _at, index) => {
    if (!source) return [];
    const at = `${path}.${index === 0 ? 'dataSource' : 'dataSourceRef'}`;
    const errors: FieldError[] = [];
    if (!source.name) errors.push(fieldError.required(`${at}.name`));
    if (!source.kind) errors.push(fieldError.required(`${at}.kind`));
    if (!source.apiGroup && source.kind !== 'PersistentVolumeClaim')
      errors.push(fieldError.invalid(at, source.kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
    return errors;
  });
}
