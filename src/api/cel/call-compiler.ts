/** Calls of functions and operators: the overload is known, or is found by the arguments at run time. */
import type { Call } from './ast.ts';
import { shorterCost } from './costs.ts';
import { isEqual } from './equality.ts';
import { type Compiled, constant, type ExpressionCompiler } from './expression-compiler.ts';
import { fastBinary } from './fast-operators.ts';
import type { Closure, Frame } from './frame.ts';
import type { Overload } from './library.ts';
import { compileRegularExpression } from './regular-expressions.ts';
import { isInList } from './standard-operators.ts';
import { type Guard, guardOf, noSuchOverload } from './value-types.ts';
import { List, OpaqueValue, type Value } from './values.ts';

type Implementation = (...values: readonly Value[]) => Value;

/** Functions whose calls with literal arguments are made as the expression is compiled. */
const conversions = new Set(['bool', 'bytes', 'double', 'dyn', 'duration', 'int', 'string', 'timestamp', 'type', 'uint']);

/** Functions whose second argument is a regular expression. */
const takesPattern = new Set(['matches', 'find', 'findAll']);

export function compileCall(compiler: ExpressionCompiler, call: Call): Compiled {
  const expressions = call.target ? [call.target, ...call.arguments] : call.arguments;
  const values = expressions.map((expression) => compiler.value(expression));
  const overloads = compiler.checked.overloadsOf(call);
  const runs = values.map(({ run }) => run);
  if (call.name === '_==_' || call.name === '_!=_') return { run: equality(runs as [Closure, Closure], call.name === '_!=_') };
  const known = values.length === 1 ? values[0]?.constant : undefined;
  if (known && conversions.has(call.name)) return constant(convertConstant(call.name, overloads, known.value));
  const [overload] = overloads;
  if (overload && overloads.length === 1) {
    if (overload.id === 'in_list' && values[1]?.constant) return constantList(runs[0] as Closure, values[1].constant.value, runs, call.name, overload);
    if (takesPattern.has(call.name) && values[1]?.constant) compileRegularExpression(String(values[1].constant.value));
    const fast = runs.length === 2 ? fastBinary(overload.id, runs as [Closure, Closure]) : undefined;
    return { run: fast ?? single(call.name, overload, runs) };
  }
  return { run: dispatching(call.name, overloads, runs) };
}

function convertConstant(name: string, overloads: readonly Overload[], value: Value): Value {
  const candidate = overloads.map((overload) => candidateOf(name, overload)).find((each) => accepts(each, [value]));
  if (!candidate) throw noSuchOverload(name, [value]);
  return candidate.call(value);
}

/** What is looked up in a list of plain literals costs nothing: upstream makes it a set. */
function constantList(value: Closure, list: Value, runs: readonly Closure[], name: string, overload: Overload): Compiled {
  if (!(list instanceof List) || !list.values().every((item) => ['string', 'number', 'bigint', 'boolean'].includes(typeof item))) {
    return { run: single(name, overload, runs) };
  }
  if (list.size === 0) return constant(false);
  const set = new Set<unknown>(list.values());
  return {
    run: (frame) => {
      const item = value(frame);
      return typeof item === 'object' ? isInList(item, list) : set.has(item);
    },
  };
}

function equality([left, right]: readonly [Closure, Closure], isNegated: boolean): Closure {
  return (frame) => {
    const first = left(frame);
    const second = right(frame);
    const isSame = isEqual(first, second);
    frame.charge(equalityCost(first, second, isNegated));
    return isSame !== isNegated;
  };
}

/** Numbers and booleans have the size 1. Whether opaque values are equal costs 1 whatever their size, whether they are not costs what it does elsewhere: upstream's rule. */
function equalityCost(first: Value, second: Value, isNegated: boolean): number {
  if (typeof first === 'number' || typeof first === 'boolean') return second === '' ? 0 : 1;
  return first instanceof OpaqueValue && !isNegated ? 1 : shorterCost([first, second]);
}

interface Candidate {
  readonly overload: Overload;
  readonly call: Implementation;
  /** Undefined where any value will do. */
  readonly guards: readonly (Guard | undefined)[];
  /** Whether the result may be larger than the arguments, or is one of many. */
  readonly makes: boolean;
}

/** Functions that make strings and lists, rather than find them or bound them by what they are given. */
const makers = new Set([
  '_+_',
  'replace',
  'split',
  'join',
  'format',
  'flatten',
  'lists.range',
  'distinct',
  'sort',
  '@sortByAssociatedKeys',
  'reverse',
  'slice',
]);

function candidateOf(name: string, overload: Overload): Candidate {
  const guards = overload.parameters.map((type) => (type.kind === 'dyn' || type.kind === 'parameter' ? undefined : guardOf(type)));
  return { overload, call: overload.evaluate as Implementation, guards, makes: makers.has(name) };
}

function accepts({ guards }: Candidate, values: readonly Value[]): boolean {
  for (let at = 0; at < guards.length; at++) {
    const guard = guards[at];
    if (guard && !guard(values[at] as Value)) return false;
  }
  return true;
}

function invoke(frame: Frame, { overload, call, makes }: Candidate, values: readonly Value[]): Value {
  if (overload.costBefore) frame.require(overload.costBefore(values));
  const result = call(...values);
  if (makes) frame.make(result);
  frame.charge(overload.cost ? overload.cost(values, result) : 1);
  return result;
}

function single(name: string, overload: Overload, runs: readonly Closure[]): Closure {
  const candidate = candidateOf(name, overload);
  const { call, guards, makes } = candidate;
  const [first, second] = runs;
  const [guard, secondGuard] = guards;
  if (first && runs.length === 1 && !overload.costBefore && !overload.cost && !makes) {
    return (frame) => {
      const value = first(frame);
      if (guard && !guard(value)) throw noSuchOverload(name, [value]);
      const result = call(value);
      frame.charge(1);
      return result;
    };
  }
  if (first && second && runs.length === 2) {
    return (frame) => {
      const left = first(frame);
      const right = second(frame);
      if ((guard && !guard(left)) || (secondGuard && !secondGuard(right))) throw noSuchOverload(name, [left, right]);
      return invoke(frame, candidate, [left, right]);
    };
  }
  return (frame) => {
    const values = runs.map((run) => run(frame));
    if (!accepts(candidate, values)) throw noSuchOverload(name, values);
    return invoke(frame, candidate, values);
  };
}

/** Functions whose costs upstream looks up by overload: they cost 1 where the overload is not known before the call. */
const costedByOverload = new Set([...conversions, 'sort', '@sortByAssociatedKeys']);

/** So do operators. */
const isOperator = (name: string): boolean => /^[_!\-@]/.test(name);

function dispatching(name: string, overloads: readonly Overload[], runs: readonly Closure[]): Closure {
  const costsOne = isOperator(name) || costedByOverload.has(name);
  const candidates = overloads.map((overload) =>
    candidateOf(name, costsOne && overload.cost ? { ...overload, cost: undefined, costBefore: undefined } : overload),
  );
  return (frame) => {
    const values = runs.map((run) => run(frame));
    const candidate = candidates.find((each) => accepts(each, values));
    if (!candidate) throw noSuchOverload(name, values);
    return invoke(frame, candidate, values);
  };
}
