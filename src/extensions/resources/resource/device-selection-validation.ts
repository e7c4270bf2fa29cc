import { compileSelector, selectionBudget } from '../../../api/device-selectors/device-selectors.ts';
import type { DeviceConfiguration, DeviceSelector, DeviceTaint, DeviceToleration } from '../../../api/generated/resource-v1.ts';
import { labelValueProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { validateLabelKey } from '../../../extension-points/resources/object-meta.ts';
import { duplicates, eachAt, oneOfAt, optionalOneOfAt, problemsAt } from '../core/field-checks.ts';
import { driverNameAt } from './device-names.ts';
import { limitedAt, tooLongAt } from './list-limits.ts';

export const listLimit = 32;
const expressionLimit = 10 * 1024;
/** Bytes of the parameters of a driver, and of the data it reports. */
export const opaqueBytesLimit = 10 * 1024;
const taintEffects = ['NoExecute', 'NoSchedule', 'None'];

/** Expressions that devices must satisfy. */
export const validateSelectors = (selectors: readonly Loose<DeviceSelector>[] | undefined, path: string): FieldError[] =>
  limitedAt(selectors, listLimit, path, ({ cel }, at) => {
    if (!cel) return [fieldError.required(`${at}.cel`)];
    return expressionAt(cel.expression ?? '', `${at}.cel.expression`);
  });

/** An expression that is too long is not looked at any further. */
function expressionAt(expression: string, path: string): FieldError[] {
  if (expression === '') return [fieldError.required(path)];
  const tooLong = tooLongAt(expression, expressionLimit, path);
  if (tooLong.length > 0) return tooLong;
  const selector = compileSelector(expression);
  if (selector.kind === 'rejected') return [fieldError.invalid(path, expression, selector.message)];
  return selector.maximumCost > selectionBudget ? [fieldError.forbidden(path, 'too complex, exceeds cost limit')] : [];
}

/** Parameters for a driver. */
export function validateDeviceConfiguration({ opaque }: Loose<DeviceConfiguration>, path: string): FieldError[] {
  if (!opaque) return [fieldError.required(`${path}.opaque`)];
  return [...driverNameAt(opaque.driver ?? '', `${path}.opaque.driver`), ...validateRawObject(opaque.parameters, `${path}.opaque.parameters`)];
}

/** A JSON object whose fields only a driver knows. */
export function validateRawObject(value: unknown, path: string): FieldError[] {
  if (value === undefined || value === null) return [fieldError.required(path)];
  if (typeof value !== 'object' || Array.isArray(value)) return [fieldError.invalid(path, '<value omitted>', 'must be a valid JSON object')];
  return tooLongAt(JSON.stringify(value), opaqueBytesLimit, path);
}

/** Tolerations of device taints. */
export const validateDeviceTolerations = (tolerations: readonly Loose<DeviceToleration>[] | undefined, path: string): FieldError[] =>
  limitedAt(tolerations, 16, path, ({ key, operator, value = '', effect }, at) => [
    ...(key ? validateLabelKey(key, `${at}.key`) : []),
    ...(operator === 'Exists' && value !== '' ? [fieldError.invalid(`${at}.value`, value, 'must be empty for operator `Exists`')] : []),
    ...(operator === 'Equal' ? problemsAt(labelValueProblems, value, `${at}.value`) : []),
    ...oneOfAt(operator, ['Equal', 'Exists'], `${at}.operator`),
    ...(effect ? optionalOneOfAt(effect, taintEffects, `${at}.effect`) : []),
  ]);

/** A taint of a device. */
export const validateDeviceTaint = ({ key = '', value = '', effect }: Loose<DeviceTaint>, path: string): FieldError[] => [
  ...validateLabelKey(key, `${path}.key`),
  ...problemsAt(labelValueProblems, value, `${path}.value`),
  ...oneOfAt(effect, taintEffects, `${path}.effect`),
];

/** Conditions that must be true, and conditions that must not, before pods start with a device. */
export function validateBindingConditions(
  {
    bindingConditions: wanted = [],
    bindingFailureConditions: unwanted = [],
  }: { bindingConditions?: string[] | undefined; bindingFailureConditions?: string[] | undefined },
  path: string,
): FieldError[] {
  const [wantedPath, unwantedPath] = [`${path}.bindingConditions`, `${path}.bindingFailureConditions`];
  const [wantedDuplicate, unwantedDuplicate] = [duplicates(), duplicates()];
  const errors = [
    ...limitedAt(wanted, 4, wantedPath, validateLabelKey),
    ...limitedAt(unwanted, 4, unwantedPath, validateLabelKey),
    ...eachAt(wanted, wantedPath, (condition, at) => wantedDuplicate(condition, at)),
    ...eachAt(unwanted, unwantedPath, (condition, at) => [
      ...unwantedDuplicate(condition, at),
      ...(wanted.includes(condition) ? [fieldError.invalid(at, condition, 'bindingFailureConditions must not overlap with bindingConditions')] : []),
    ]),
  ];
  if (wanted.length === 0 && unwanted.length > 0)
    errors.push(fieldError.invalid(wantedPath, wanted, 'bindingConditions are required to use bindingFailureConditions'));
  if (unwanted.length === 0 && wanted.length > 0)
    errors.push(fieldError.invalid(unwantedPath, unwanted, 'bindingFailureConditions are required to use bindingConditions'));
  return errors;
}
