import { controllerrevisions } from '../../../api/generated/resource-types.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { validateImmutable, validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { requiredAt } from '../core/field-checks.ts';

/** apps/v1 `controllerrevisions`. */
export function controllerRevisionDefinition(): ResourceDefinition {
  return defineBuiltIn(controllerrevisions, {
    columns: [
      nameColumn,
      {
        name: 'Controller',
        description: 'The workload whose history it is part of.',
        cell({ metadata }) {
          const owner = metadata.ownerReferences?.find((reference) => reference.controller);
          if (!owner) return '<none>';
          const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0] ?? ''}` : '';
          return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
        },
      },
      { name: 'Revision', type: 'integer', description: 'Its place in the history.', cell: (object) => object.revision ?? 0 },
      ageColumn,
    ],
    validate: (object) => [...requiredAt(object.data, 'data', 'data is mandatory'), ...validateNotNegative(object.revision, 'revision')],
    validateUpdate: (object, old) => validateImmutable(object.data, old.data, 'data'),
  });
}
