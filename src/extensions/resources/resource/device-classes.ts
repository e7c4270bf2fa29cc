import { deviceclasses } from '../../../api/generated/resource-types.ts';
import type { DeviceClass } from '../../../api/generated/resource-v1.ts';
import { qualifiedNameProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { listLimit, validateDeviceConfiguration, validateSelectors } from './device-selection-validation.ts';
import { limitedAt } from './list-limits.ts';

/** resource.k8s.io/v1 `deviceclasses`. */
export const deviceClassDefinition = (): ResourceDefinition => defineBuiltIn(deviceclasses, { columns: [nameColumn, ageColumn], validate });

function validate({ spec = {} }: Draft<DeviceClass>): FieldError[] {
  const name = spec.extendedResourceName;
  return [
    ...validateSelectors(spec.selectors, 'spec.selectors'),
    ...limitedAt(spec.config, listLimit, 'spec.config', validateDeviceConfiguration),
    ...(name === undefined || isExtendedResourceName(name)
      ? []
      : [fieldError.invalid('spec.extendedResourceName', name, 'must be a valid extended resource name')]),
  ];
}

/** A name with a domain that is not Kubernetes' own and still fits when quotas put `requests.` before it. */
function isExtendedResourceName(name: string): boolean {
  const domain = name.slice(0, Math.max(0, name.indexOf('/')));
  if (domain === '' || domain === 'kubernetes.io' || domain.endsWith('.kubernetes.io') || name.startsWith('requests.')) return false;
  return qualifiedNameProblems(`requests.${name}`).length === 0;
}
