import { isIP } from 'node:net';
import { ipaddresses } from '../../../api/generated/resource-types.ts';
import { fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { nameColumn } from '../../../extension-points/resources/printer.ts';
import { requiredAt } from '../core/field-checks.ts';

/** networking.k8s.io/v1 `ipaddresses`. */
export function ipAddressDefinition(): ResourceDefinition {
  return defineBuiltIn(ipaddresses, {
    columns: [
      nameColumn,
      {
        name: 'ParentRef',
        description: 'What the address belongs to.',
        cell({ spec }) {
          const { group, resource = '', namespace, name = '' } = spec?.parentRef ?? {};
          return `${resource}${group ? `.${group}` : ''}/${namespace ? `${namespace}/` : ''}${name}`;
        },
      },
    ],
    generationFields: [],
    validateName: (name) => (isIP(name) === 0 ? ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'] : []),
    validate: ({ spec }) =>
      spec?.parentRef
        ? [...requiredAt(spec.parentRef.resource, 'spec.parentRef.resource'), ...requiredAt(spec.parentRef.name, 'spec.parentRef.name')]
        : [fieldError.required('spec.parentRef')],
    validateUpdate: (address, old) => validateImmutable(address.spec?.parentRef, old.spec?.parentRef, 'spec.parentRef'),
  });
}
