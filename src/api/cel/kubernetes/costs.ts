/** What calls of the functions of Kubernetes' environment cost as they run: the rules of upstream's `CallCost`. */
import { sizeForCost } from '../code-points.ts';
import { add, exactly, listCreationCost, regexLengthFactor, scale, stringTraversalFactor, structCreationCost, traversal } from '../estimate/range.ts';
import type { Estimate, Overload } from '../library.ts';
import { List, MapValue, type Value } from '../values.ts';

type Cost = NonNullable<Overload['cost']>;

/** Reading the first argument, and writing or comparing as much again. */
export const doubleReadingCost: Cost = ([text]) => Math.ceil(sizeOf(text) * 2 * stringTraversalFactor);

/** Writing the result. */
export const joiningCost: Cost = (_values, result) => Math.ceil(sizeOf(result) * 2 * stringTraversalFactor);

/** An authorization check: two of them are about what one expression may cost. */
export const authorizationCheckCost = 350_000;

/** Looking at all that the first argument holds. */
export const traversalCost: Cost = ([value]) => (value === undefined ? 0 : wholeTraversal(value));

/** Reading a selector: about one requirement, a list and a structure, for two characters. */
export function selectorCost(size: Estimate): Estimate {
  const requirements = scale(scale(size, 0.5), listCreationCost + structCreationCost);
  return add(add(exactly(listCreationCost), traversal(size)), requirements);
}

/** What matching a text against a pattern of a length costs. */
export const matching = (text: Value | undefined, patternLength: number): number =>
  Math.ceil((1 + sizeOf(text)) * stringTraversalFactor) * Math.ceil(patternLength * regexLengthFactor);

export const reading = (value: Value | undefined): number => Math.ceil(sizeOf(value) * stringTraversalFactor);

const sizeOf = (value: Value | undefined): number => (value === undefined ? 0 : sizeForCost(value));

function wholeTraversal(value: Value): number {
  if (typeof value === 'string') return Math.floor(Buffer.byteLength(value) * stringTraversalFactor);
  if (value instanceof Uint8Array) return Math.floor(value.length * stringTraversalFactor);
  if (value instanceof List) return sum(value.values());
  if (!(value instanceof MapValue)) return 1;
  let cost = 0;
  for (const [key, item] of value.entries()) cost += wholeTraversal(key) + wholeTraversal(item);
  return cost;
}

const sum = (values: readonly Value[]): number => values.reduce<number>((cost, value) => cost + wholeTraversal(value), 0);

/** Functions that look at a bounded amount, whatever their arguments. */
export const constantCostFunctions: ReadonlySet<string> = new Set([
  ...['serviceAccount', 'path', 'group', 'resource', 'subresource', 'namespace', 'name', 'allowed', 'reason', 'error', 'errored'],
  ...['masked', 'prefixLength', 'family', 'isUnspecified', 'isLoopback', 'isLinkLocalMulticast', 'isLinkLocalUnicast', 'isGlobalUnicast'],
  ...['sign', 'asInteger', 'isInteger', 'asApproximateFloat', 'isGreaterThan', 'isLessThan', 'compareTo', 'add', 'sub', 'major', 'minor', 'patch'],
  ...['getScheme', 'getHostname', 'getHost', 'getPort', 'getEscapedPath', 'getQuery', 'format.named'],
]);
