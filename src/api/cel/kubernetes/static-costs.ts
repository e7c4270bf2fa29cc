/**
 * What the functions of Kubernetes' environment may cost, for limits at definition time. By name and not by overload, as upstream's `EstimateCallCost` has it: functions
 * of cel-go's extensions that share a name are under the same rule.
 */

import type { CallRule, EstimatedCall, EstimatedOperand } from '../estimate/estimate.ts';
import { add, exactly, multiply, one, regexLengthFactor, saturated, scale, stringTraversalFactor, traversal } from '../estimate/range.ts';
import type { CallEstimate, Estimate } from '../library.ts';
import { authorizationCheckCost, constantCostFunctions, selectorCost } from './costs.ts';
import { urlType } from './go-url.ts';
import { formatType } from './named-formats.ts';

/** To be handed to `estimateCost`. */
export const kubernetesCallRule: CallRule = (call) => {
  if (constantCostFunctions.has(call.name)) return { cost: one };
  return Object.hasOwn(rules, call.name) ? rules[call.name]?.(call) : undefined;
};

type Rule = (call: EstimatedCall) => CallEstimate | undefined;

const read: Rule = ({ operands: [text] }) => text && { cost: traversal(text.size) };
const readAndKept: Rule = ({ operands: [text] }) => text && { cost: traversal(text.size), resultSize: text.size };
const targetReadAndKept: Rule = ({ target }) => target && { cost: traversal(target.size), resultSize: target.size };

const rules: Readonly<Record<string, Rule>> = {
  check: () => ({ cost: exactly(authorizationCheckCost) }),
  fieldSelector: selector,
  labelSelector: selector,
  ...Object.fromEntries(['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'].map((name) => [name, eachElement])),
  url: readAndKept,
  'jsonpatch.escapeKey': readAndKept,
  ...Object.fromEntries(['lowerAscii', 'upperAscii', 'substring', 'trim'].map((name) => [name, targetReadAndKept])),
  replace,
  split,
  join,
  find: findMatches,
  findAll: findMatches,
  ...Object.fromEntries(['cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity', 'semver', 'isSemver'].map((name) => [name, read])),
  ip: (call) => (call.overload.id === 'cidr_ip' ? { cost: one } : read(call)),
  'ip.isCanonical': ({ operands: [text] }) => text && { cost: scale(text.size, 2 * stringTraversalFactor) },
  containsIP: ({ overload, operands: [other] }) =>
    other && { cost: add(comparedAddresses, overload.id === 'cidr_contains_ip_string' ? traversal(other.size) : exactly(0)) },
  containsCIDR: ({ overload, operands: [other] }) => {
    const masked = add(add(comparedAddresses, traversal(addressSize)), one);
    return other && { cost: add(masked, overload.id === 'cidr_contains_cidr_string' ? traversal(other.size) : exactly(0)) };
  },
  validate: ({ operands: [text] }) => text && { cost: scale(traversal(text.size), maximumNameFormatLength * regexLengthFactor) },
  '_==_': equality,
};

/** Four bytes or sixteen. */
const addressSize: Estimate = { minimum: 4, maximum: 16 };
const comparedAddresses = traversal(add(addressSize, addressSize));
/** Upstream's bounds of the patterns and the names of formats. */
const maximumNameFormatLength = 128;
const maximumFormatNameLength = 64;

function selector({ operands }: EstimatedCall): CallEstimate | undefined {
  const [text] = operands;
  return text && operands.length === 1 ? { cost: selectorCost(text.size) } : undefined;
}

function eachElement({ target }: EstimatedCall): CallEstimate | undefined {
  if (!target) return undefined;
  const [element] = target.type.parameters;
  // `indexOf` of a text.
  if (!element) return { cost: traversal(target.size) };
  const isText = element.kind === 'string' || element.kind === 'bytes';
  return { cost: multiply(target.size, isText ? add(one, traversal(target.elementSize())) : one) };
}

/** As many of the longest replacements as the text may have room for. */
function replace({ target, operands: [search, replacement] }: EstimatedCall): CallEstimate | undefined {
  if (!target || !search || !replacement) return undefined;
  const longest = replaced(target.size.maximum, search.size.minimum, replacement.size.maximum <= search.size.minimum);
  const shortest = replaced(target.size.minimum, search.size.maximum, search.size.maximum <= replacement.size.minimum);
  const count = { minimum: shortest.count, maximum: longest.count };
  const kept = { minimum: shortest.kept, maximum: longest.kept };
  return { cost: scale(target.size, 2 * stringTraversalFactor), resultSize: add(multiply(count, replacement.size), kept) };
}

/** How often a text of a size is replaced, and how much of it may stay. Nothing is found before, between and after all characters. */
function replaced(size: number, searched: number, isKept: boolean): { readonly count: number; readonly kept: number } {
  if (searched === 0) return { count: Math.min(size + 1, saturated), kept: size };
  return isKept ? { count: 0, kept: size } : { count: Math.ceil(size / searched), kept: 0 };
}

function split({ target, operands }: EstimatedCall): CallEstimate | undefined {
  if (!target) return undefined;
  const limit = operands[1]?.literal;
  const maximum = typeof limit === 'number' ? (limit < 0 ? saturated : limit) : target.size.maximum;
  return { cost: scale(target.size, 2 * stringTraversalFactor), resultSize: { minimum: 0, maximum } };
}

function join({ target, operands: [separator] }: EstimatedCall): CallEstimate | undefined {
  if (!target) return undefined;
  let resultSize = target.type.parameters.length > 0 ? multiply(target.size, target.elementSize()) : exactly(0);
  if (separator) {
    const separators = { minimum: Math.max(0, target.size.minimum - 1), maximum: Math.max(0, target.size.maximum - 1) };
    resultSize = add(resultSize, multiply(separator.size, separators));
  }
  return { cost: traversal(resultSize), resultSize };
}

function findMatches({ target, operands: [pattern] }: EstimatedCall): CallEstimate | undefined {
  if (!target || !pattern) return undefined;
  const cost = multiply(traversal(add(target.size, one)), scale(pattern.size, regexLengthFactor));
  return { cost, resultSize: { minimum: 0, maximum: target.size.maximum } };
}

const comparedInOneStep = new Set([
  'net.IP',
  'net.CIDR',
  'kubernetes.Quantity',
  'kubernetes.Semver',
  ...['Authorizer', 'PathCheck', 'GroupCheck', 'ResourceCheck', 'Decision'].map((name) => `kubernetes.authorization.${name}`),
]);

function equality({ operands: [left, right] }: EstimatedCall): CallEstimate | undefined {
  if (!left || !right || left.type.name !== right.type.name) return undefined;
  const { name } = left.type;
  if (comparedInOneStep.has(name)) return { cost: one };
  if (name === formatType.name) return { cost: traversal({ minimum: 1, maximum: maximumFormatNameLength }) };
  if (name === urlType.name) return { cost: traversal({ minimum: 1, maximum: knownMaximum(right) }) };
  return undefined;
}

const knownMaximum = (operand: EstimatedOperand): number => (operand.hasSize ? operand.size.maximum : 1);
