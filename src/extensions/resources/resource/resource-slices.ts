import { resourceslices } from '../../../api/generated/resource-types.ts';
import type { Device, ResourceSlice } from '../../../api/generated/resource-v1.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { timeText } from '../../../kernel/clock.ts';
import { validateSliceSpec } from './slice-validation.ts';

/** resource.k8s.io/v1 `resourceslices`: devices that a driver offers. */
export function resourceSliceDefinition(): ResourceDefinition {
  return defineBuiltIn(resourceslices, {
    columns: [
      nameColumn,
      { name: 'Node', description: 'The node that has the devices.', cell: ({ spec }) => spec?.nodeName ?? '<unset>' },
      { name: 'Driver', description: 'The driver that offers them.', cell: ({ spec }) => spec?.driver ?? '' },
      { name: 'Pool', description: 'The pool they are part of.', cell: ({ spec }) => spec?.pool?.name ?? '' },
      ageColumn,
    ],
    prepareForCreate: prepare,
    prepareForUpdate: (draft, _old, context) => prepare(draft, context),
    validate: ({ spec = {} }) => validateSliceSpec(spec, 'spec'),
    validateUpdate: (slice, old) => [
      ...validateImmutable(slice.spec?.pool?.name, old.spec?.pool?.name, 'spec.pool.name'),
      ...validateImmutable(slice.spec?.driver, old.spec?.driver, 'spec.driver'),
      ...validateImmutable(slice.spec?.nodeName, old.spec?.nodeName, 'spec.nodeName'),
    ],
    warnings: ({ spec }) => {
      const driver = spec?.driver ?? '';
      return driver === driver.toLowerCase() ? [] : [`spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`];
    },
    selectableFields: { 'spec.nodeName': ({ spec }) => spec?.nodeName ?? '', 'spec.driver': ({ spec }) => spec?.driver ?? '' },
  });
}

function prepare({ spec }: Draft<ResourceSlice>, { nowMs }: WriteContext): void {
  for (const device of spec?.devices ?? []) {
    // Pods are given time from when a device was found bad.
    for (const taint of device.taints ?? []) taint.timeAdded ??= timeText(nowMs);
    dropDisabledFields(device);
  }
}

/** Feature gates that are off by default in Kubernetes 1.36: DRANodeAllocatableResources, DRAListTypeAttributes. */
function dropDisabledFields(device: Loose<Device>): void {
  delete device.nodeAllocatableResourceMappings;
  for (const attribute of Object.values(device.attributes ?? {}))
    for (const list of ['ints', 'bools', 'strings', 'versions'] as const) delete attribute?.[list];
}
