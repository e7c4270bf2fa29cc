/**
 * The syntax tree of an expression, macros expanded (as cel-go expands them, so that costs are upstream's). The checker replaces `a.b` by one identifier where it
 * names a variable or a type, and then the tree is not changed again.
 */
import type { Value } from './values.ts';

export type Expression = Literal | Identifier | Select | Call | ListLiteral | MapLiteral | StructLiteral | Comprehension;

interface Node {
  /** Unique within the tree, from 1, dense. */
  readonly id: number;
  /** Where it is reported: an offset in UTF-16 units of the source. */
  readonly offset: number;
}

export interface Literal extends Node {
  readonly kind: 'literal';
  /** null, boolean, number, bigint, string, Uint, Double or Uint8Array. */
  readonly value: Value;
}

export interface Identifier extends Node {
  readonly kind: 'identifier';
  /** Qualified after checking; starts with a dot when it must be resolved from the root. */
  readonly name: string;
}

export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expression;
  readonly field: string;
  /** `has(operand.field)`. */
  readonly isPresenceTest: boolean;
}

export interface Call extends Node {
  readonly kind: 'call';
  /** Operators are functions: `_+_`, `_==_`, `_[_]`, `_?_:_`, `_&&_`, `_||_`, `!_`, `-_`, `@in`, `_?._` (the second argument is a string literal), `_[?_]`, `@not_strictly_false`. */
  readonly name: string;
  /** `target.name(...)`. Undefined after checking where the target was a namespace (`math.greatest(...)`), which is then in the name. */
  readonly target: Expression | undefined;
  readonly arguments: readonly Expression[];
}

export interface ListLiteral extends Node {
  readonly kind: 'list';
  readonly elements: readonly Expression[];
  /** Indexes of elements written `?element`. */
  readonly optionalIndexes: readonly number[];
}

export interface MapLiteral extends Node {
  readonly kind: 'map';
  readonly entries: readonly {
    readonly id: number;
    readonly offset: number;
    readonly key: Expression;
    readonly value: Expression;
    readonly isOptional: boolean;
  }[];
}

export interface StructLiteral extends Node {
  readonly kind: 'struct';
  readonly typeName: string;
  readonly fields: readonly { readonly id: number; readonly offset: number; readonly name: string; readonly value: Expression; readonly isOptional: boolean }[];
}

/** A fold: `accumulator = initial; for (variable in range) { if (!condition) break; accumulator = step }; result`. */
export interface Comprehension extends Node {
  readonly kind: 'comprehension';
  readonly range: Expression;
  /** With a second variable: the index of a list or the key of a map. Else the element of a list or the key of a map. */
  readonly variable: string;
  /** The element of a list or the value of a map. */
  readonly secondVariable: string | undefined;
  readonly accumulator: string;
  readonly initial: Expression;
  readonly condition: Expression;
  readonly step: Expression;
  readonly result: Expression;
}
