import type { LabelSelector } from '../../api/generated/meta-v1.ts';
import { type Labels, type Selector, selectorFromObject } from '../../api/label-selector.ts';

// Selectors live in shared, frozen objects: each is read once, however many objects it is held against.
const compiled = new WeakMap<LabelSelector, Selector>();

/** Whether labels satisfy the selector of an object. An absent selector matches nothing, an empty one everything. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (!selector) return false;
  let found = compiled.get(selector);
  if (!found) compiled.set(selector, (found = selectorFromObject(selector)));
  return found.matches(labels);
}

/** Whether labels hold every pair of a plain selector (services, replication controllers). */
export const matchesPairs = (pairs: Labels, labels: Labels | undefined): boolean => Object.entries(pairs).every(([name, value]) => labels?.[name] === value);

export const isEmptySelector = (selector: LabelSelector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;
