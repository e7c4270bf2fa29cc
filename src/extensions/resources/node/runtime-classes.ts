import { runtimeclasses } from '../../../api/generated/resource-types.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { validateImmutable, validateLabels } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { dnsLabelAt } from '../core/field-checks.ts';
import { validateTolerations } from '../core/pod-scheduling-validation.ts';
import { validateAmount, validateResourceName } from '../core/resource-requirements-validation.ts';

/** node.k8s.io/v1 `runtimeclasses`. */
export function runtimeClassDefinition(): ResourceDefinition {
  return defineBuiltIn(runtimeclasses, {
    createsOnUpdate: true,
    columns: [
      nameColumn,
      { name: 'Handler', description: 'What the container runtime calls this way to run pods.', cell: (runtime) => runtime.handler ?? '' },
      ageColumn,
    ],
    validate: ({ handler = '', overhead, scheduling }) => [
      ...dnsLabelAt(handler, 'handler'),
      ...Object.entries(overhead?.podFixed ?? {}).flatMap(([name, amount]) => {
        const path = `overhead.podFixed[${name}]`;
        return [...validateResourceName(name, path), ...validateAmount(name, amount, path)];
      }),
      ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
      ...validateTolerations(scheduling?.tolerations, 'scheduling.tolerations'),
    ],
    validateUpdate: (runtime, old) => validateImmutable(runtime.handler, old.handler, 'handler'),
  });
}
