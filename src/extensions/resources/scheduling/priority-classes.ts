import { priorityclasses } from '../../../api/generated/resource-types.ts';
import type { PriorityClass } from '../../../api/generated/scheduling-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { oneOfAt } from '../core/field-checks.ts';

const highestUserValue = 1_000_000_000;
/** The classes that come with a cluster, and their values. */
const systemClasses: Readonly<Record<string, number>> = { 'system-cluster-critical': 2_000_000_000, 'system-node-critical': 2_000_001_000 };

/** scheduling.k8s.io/v1 `priorityclasses`. */
export function priorityClassDefinition(): ResourceDefinition {
  return defineBuiltIn(priorityclasses, {
    columns: [
      nameColumn,
      { name: 'Value', type: 'integer', description: 'The priority of pods of this class.', cell: (priority) => priority.value ?? 0 },
      {
        name: 'Global-Default',
        type: 'boolean',
        description: 'Whether pods without a class get this one.',
        cell: (priority) => priority.globalDefault ?? false,
      },
      ageColumn,
      { name: 'PreemptionPolicy', description: 'Whether pods of this class may push others out.', cell: (priority) => priority.preemptionPolicy ?? '' },
    ],
    // Nothing that raises a generation can change, but new objects have one.
    generationFields: ['value'],
    applyDefaults(draft) {
      draft.preemptionPolicy ??= 'PreemptLowerPriority';
      draft.value ??= 0;
    },
    validate,
    validateUpdate: (priority, old) => [
      ...((priority.value ?? 0) === (old.value ?? 0) ? [] : [fieldError.forbidden('value', 'may not be changed in an update.')]),
      ...validateImmutable(priority.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'),
    ],
  });
}

function validate({ metadata, value = 0, globalDefault, preemptionPolicy }: Draft<PriorityClass>): FieldError[] {
  const errors = oneOfAt(preemptionPolicy, ['PreemptLowerPriority', 'Never'], 'preemptionPolicy');
  const name = metadata.name ?? '';
  if (!name.startsWith('system-')) {
    if (value > highestUserValue) errors.push(fieldError.forbidden('value', `maximum allowed value of a user defined priority is ${highestUserValue}`));
    return errors;
  }
  const isKnown = systemClasses[name] === value && !globalDefault;
  return isKnown ? errors : [...errors, fieldError.forbidden('metadata.name', "priority class names with 'system-' prefix are reserved for system use only")];
}
