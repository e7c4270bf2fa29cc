import { flowschemas } from '../../../api/generated/resource-types.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { flowSchemaErrors } from './flow-schema-errors.ts';

/** flowcontrol.apiserver.k8s.io/v1 `flowschemas`. */
export function flowSchemaDefinition(): ResourceDefinition {
  return defineBuiltIn(flowschemas, {
    columns: [
      nameColumn,
      { name: 'PriorityLevel', description: 'The level its requests get.', cell: ({ spec }) => spec?.priorityLevelConfiguration?.name ?? '' },
      {
        name: 'MatchingPrecedence',
        type: 'integer',
        description: 'Its place in the order; low comes first.',
        cell: ({ spec }) => spec?.matchingPrecedence ?? 0,
      },
      { name: 'DistinguisherMethod', description: 'How requests are told apart.', cell: ({ spec }) => spec?.distinguisherMethod?.type ?? '<none>' },
      ageColumn,
      {
        name: 'MissingPL',
        description: 'Whether its priority level is missing.',
        cell: ({ status }) => status?.conditions?.find((condition) => condition.type === 'Dangling')?.status ?? '?',
      },
    ],
    applyDefaults(draft) {
      (draft.spec ??= {}).matchingPrecedence ||= 1000;
    },
    prepareForCreate(draft) {
      draft.status = {};
    },
    validate: flowSchemaErrors,
  });
}
