import { resourceslices } from '../../../api/generated/resource-types.ts';
import type { Device, ResourceSlice } from '../../../api/generated/resource-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { timeText } from '../../../kernel/clock.ts';
import { dnsLabelAt, dnsSubdomainAt, duplicates, eachAt, requiredAt } from '../core/field-checks.ts';
import { validateNodeSelector } from '../core/pod-scheduling-validation.ts';
import { validateDriverName } from '../core/volume-validation.ts';

const deviceLimit = 128;
const attributeLimit = 32;
const places = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;

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
    prepareForCreate: stampTaints,
    prepareForUpdate: (draft, _old, context) => stampTaints(draft, context),
    validate,
    validateUpdate: (slice, old) => [
      ...validateImmutable(slice.spec?.driver, old.spec?.driver, 'spec.driver'),
      ...validateImmutable(slice.spec?.nodeName, old.spec?.nodeName, 'spec.nodeName'),
      ...validateImmutable(slice.spec?.pool?.name, old.spec?.pool?.name, 'spec.pool.name'),
    ],
    selectableFields: { 'spec.nodeName': ({ spec }) => spec?.nodeName, 'spec.driver': ({ spec }) => spec?.driver },
  });
}

/** Pods are given time from when a device was found bad. */
function stampTaints({ spec }: Draft<ResourceSlice>, { nowMs }: WriteContext): void {
  for (const device of spec?.devices ?? []) for (const taint of device.taints ?? []) taint.timeAdded ??= timeText(nowMs);
}

function validate({ spec = {} }: Draft<ResourceSlice>): FieldError[] {
  const devices = spec.devices ?? [];
  const duplicate = duplicates();
  const errors = [...validateDriverName(spec.driver ?? '', 'spec.driver'), ...validatePool(spec.pool ?? {})];
  const chosen = places.filter((place) => spec[place] !== undefined && spec[place] !== false && spec[place] !== '');
  const hasOnlyCounters = (spec.sharedCounters?.length ?? 0) > 0 && devices.length === 0;
  if (chosen.length !== 1 && !hasOnlyCounters)
    errors.push(
      chosen.length === 0
        ? fieldError.required('spec', `exactly one of \`${places.slice(0, 3).join('`, `')}\` or \`perDeviceNodeSelection\` is required`)
        : fieldError.invalid(
            'spec',
            `{${chosen.join(', ')}}`,
            `exactly one of \`${places.slice(0, 3).join('`, `')}\` or \`perDeviceNodeSelection\` is required, but multiple fields are set`,
          ),
    );
  if (spec.nodeName) errors.push(...dnsSubdomainAt(spec.nodeName, 'spec.nodeName'));
  if (spec.nodeSelector) errors.push(...validateNodeSelector(spec.nodeSelector, 'spec.nodeSelector'));
  if (devices.length > deviceLimit)
    errors.push({ path: 'spec.devices', type: 'FieldValueTooMany', value: devices.length, detail: `must have at most ${deviceLimit} items` });
  return [...errors, ...eachAt(devices, 'spec.devices', (device, path) => [...validateDevice(device, path), ...duplicate(device.name ?? '', `${path}.name`)])];
}

function validatePool({ name = '', generation = 0, resourceSliceCount = 0 }: Loose<ResourceSlice['spec']['pool']>): FieldError[] {
  const path = 'spec.pool';
  const errors =
    name === ''
      ? [fieldError.required(`${path}.name`)]
      : name.length > 253
        ? [fieldError.tooLong(`${path}.name`, 253)]
        : name.split('/').flatMap((part) => dnsSubdomainAt(part, `${path}.name`));
  if (resourceSliceCount <= 0) errors.push(fieldError.invalid(`${path}.resourceSliceCount`, resourceSliceCount, 'must be greater than zero'));
  if (generation < 0) errors.push(fieldError.invalid(`${path}.generation`, generation, 'must be greater than or equal to zero'));
  return errors;
}

function validateDevice({ name = '', attributes = {}, capacity = {} }: Loose<Device>, path: string): FieldError[] {
  const errors = name === '' ? requiredAt(name, `${path}.name`) : dnsLabelAt(name, `${path}.name`);
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > attributeLimit) errors.push(fieldError.invalid(path, count, `the total number of attributes and capacities must not exceed ${attributeLimit}`));
  for (const [key, attribute] of Object.entries(attributes)) {
    const values = Object.values(attribute).filter((value) => value !== undefined).length;
    if (values !== 1)
      errors.push(
        values === 0
          ? fieldError.required(`${path}.attributes[${key}]`, 'exactly one value must be specified')
          : fieldError.invalid(`${path}.attributes[${key}]`, attribute, 'exactly one value must be specified'),
      );
  }
  return errors;
}
