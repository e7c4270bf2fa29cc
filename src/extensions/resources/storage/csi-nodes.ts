import { csinodes } from '../../../api/generated/resource-types.ts';
import type { CSINode } from '../../../api/generated/storage-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { duplicates, eachAt, qualifiedNameAt, requiredAt } from '../core/field-checks.ts';
import { validateDriverName } from '../core/volume-validation.ts';

/** storage.k8s.io/v1 `csinodes`. */
export function csiNodeDefinition(): ResourceDefinition {
  return defineBuiltIn(csinodes, {
    columns: [
      nameColumn,
      { name: 'Drivers', type: 'integer', description: 'Drivers that run on the node.', cell: ({ spec }) => spec?.drivers?.length ?? 0 },
      ageColumn,
    ],
    generationFields: [],
    applyDefaults(draft) {
      (draft.spec ??= {}).drivers ??= [];
    },
    validate,
    validateUpdate,
  });
}

function validate({ spec }: Draft<CSINode>): FieldError[] {
  const duplicate = duplicates();
  return eachAt(spec?.drivers, 'spec.drivers', ({ name = '', nodeID = '', topologyKeys, allocatable }, path) => {
    const keys = duplicates();
    return [
      ...validateDriverName(name, `${path}.name`),
      ...requiredAt(nodeID, `${path}.nodeID`),
      ...(nodeID.length > 256 ? [fieldError.invalid(`${path}.nodeID`, nodeID, 'must be 256 characters or less')] : []),
      ...validateNotNegative(allocatable?.count, `${path}.allocatable.count`),
      ...eachAt(topologyKeys, `${path}.topologyKeys`, (key) => [...keys(key, `${path}.topologyKeys`), ...qualifiedNameAt(key, `${path}.topologyKeys`)]),
      ...duplicate(name, `${path}.name`),
    ];
  });
}

/** A driver that is there may be removed and added again, not changed, except for how much it can take. */
function validateUpdate({ spec }: Draft<CSINode>, { spec: old }: Draft<CSINode>): FieldError[] {
  return (old?.drivers ?? []).flatMap((before) => {
    const after = spec?.drivers?.find((driver) => driver.name === before.name);
    const isSame = !after || sameValue({ ...after, allocatable: undefined }, { ...before, allocatable: undefined });
    return isSame ? [] : [fieldError.invalid('CSINodeDriver', after, 'field is immutable')];
  });
}
