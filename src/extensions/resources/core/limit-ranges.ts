import type { LimitRangeItem, ResourceList } from '../../../api/generated/core-v1.ts';
import { limitranges } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { duplicates, eachAt, qualifiedNameAt } from './field-checks.ts';
import { amountOf, amountText, compareAmounts } from './resource-amounts.ts';
import { isExtendedResource, isHugePages, validateAmount, validateResourceName } from './resource-requirements-validation.ts';

type Item = Loose<LimitRangeItem>;
const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

/** core/v1 `limitranges`. */
export function limitRangeDefinition(): ResourceDefinition {
  return defineBuiltIn(limitranges, {
    createsOnUpdate: true,
    generationFields: [],
    applyDefaults(draft) {
      for (const item of draft.spec?.limits ?? []) if (item.type === 'Container') applyContainerDefaults(item);
    },
    validate({ spec }) {
      const duplicate = duplicates();
      return eachAt(spec?.limits, 'spec.limits', (item, path) => [
        ...validateType(item, path),
        ...duplicate(item.type ?? '', `${path}.type`),
        ...validateItem(item, path),
      ]);
    },
  });
}

/** Limits default to the maximum; requests to the limits, or else to the minimum. */
function applyContainerDefaults(item: Item): void {
  item.default = { ...item.max, ...item.default };
  item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
}

function validateType({ type = '', ...item }: Item, path: string): FieldError[] {
  const errors = qualifiedNameAt(type, `${path}.type`);
  if (type === 'Pod') {
    for (const field of ['default', 'defaultRequest'] as const) {
      if (Object.keys(item[field] ?? {}).length > 0) errors.push(fieldError.forbidden(`${path}.${field}`, "may not be specified when `type` is 'Pod'"));
    }
  }
  if (type === 'PersistentVolumeClaim' && item.min?.['storage'] === undefined && item.max?.['storage'] === undefined) {
    errors.push(fieldError.required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided'));
  }
  return errors;
}

function validateItem(item: Item, path: string): FieldError[] {
  const names = new Set<string>();
  const errors: FieldError[] = [];
  for (const list of lists) {
    for (const [name, amount] of Object.entries(item[list] ?? {})) {
      names.add(name);
      errors.push(...validateResourceName(name, `${path}.${list}[${name}]`));
      if (list !== 'maxLimitRequestRatio') errors.push(...validateAmount(name, amount, `${path}.${list}[${name}]`));
    }
  }
  for (const name of names) errors.push(...validateOrder(item, name, path), ...validateRatio(item, name, path));
  return errors;
}

const orders: readonly (readonly [
  smaller: (typeof lists)[number],
  larger: (typeof lists)[number],
  reported: (typeof lists)[number],
  text: (smaller: string, larger: string) => string,
  /** Whose amount the error shows, when not that of the list it is reported at. */
  shown?: (typeof lists)[number],
])[] = [
  ['min', 'max', 'min', (min, max) => `min value ${min} is greater than max value ${max}`],
  ['min', 'defaultRequest', 'defaultRequest', (min, request) => `min value ${min} is greater than default request value ${request}`],
  ['defaultRequest', 'max', 'defaultRequest', (request, max) => `default request value ${request} is greater than max value ${max}`],
  ['defaultRequest', 'default', 'defaultRequest', (request, limit) => `default request value ${request} is greater than default limit value ${limit}`],
  ['min', 'default', 'default', (min, limit) => `min value ${min} is greater than default value ${limit}`, 'min'],
  ['default', 'max', 'default', (limit, max) => `default value ${limit} is greater than max value ${max}`, 'max'],
];

function validateOrder(item: Item, name: string, path: string): FieldError[] {
  const errors = orders.flatMap(([smaller, larger, reported, text, shown = reported]) => {
    const low = item[smaller]?.[name];
    const high = item[larger]?.[name];
    if (low === undefined || high === undefined || compareAmounts(low, high) <= 0) return [];
    return [fieldError.invalid(`${path}.${reported}[${name}]`, amountText(item[shown]?.[name]), text(amountText(low), amountText(high)))];
  });
  const limit = item.default?.[name];
  const request = item.defaultRequest?.[name];
  if ((isExtendedResource(name) || isHugePages(name)) && limit !== undefined && request !== undefined && compareAmounts(limit, request) !== 0) {
    errors.push(
      fieldError.invalid(
        `${path}.defaultRequest[${name}]`,
        amountText(request),
        `default value ${amountText(limit)} must equal to defaultRequest value ${amountText(request)} in ${name}`,
      ),
    );
  }
  return errors;
}

function validateRatio(item: Item, name: string, path: string): FieldError[] {
  const ratio = item.maxLimitRequestRatio?.[name];
  if (ratio === undefined) return [];
  const at = `${path}.maxLimitRequestRatio[${name}]`;
  if (amountOf(ratio).nano < 1_000_000_000n) return [fieldError.invalid(at, amountText(ratio), `ratio ${amountText(ratio)} is less than 1`)];
  const [min, max] = [amountOf(amountIn(item.min, name)), amountOf(amountIn(item.max, name))];
  const isBeyond = min.nano > 0n && max.nano > 0n && amountOf(ratio).nano * min.nano > max.nano * 1_000_000_000n;
  return isBeyond
    ? [fieldError.invalid(at, amountText(ratio), `ratio ${amountText(ratio)} is greater than max/min = ${(Number(max.nano) / Number(min.nano)).toFixed(6)}`)]
    : [];
}

const amountIn = (list: ResourceList | undefined, name: string): string | number | undefined => list?.[name];
