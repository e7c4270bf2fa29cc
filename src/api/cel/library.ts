/** How a library declares its functions, types, variables and macros. An environment holds the standard library and those it is given. */
import type { Expression } from './ast.ts';
import type { Macro } from './macros.ts';
import type { Type } from './types.ts';
import type { Value } from './values.ts';

export interface Library {
  readonly name: string;
  readonly functions?: readonly FunctionDeclaration[];
  /** Types that may be named in expressions, such as `optional_type`. */
  readonly types?: readonly Type[];
  readonly macros?: readonly Macro[];
}

export interface FunctionDeclaration {
  /** Such as `size`, `math.greatest`, `_+_`. Several libraries may add overloads to one function. */
  readonly name: string;
  readonly overloads: readonly Overload[];
}

export interface Overload {
  /** Cel-go's identifier, such as `size_string`: unique in an environment, except that a later library replaces an earlier overload of the same identifier. */
  readonly id: string;
  /** `a.name(b)`: the target is the first parameter. Default: `name(a, b)`. */
  readonly isMember?: boolean;
  readonly parameters: readonly Type[];
  readonly result: Type;
  /**
   * Called with as many arguments as there are parameters, each of its parameter's type (checked at run time where it was dyn at check time: `Value`'s class, not the
   * elements of lists). Returns a value of the result's type, or throws EvaluationError. Must not keep or change its arguments, and must be bounded by `cost`.
   */
  readonly evaluate: (...values: never[]) => Value;
  /** What the call costs at run time, once it has succeeded: whole units, 0 or more. Default: 1. */
  readonly cost?: (values: readonly Value[], result: Value) => number;
  /**
   * Whether the call would cost more than is left, asked BEFORE it runs: a lower bound of `cost`, for functions that may take long (regular expressions, flattening,
   * repeating). Default: no question.
   */
  readonly costBefore?: (values: readonly Value[]) => number;
  /** What the call may cost, for limits at definition time. Undefined, or returning undefined: the estimator's own rule for the function, else 1. */
  readonly estimate?: (values: readonly EstimatedValue[]) => CallEstimate | undefined;
}

/** An inclusive range of whole numbers; `Infinity` stands for what is above 2^64-1. */
export interface Estimate {
  readonly minimum: number;
  readonly maximum: number;
}

export interface EstimatedValue {
  readonly expression: Expression;
  readonly type: Type;
  /** In code points, bytes, elements or entries; 1 to 1 for what has no size, 0 to Infinity when nothing is known. */
  readonly size: Estimate;
  /** The size of an element when it is known (lists: elements, maps: values). */
  readonly elementSize?: Estimate;
}

export interface CallEstimate {
  readonly cost: Estimate;
  /** The size of the result, when it is a list, map, string or bytes. */
  readonly resultSize?: Estimate;
}

/** Declares a function: `declareFunction('isURL', { id: 'is_url_string', parameters: [stringType], result: boolType, evaluate: (text: string) => ... })`. */
export function declareFunction(name: string, ...overloads: readonly Overload[]): FunctionDeclaration {
  return { name, overloads };
}
