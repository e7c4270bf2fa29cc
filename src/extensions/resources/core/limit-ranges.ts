import type { LimitRangeItem, ResourceList } from '../../../api/generated/core-v1.ts';
import { limitranges } from '../../../api/generated/resource-types.ts';
import { type Quantity, roundUpQuantity } from '../../../api/quantity.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { duplicates, eachAt, qualifiedNameAt } from './field-checks.ts';
import { amountOf, amountText, compareAmounts, settleAmounts } from './resource-amounts.ts';
import { isHugePages, validateContainerResourceName, validateResourceName } from './resource-requirements-validation.ts';

type Item = Loose<LimitRangeItem>;
type List = 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio';

const standardTypes = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);

/** core/v1 `limitranges`. */
export function limitRangeDefinition(): ResourceDefinition {
  return defineBuiltIn(limitranges, {
    createsOnUpdate: true,
    generationFields: [],
    applyDefaults(draft) {
      for (const item of draft.spec?.limits ?? []) {
        if (item.type === 'Container') applyContainerDefaults(item);
        for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio]) settleAmounts(list);
      }
    },
    validate({ spec }) {
      const duplicate = duplicates();
      return eachAt(spec?.limits, 'spec.limits', (item, path) => [
        ...validateType(item.type ?? '', `${path}.type`),
        ...duplicate(item.type ?? '', `${path}.type`),
        ...validateItem(item, path),
      ]);
    },
  });
}

/** Limits default to the maximum; requests to the limits, or else to the minimum. */
function applyContainerDefaults(item: Item): void {
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

function validateType(type: string, path: string): FieldError[] {
  const errors = qualifiedNameAt(type, path);
  if (errors.length > 0 || type.includes('/') || standardTypes.has(type)) return errors;
  return [fieldError.invalid(path, type, 'must be a standard limit type or fully qualified')];
}

function validateItem(item: Item, path: string): FieldError[] {
  const names = new Set<string>();
  const validateName = item.type === 'Pod' || item.type === 'Container' ? validateContainerResourceName : validateResourceName;
  const validateNames = (list: List): FieldError[] =>
    Object.keys(item[list] ?? {}).flatMap((name) => {
      names.add(name);
      return validateName(name, `${path}.${list}[${name}]`);
    });
  const errors = [...validateNames('max'), ...validateNames('min'), ...(item.type === 'Pod' ? validatePod(item, path) : [])];
  // A pod has no defaults: what is given in spite of that is not looked at.
  const compared = item.type === 'Pod' ? { ...item, default: undefined, defaultRequest: undefined } : item;
  if (item.type !== 'Pod') errors.push(...validateNames('default'), ...validateNames('defaultRequest'));
  if (item.type === 'PersistentVolumeClaim' && item.min?.['storage'] === undefined && item.max?.['storage'] === undefined)
    errors.push(fieldError.required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided'));
  errors.push(...validateNames('maxLimitRequestRatio'));
  // Upstream goes through them in no order; here it is that of the names.
  for (const name of [...names].sort())
    errors.push(...validateOrder(compared, name, path), ...validateRatio(item, name, path), ...validateEquality(compared, name, path));
  return errors;
}

const validatePod = (item: Item, path: string): FieldError[] =>
  (['default', 'defaultRequest'] as const)
    .filter((field) => Object.keys(item[field] ?? {}).length > 0)
    .map((field) => fieldError.forbidden(`${path}.${field}`, "may not be specified when `type` is 'Pod'"));

const orders: readonly (readonly [
  smaller: List,
  larger: List,
  reported: List,
  text: (smaller: string, larger: string) => string,
  /** Whose amount the error shows, when not that of the list it is reported at. */
  shown?: List,
])[] = [
  ['min', 'max', 'min', (min, max) => `min value ${min} is greater than max value ${max}`],
  ['min', 'defaultRequest', 'defaultRequest', (min, request) => `min value ${min} is greater than default request value ${request}`],
  ['defaultRequest', 'max', 'defaultRequest', (request, max) => `default request value ${request} is greater than max value ${max}`],
  ['defaultRequest', 'default', 'defaultRequest', (request, limit) => `default request value ${request} is greater than default limit value ${limit}`],
  ['min', 'default', 'default', (min, limit) => `min value ${min} is greater than default value ${limit}`, 'min'],
  ['default', 'max', 'default', (limit, max) => `default value ${limit} is greater than max value ${max}`, 'max'],
];

const validateOrder = (item: Item, name: string, path: string): FieldError[] =>
  orders.flatMap(([smaller, larger, reported, text, shown = reported]) => {
    const low = item[smaller]?.[name];
    const high = item[larger]?.[name];
    if (low === undefined || high === undefined || compareAmounts(low, high) <= 0) return [];
    return [fieldError.invalid(`${path}.${reported}[${name}]`, amountText(item[shown]?.[name]), text(amountText(low), amountText(high)))];
  });

function validateRatio(item: Item, name: string, path: string): FieldError[] {
  const ratio = item.maxLimitRequestRatio?.[name];
  if (ratio === undefined) return [];
  const refuse = (detail: string): FieldError => fieldError.invalid(`${path}.maxLimitRequestRatio[${name}]`, amountText(ratio), detail);
  const errors = amountOf(ratio).nano < 1_000_000_000n ? [refuse(`ratio ${amountText(ratio)} is less than 1`)] : [];
  const [min, max] = [amountIn(item.min, name), amountIn(item.max, name)];
  if (!min || !max) return errors;
  const largest = milli(max) / milli(min);
  if (milli(amountOf(ratio)) / 1000 > largest) errors.push(refuse(`ratio ${amountText(ratio)} is greater than max/min = ${largest.toFixed(6)}`));
  return errors;
}

const amountIn = (list: ResourceList | undefined, name: string): Quantity | undefined => (list?.[name] === undefined ? undefined : amountOf(list[name]));
const milli = (amount: Quantity): number => Number(roundUpQuantity(amount, -3).nano / 1_000_000n);

/** What is never shared out twice is requested as it is limited. */
function validateEquality(item: Item, name: string, path: string): FieldError[] {
  const [limit, request] = [item.default?.[name], item.defaultRequest?.[name]];
  const mayOvercommit = (!name.includes('/') || name.includes('kubernetes.io/')) && !isHugePages(name);
  if (mayOvercommit || limit === undefined || request === undefined || compareAmounts(limit, request) === 0) return [];
  return [
    fieldError.invalid(
      `${path}.defaultRequest[${name}]`,
      amountText(request),
      `default value ${amountText(limit)} must equal to defaultRequest value ${amountText(request)} in ${name}`,
    ),
  ];
}
