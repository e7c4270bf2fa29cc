import type { LimitRangeItem } from '../../../../api/generated/core-v1.ts';
import type { QuantityText } from '../../../../api/quantity.ts';
import type { Page } from '../page/page.ts';
import { amountText, resourceNames } from '../page/quantities.ts';

/** Headings of a table of limits. */
export function limitHeadings(page: Page, indent: string): void {
  page.line(0, `${indent}Type`, 'Resource', 'Min', 'Max', 'Default Request', 'Default Limit', 'Max Limit/Request Ratio');
  page.line(0, `${indent}----`, '--------', '---', '---', '---------------', '-------------', '-----------------------');
}

/** A line for each resource that a limit has something to say of. kubectl's order is random; this one is sorted. */
export function writeLimits(page: Page, limits: readonly LimitRangeItem[] = [], indent: string): void {
  for (const { type, min, max, defaultRequest, default: defaultLimit, maxLimitRequestRatio } of limits) {
    const lists = [min, max, defaultRequest, defaultLimit, maxLimitRequestRatio];
    for (const name of resourceNames(Object.assign({}, ...lists) as Record<string, QuantityText>))
      page.line(0, `${indent}${type}`, name, ...lists.map((list) => (list?.[name] === undefined ? '-' : amountText(list[name]))));
  }
}
