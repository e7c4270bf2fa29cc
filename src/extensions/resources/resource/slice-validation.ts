import type { CounterSet, Device, ResourcePool, ResourceSliceSpec } from '../../../api/generated/resource-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { dnsSubdomainAt } from '../core/field-checks.ts';
import { validateNodeSelector } from '../core/pod-scheduling-validation.ts';
import { counterNameAt, driverNameAt, poolNameAt } from './device-names.ts';
import { mapAt, setAt } from './list-limits.ts';
import { validateDevice } from './offered-device-validation.ts';

const deviceLimit = 128;
/** Of devices that are tainted, take from counters or have lists for attributes. */
const advancedDeviceLimit = 64;
const counterSetLimit = 8;
const countersLimit = 32;

/** `spec` of a slice. */
export function validateSliceSpec(spec: Loose<ResourceSliceSpec>, path: string): FieldError[] {
  const { driver = '', pool = {}, devices, sharedCounters, perDeviceNodeSelection } = spec;
  const errors = [...driverNameAt(driver, `${path}.driver`), ...validatePool(pool, `${path}.pool`), ...validatePlace(spec, path)];
  if (devices !== undefined && sharedCounters !== undefined) errors.push(fieldError.invalid(path, '', 'only one of `sharedCounters` or `devices` is allowed'));
  const limit = devices?.some(isAdvanced) ? advancedDeviceLimit : deviceLimit;
  return [
    ...errors,
    ...setAt(devices, {
      ...{ limit, path: `${path}.devices`, key: ({ name = '' }) => name },
      check: (device, at) => validateDevice(device, at, perDeviceNodeSelection === true),
    }),
    ...setAt(sharedCounters, { limit: counterSetLimit, path: `${path}.sharedCounters`, key: ({ name = '' }) => name, check: validateCounterSet }),
  ];
}

function validatePool({ name = '', generation = 0, resourceSliceCount = 0 }: Loose<ResourcePool>, path: string): FieldError[] {
  const errors = poolNameAt(name, `${path}.name`);
  if (resourceSliceCount <= 0) errors.push(fieldError.invalid(`${path}.resourceSliceCount`, resourceSliceCount, 'must be greater than zero'));
  if (generation < 0) errors.push(fieldError.invalid(`${path}.generation`, generation, 'must be greater than or equal to zero'));
  return errors;
}

const places = '`nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection`';

/** Which nodes the devices are for is said in exactly one way. */
function validatePlace({ nodeName, nodeSelector, allNodes, perDeviceNodeSelection }: Loose<ResourceSliceSpec>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const chosen: string[] = [];
  if (nodeName) {
    chosen.push('`nodeName`');
    errors.push(...dnsSubdomainAt(nodeName, `${path}.nodeName`));
  } else if (nodeName !== undefined) errors.push(fieldError.invalid(`${path}.nodeName`, nodeName, 'must be either unset or set to a non-empty string'));
  if (nodeSelector) {
    chosen.push('`nodeSelector`');
    errors.push(...validateNodeSelector(nodeSelector, `${path}.nodeSelector`));
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    if (terms.length !== 1) errors.push(fieldError.invalid(`${path}.nodeSelector.nodeSelectorTerms`, terms, 'must have exactly one node selector term'));
  }
  for (const [field, value] of Object.entries({ allNodes, perDeviceNodeSelection })) {
    if (value) chosen.push(`\`${field}\``);
    else if (value === false) errors.push(fieldError.invalid(`${path}.${field}`, value, 'must be either unset or set to true'));
  }
  if (chosen.length === 0) errors.push(fieldError.required(path, `exactly one of ${places} is required`));
  if (chosen.length > 1) errors.push(fieldError.invalid(path, `{${chosen.join(', ')}}`, `exactly one of ${places} is required, but multiple fields are set`));
  return errors;
}

const isAdvanced = ({ taints, consumesCounters, attributes = {} }: Loose<Device>): boolean =>
  (taints?.length ?? 0) > 0 ||
  (consumesCounters?.length ?? 0) > 0 ||
  Object.values(attributes).some(
    ({ ints, bools, strings, versions }) => ints !== undefined || bools !== undefined || strings !== undefined || versions !== undefined,
  );

function validateCounterSet({ name = '', counters = {} }: Loose<CounterSet>, path: string): FieldError[] {
  if (Object.keys(counters).length === 0) return [...counterNameAt(name, `${path}.name`), fieldError.required(`${path}.counters`)];
  // Any amount is a good one.
  return [...counterNameAt(name, `${path}.name`), ...mapAt(counters, { limit: countersLimit, path: `${path}.counters`, key: counterNameAt, check: () => [] })];
}
