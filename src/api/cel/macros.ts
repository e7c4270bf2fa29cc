/** Macros: calls that the parser replaces by other expressions. */
import type { Expression } from './ast.ts';
import type { ExpressionFactory } from './expression-factory.ts';

export interface Macro {
  readonly name: string;
  /** `range.name(...)`. */
  readonly isMember: boolean;
  /** Undefined: any number. */
  readonly argumentCount: number | undefined;
  /** The replacement; undefined leaves the call as it is; a problem is reported at the offset. */
  expand(create: ExpressionFactory, target: Expression | undefined, values: readonly Expression[]): Expression | MacroProblem | undefined;
}

export interface MacroProblem {
  readonly kind: 'problem';
  readonly message: string;
  readonly offset: number;
}

/** What macros are indexed by. */
export function macroKey(name: string, isMember: boolean, argumentCount: number | undefined): string {
  return `${name}/${isMember ? 'member' : 'global'}/${argumentCount ?? '*'}`;
}
