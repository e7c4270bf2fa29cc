import type { ServiceCIDR } from '../../../api/generated/networking-v1.ts';
import { servicecidrs } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { cidrAt, eachAt } from '../core/field-checks.ts';

/** networking.k8s.io/v1 `servicecidrs`: where addresses of services come from. */
export function serviceCidrDefinition(): ResourceDefinition {
  return defineBuiltIn(servicecidrs, {
    columns: [nameColumn, { name: 'CIDRs', description: 'The blocks of addresses.', cell: ({ spec }) => (spec?.cidrs ?? []).join(',') }, ageColumn],
    generationFields: [],
    prepareForCreate(draft) {
      draft.status = {};
    },
    validate,
    validateUpdate: (cidr, old) => validateImmutable(cidr.spec?.cidrs, old.spec?.cidrs, 'spec.cidrs'),
  });
}

function validate({ spec }: Draft<ServiceCIDR>): FieldError[] {
  const cidrs = spec?.cidrs ?? [];
  if (cidrs.length === 0) return [fieldError.required('spec.cidrs', 'at least one CIDR required')];
  if (cidrs.length > 2) return [fieldError.invalid('spec', spec, 'may only hold up to 2 values')];
  const errors = eachAt(cidrs, 'spec.cidrs', cidrAt);
  const isSameFamily = cidrs.length === 2 && cidrs[0]?.includes(':') === cidrs[1]?.includes(':');
  return isSameFamily
    ? [...errors, fieldError.invalid('spec', spec, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64')]
    : errors;
}
