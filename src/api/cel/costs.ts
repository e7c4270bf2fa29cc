/** What calls cost at run time: cel-go's rules, which Kubernetes' limits count in. */
import { sizeForCost } from './code-points.ts';
import type { Value } from './values.ts';

/** Going through a string costs a tenth of a unit for each code point. */
const traversal = 0.1;
/** A regular expression is thought to have a state for every four characters. */
const regularExpressionLength = 0.25;

/** The first value is gone through. */
export const traverseCost = ([value]: readonly Value[]): number => Math.ceil(sizeForCost(value as Value) * traversal);

/** The shorter of two values is gone through. */
export const shorterCost = ([left, right]: readonly Value[]): number =>
  Math.ceil(Math.min(sizeForCost(left as Value), sizeForCost(right as Value)) * traversal);

/** Both values are gone through. */
export const concatenateCost = ([left, right]: readonly Value[]): number => Math.ceil((sizeForCost(left as Value) + sizeForCost(right as Value)) * traversal);

/** The first is looked through for the second. */
export const searchCost = ([text, part]: readonly Value[]): number =>
  Math.ceil(sizeForCost(text as Value) * traversal) * Math.ceil(sizeForCost(part as Value) * traversal);

/** The second, a regular expression, is looked for in the first. */
export const matchCost = ([text, expression]: readonly Value[]): number =>
  Math.ceil((1 + sizeForCost(text as Value)) * traversal) * Math.ceil(sizeForCost(expression as Value) * regularExpressionLength);
