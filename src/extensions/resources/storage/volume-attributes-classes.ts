import { volumeattributesclasses } from '../../../api/generated/resource-types.ts';
import { fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { validateDriverName } from '../core/volume-validation.ts';

/** storage.k8s.io/v1 `volumeattributesclasses`. */
export function volumeAttributesClassDefinition(): ResourceDefinition {
  return defineBuiltIn(volumeattributesclasses, {
    columns: [
      nameColumn,
      { name: 'DriverName', description: 'The driver that understands the parameters.', cell: ({ driverName }) => driverName ?? '' },
      ageColumn,
    ],
    generationFields: [],
    validate: ({ driverName = '', parameters = {} }) => [
      ...validateDriverName(driverName, 'driverName'),
      ...(Object.keys(parameters).length === 0 ? [fieldError.required('parameters', 'must contain at least one key/value pair')] : []),
      ...(Object.keys(parameters).length > 512 ? [fieldError.tooLong('parameters', 512)] : []),
    ],
    validateUpdate: (attributes, old) => [
      ...((attributes.driverName ?? '') === (old.driverName ?? '') ? [] : [fieldError.forbidden('driverName', 'updates to driverName are forbidden.')]),
      ...(sameValue(attributes.parameters, old.parameters) ? [] : [fieldError.forbidden('parameters', 'updates to parameters are forbidden.')]),
    ],
  });
}
