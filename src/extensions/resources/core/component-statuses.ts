import type { ComponentStatus } from '../../../api/generated/core-v1.ts';
import { componentstatuses } from '../../../api/generated/resource-types.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { nameColumn } from '../../../extension-points/resources/printer.ts';

/** core/v1 `componentstatuses`: read-only, and deprecated since 1.19. */
export function componentStatusDefinition(): ResourceDefinition {
  return defineBuiltIn(componentstatuses, {
    deprecationWarnings: { v1: 'v1 ComponentStatus is deprecated in v1.19+' },
    columns: [
      nameColumn,
      {
        name: 'Status',
        description: 'Healthy, Unhealthy or Unknown.',
        cell(object) {
          const status = healthOf(object)?.status;
          return status === undefined ? 'Unknown' : status === 'True' ? 'Healthy' : 'Unhealthy';
        },
      },
      { name: 'Message', description: 'What the component says.', cell: (object) => healthOf(object)?.message ?? '' },
      { name: 'Error', description: 'What went wrong when it was asked.', cell: (object) => healthOf(object)?.error ?? '' },
    ],
    generationFields: [],
  });
}

type Condition = NonNullable<Draft<ComponentStatus>['conditions']>[number];
const healthOf = ({ conditions }: Draft<ComponentStatus>): Condition | undefined => conditions?.find((condition) => condition.type === 'Healthy');
