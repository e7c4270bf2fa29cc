import type { APIService } from '../../../api/generated/apiregistration-v1.ts';
import { apiservices } from '../../../api/generated/resource-types.ts';
import { dns1035LabelProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { pathSegmentName } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { dnsSubdomainAt, problemsAt, rangeAt, requiredAt } from '../core/field-checks.ts';

/** apiregistration.k8s.io/v1 `apiservices`. */
export function apiServiceDefinition(): ResourceDefinition {
  return defineBuiltIn(apiservices, {
    columns: [
      nameColumn,
      {
        name: 'Service',
        description: 'Who serves the group.',
        cell: ({ spec }) => (spec?.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local'),
      },
      { name: 'Available', description: 'Whether it can be reached.', cell: availableText },
      ageColumn,
    ],
    generationFields: [],
    applyDefaults({ spec }) {
      if (spec?.service) spec.service.port ??= 443;
    },
    prepareForCreate(draft) {
      // Groups that this server itself serves are there from the start.
      draft.status = draft.spec?.service
        ? {}
        : { conditions: [{ type: 'Available', status: 'True', reason: 'Local', message: 'Local APIServices are always available' }] };
    },
    validateName: (name, isPrefix) => pathSegmentName(name, isPrefix),
    validate,
  });
}

function availableText({ status }: Draft<APIService>): string {
  const condition = status?.conditions?.find((candidate) => candidate.type === 'Available');
  if (!condition) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status ?? ''} (${condition.reason ?? ''})`;
}

function validate({ metadata, spec = {} }: Draft<APIService>): FieldError[] {
  const { group = '', version = '', service, caBundle, insecureSkipTLSVerify } = spec;
  const errors: FieldError[] = [];
  if (metadata.name !== `${version}.${group}`) errors.push(fieldError.invalid('metadata.name', metadata.name ?? '', 'must be `spec.version+"."+spec.group`'));
  if (group === '' && version !== 'v1') errors.push(fieldError.required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  if (group !== '') errors.push(...dnsSubdomainAt(group, 'spec.group'));
  errors.push(...problemsAt(dns1035LabelProblems, version, 'spec.version'));
  if ((spec.groupPriorityMinimum ?? 0) <= 0 || (spec.groupPriorityMinimum ?? 0) > 20_000)
    errors.push(fieldError.invalid('spec.groupPriorityMinimum', spec.groupPriorityMinimum ?? 0, 'must be positive and less than 20000'));
  if ((spec.versionPriority ?? 0) <= 0 || (spec.versionPriority ?? 0) > 1000)
    errors.push(fieldError.invalid('spec.versionPriority', spec.versionPriority ?? 0, 'must be positive and less than 1000'));
  if (!service) {
    if (caBundle)
      errors.push(fieldError.invalid('spec.caBundle', `${Buffer.byteLength(caBundle, 'base64')} bytes`, 'local APIServices may not have a caBundle'));
    if (insecureSkipTLSVerify) errors.push(fieldError.invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'));
    return errors;
  }
  errors.push(
    ...requiredAt(service.namespace, 'spec.service.namespace'),
    ...requiredAt(service.name, 'spec.service.name'),
    ...rangeAt(service.port, 1, 65_535, 'spec.service.port'),
  );
  if (insecureSkipTLSVerify && caBundle) errors.push(fieldError.invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  return errors;
}
