/** What cel-go's standard functions and those of its extensions may cost, by overload. Any other call costs 1 and its arguments. */
import type { Call } from '../ast.ts';
import type { CallEstimate, Estimate } from '../library.ts';
import type { EstimatedCall } from './estimate.ts';
import { add, exactly, multiply, one, regexLengthFactor, saturated, scale, stringTraversalFactor, traversal, union } from './range.ts';
import { type Sizes, unionOfEntries } from './sizes.ts';

/** Fixed amounts: they fit what they are multiplied with. */
const quotes = 2;
const bytesPerCharacter = 4;

/** `costs`: of the arguments, in their order. What the call's elements are known to be is noted in `sizes`. */
export function standardEstimate(call: Call, estimated: EstimatedCall, costs: readonly Estimate[], sizes: Sizes): CallEstimate {
  const { overload, target, operands } = estimated;
  const [first, second, third] = operands;
  const [firstCost, secondCost, thirdCost] = costs;
  const withArguments = (cost: Estimate): Estimate => costs.reduce(add, cost);
  switch (overload.id) {
    case 'string_format':
      if (target) return { cost: withArguments(traversal(target.size)) };
      break;
    case 'string_to_bytes':
      if (first) {
        const { maximum } = multiply(first.size, exactly(bytesPerCharacter));
        return { cost: withArguments(traversal(first.size)), resultSize: { minimum: first.size.minimum, maximum } };
      }
      break;
    case 'bytes_to_string':
      if (first) {
        const minimum = Math.floor(first.size.minimum / bytesPerCharacter);
        return { cost: withArguments(traversal(first.size)), resultSize: { minimum, maximum: first.size.maximum } };
      }
      break;
    case 'strings_quote':
      if (first) {
        // Upstream's sum overflows when nothing is known about the text, and then the result is taken to be empty.
        const maximum = first.size.maximum >= saturated ? 0 : first.size.maximum * 2 + quotes;
        return { cost: withArguments(traversal(first.size)), resultSize: { minimum: first.size.minimum + quotes, maximum } };
      }
      break;
    case 'starts_with_string':
    case 'ends_with_string':
      if (first) return { cost: withArguments(traversal(first.size)) };
      break;
    case 'in_list':
      if (second) return { cost: withArguments(second.size) };
      break;
    case 'matches_string':
      if (target && first) {
        // One more, since an expensive pattern is no cheaper on an empty text.
        const text = traversal(add(target.size, one));
        return { cost: withArguments(multiply(text, scale(first.size, regexLengthFactor))) };
      }
      break;
    case 'contains_string':
      if (target && first) return { cost: withArguments(multiply(traversal(target.size), traversal(first.size))) };
      break;
    case 'logical_or':
    case 'logical_and':
      if (firstCost && secondCost) return { cost: { minimum: firstCost.minimum, maximum: add(firstCost, secondCost).maximum } };
      break;
    case 'conditional':
      if (second && third && firstCost && secondCost && thirdCost) {
        noteEntries(call, 1, sizes);
        return { cost: add(firstCost, union(secondCost, thirdCost)), resultSize: union(second.size, third.size) };
      }
      break;
    case 'add_string':
    case 'add_bytes':
    case 'add_list':
      if (first && second) {
        noteEntries(call, 0, sizes);
        const resultSize = add(first.size, second.size);
        return { cost: withArguments(overload.id === 'add_list' ? one : traversal(resultSize)), resultSize };
      }
      break;
    default:
      if (first && second && comparesSizes.has(overload.id)) return { cost: withArguments(comparison(first.size, second.size)) };
  }
  return { cost: withArguments(one) };
}

const comparesSizes = new Set([
  'equals',
  'not_equals',
  ...['less', 'less_equals', 'greater', 'greater_equals'].flatMap((operator) => [`${operator}_string`, `${operator}_bytes`]),
]);

/** As far as the shorter of both may reach. */
function comparison(left: Estimate, right: Estimate): Estimate {
  const maximum = Math.min(left.maximum, right.maximum);
  return scale({ minimum: maximum > 0 ? 1 : 0, maximum }, stringTraversalFactor);
}

/** The elements of the result are those of two arguments, the first of them at an index. */
function noteEntries(call: Call, at: number, sizes: Sizes): void {
  const [left, right] = call.arguments.slice(at, at + 2);
  if (left && right) sizes.setEntries(call, unionOfEntries(sizes.entriesOf(left), sizes.entriesOf(right)));
}
