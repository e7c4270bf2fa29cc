/**
 * What an expression may cost before it runs: the rules of cel-go 0.26 (`checker.Cost`), so that limits at definition time refuse what upstream refuses.
 */
import type { Checked } from '../compile.ts';
import type { CallEstimate, Estimate, Overload } from '../library.ts';
import type { Type } from '../types.ts';
import { CostWalk } from './cost-walk.ts';

export interface EstimateOptions {
  /**
   * The size of what a path leads to: code points, bytes, elements or entries. A path starts with a variable; what follows are names of fields, `@items` and `@indices`
   * of lists, `@keys` and `@values` of maps. Undefined: nothing is known.
   */
  readonly sizeOf?: (path: readonly string[]) => Estimate | undefined;
  /** The estimate of a call, asked after the overload's own. Undefined: cel-go's own rule. */
  readonly callRule?: CallRule;
}

export type CallRule = (call: EstimatedCall) => CallEstimate | undefined;

export interface EstimatedCall {
  /** Such as `size`, `_==_`. */
  readonly name: string;
  readonly overload: Overload;
  /** Of `target.name(...)`. */
  readonly target: EstimatedOperand | undefined;
  readonly operands: readonly EstimatedOperand[];
}

export interface EstimatedOperand {
  readonly type: Type;
  /** 0 to 2^64 when nothing is known. */
  readonly size: Estimate;
  /** Whether the size is known from the expression or its type. */
  readonly hasSize: boolean;
  /** The size of the elements of a list, from where it lies in a variable: 0 to 2^64 when that says nothing. */
  elementSize(): Estimate;
  /** The value when it is a literal. */
  readonly literal: unknown;
}

/** The least and the most that evaluating may cost. 2^64 stands for all that is above 2^64-1. */
export function estimateCost(checked: Checked, options: EstimateOptions = {}): Estimate {
  return new CostWalk(checked, options).cost(checked.expression);
}
