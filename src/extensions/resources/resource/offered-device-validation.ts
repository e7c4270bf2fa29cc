import type { Device, DeviceAttribute, DeviceCapacity, DeviceCounterConsumption, NodeAllocatableResourceMapping } from '../../../api/generated/resource-v1.ts';
import { parseQuantity } from '../../../api/quantity.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { dnsLabelAt, dnsSubdomainAt, eachAt } from '../core/field-checks.ts';
import { validateNodeSelector } from '../core/pod-scheduling-validation.ts';
import { validateRequestPolicy } from './capacity-policy-validation.ts';
import { counterNameAt, qualifiedDeviceNameAt } from './device-names.ts';
import { validateBindingConditions, validateDeviceTaint } from './device-selection-validation.ts';
import { limitedAt, mapAt, setAt, tooLongAt } from './list-limits.ts';

const entriesLimit = 32;
const valuesLimit = 48;
const valueBytesLimit = 64;
const taintsLimit = 16;
const consumptionsLimit = 2;
const countersLimit = 32;

/** A device of a slice. `choosesNodes`: whether each device of the slice says itself which nodes it is for. */
export function validateDevice(device: Loose<Device>, path: string, choosesNodes: boolean): FieldError[] {
  const { name = '', attributes = {}, capacity = {}, taints, consumesCounters, allowMultipleAllocations } = device;
  const entries = Object.keys(attributes).length + Object.keys(capacity).length;
  const values = Object.values(attributes).reduce((sum, attribute) => sum + valueCount(attribute ?? {}), 0);
  return [
    ...dnsLabelAt(name, `${path}.name`),
    ...(entries > entriesLimit ? [fieldError.invalid(path, entries, `the total number of attributes and capacities must not exceed ${entriesLimit}`)] : []),
    ...(values > valuesLimit ? [fieldError.invalid(path, values, `the total number of attribute values must not exceed ${valuesLimit}`)] : []),
    ...mapAt(attributes, {
      limit: Infinity,
      path: `${path}.attributes`,
      key: qualifiedDeviceNameAt,
      check: (attribute, at) => validateAttribute(attribute ?? {}, at),
    }),
    ...mapAt(capacity, {
      ...{ limit: Infinity, path: `${path}.capacity`, key: qualifiedDeviceNameAt },
      check: (offered, at) => validateCapacity(offered ?? {}, at, allowMultipleAllocations === true),
    }),
    ...limitedAt(taints, taintsLimit, `${path}.taints`, validateDeviceTaint),
    ...setAt(consumesCounters, {
      ...{ limit: consumptionsLimit, path: `${path}.consumesCounters`, key: ({ counterSet = '' }) => counterSet },
      check: validateConsumption,
    }),
    ...validatePlace(device, path, choosesNodes),
    ...validateBindingConditions(device, path),
    ...Object.entries(device.nodeAllocatableResourceMappings ?? {}).flatMap(([resource, mapping]) =>
      validateMapping(resource, mapping ?? {}, capacity, `${path}.nodeAllocatableResourceMappings[${resource}]`),
    ),
  ];
}

function valueCount({ ints = [], bools = [], strings = [], versions = [] }: Loose<DeviceAttribute>): number {
  return ints.length + bools.length + strings.length + versions.length || 1;
}

function validateAttribute(attribute: Loose<DeviceAttribute>, path: string): FieldError[] {
  const { string, version, ints, bools, strings, versions } = attribute;
  const errors: FieldError[] = [];
  if (string !== undefined) errors.push(...tooLongAt(string, valueBytesLimit, `${path}.string`));
  if (version !== undefined) errors.push(...validateVersion(version, `${path}.version`));
  for (const [field, values] of Object.entries({ bools, ints, strings, versions }))
    if (values?.length === 0) errors.push(fieldError.invalid(`${path}.${field}`, values, 'must not be empty if specified'));
  errors.push(
    ...eachAt(strings, `${path}.strings`, (text, at) => tooLongAt(text, valueBytesLimit, at)),
    ...eachAt(versions, `${path}.versions`, validateVersion),
  );
  const set = Object.values(attribute).filter((value) => value !== undefined).length;
  if (set !== 1) errors.push(fieldError.invalid(path, set === 0 ? '' : attribute, 'exactly one value must be specified'));
  return errors;
}

/** Upstream's expression for semantic versions. */
const semanticVersion =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

/** Only texts of a length that is allowed are matched: the expression takes its time over long ones. */
function validateVersion(text: string, path: string): FieldError[] {
  const tooLong = tooLongAt(text, valueBytesLimit, path);
  const isVersion = tooLong.length === 0 && semanticVersion.test(text);
  return [...(isVersion ? [] : [fieldError.invalid(path, text, 'must be a string compatible with semver.org spec 2.0.0')]), ...tooLong];
}

function validateCapacity({ value = '0', requestPolicy }: Loose<DeviceCapacity>, path: string, isShareable: boolean): FieldError[] {
  if (!requestPolicy) return [];
  if (!isShareable) return [fieldError.forbidden(`${path}.requestPolicy`, 'allowMultipleAllocations must be true')];
  return validateRequestPolicy(requestPolicy, value, `${path}.requestPolicy`);
}

function validateConsumption({ counterSet = '', counters = {} }: Loose<DeviceCounterConsumption>, path: string): FieldError[] {
  return [
    ...counterNameAt(counterSet, `${path}.counterSet`),
    ...(Object.keys(counters).length === 0
      ? [fieldError.required(`${path}.counters`)]
      : mapAt(counters, { limit: countersLimit, path: `${path}.counters`, key: counterNameAt, check: () => [] })),
  ];
}

const placesNeeded =
  'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';

function validatePlace({ nodeName, nodeSelector, allNodes }: Loose<Device>, path: string, choosesNodes: boolean): FieldError[] {
  if (!choosesNodes) {
    if (nodeName === undefined && nodeSelector === undefined && allNodes === undefined) return [];
    return [
      fieldError.invalid(
        path,
        null,
        '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      ),
    ];
  }
  const errors: FieldError[] = [];
  const chosen = [...(nodeName ? ['`nodeName`'] : []), ...(nodeSelector ? ['`nodeSelector`'] : []), ...(allNodes ? ['`allNodes`'] : [])];
  if (nodeName) errors.push(...dnsSubdomainAt(nodeName, `${path}.nodeName`));
  else if (nodeName !== undefined) errors.push(fieldError.invalid(`${path}.nodeName`, nodeName, 'must not be empty'));
  if (nodeSelector) errors.push(...validateNodeSelector(nodeSelector, `${path}.nodeSelector`));
  if (allNodes === false) errors.push(fieldError.invalid(`${path}.allNodes`, allNodes, 'must be either unset or set to true'));
  if (chosen.length === 0) errors.push(fieldError.required(path, placesNeeded));
  if (chosen.length > 1) errors.push(fieldError.invalid(path, `{${chosen.join(', ')}}`, placesNeeded));
  return errors;
}

function validateMapping(
  resource: string,
  { capacityKey, allocationMultiplier }: Loose<NodeAllocatableResourceMapping>,
  capacity: Readonly<Record<string, unknown>>,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (resource.includes('/') && !resource.includes('kubernetes.io/'))
    errors.push(fieldError.invalid(path, resource, 'must be a node allocatable resource name'));
  if (allocationMultiplier === undefined && capacityKey === undefined)
    return [...errors, fieldError.invalid(path, '', 'at least one of allocationMultiplier or capacityKey must be set')];
  if (allocationMultiplier !== undefined && parseQuantity(allocationMultiplier).nano <= 0n)
    errors.push(fieldError.invalid(`${path}.allocationMultiplier`, String(allocationMultiplier), 'must be positive'));
  if (capacityKey === '') errors.push(fieldError.invalid(`${path}.capacityKey`, '', 'capacityKey must not be an empty string'));
  else if (capacityKey !== undefined && !Object.hasOwn(capacity, capacityKey)) errors.push(fieldError.notFound(`${path}.capacityKey`, capacityKey));
  return errors;
}
