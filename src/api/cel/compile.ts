/**
 * The engine's front door.
 *
 * ```ts
 * const environment = createEnvironment({ libraries: [strings, kubernetesUrls] });
 * const outcome = check('self.replicas <= 5', environment.extend({ variables: { self: schemaType } }));
 * if (outcome.kind === 'rejected') throw invalid(outcome.message);
 * const program = compile(outcome);
 * const { value, error, cost } = program.evaluate({ self: fromNative(schemaType)(object.spec) }, { budget: 1_000_000 });
 * ```
 */
import type { Expression } from './ast.ts';
import type { Library, Overload } from './library.ts';
import type { Type } from './types.ts';
import type { EvaluationError, Value } from './values.ts';

export interface EnvironmentOptions {
  readonly libraries?: readonly Library[];
  /** Names may be qualified (`request.auth`). */
  readonly variables?: Readonly<Record<string, Type>>;
  /** Resolves names of types beyond those of the libraries; asked with full names (`Object.spec`). */
  readonly types?: (name: string) => Type | undefined;
  /** The namespace in which names are resolved first. Default: the root. */
  readonly container?: string;
  /** Require the elements of a list or map literal to agree in type (Kubernetes does). Default false: mixed literals are dyn. */
  readonly homogeneousLiterals?: boolean;
  /** Whether fields may be written `` a.`b-c` ``. Default true. */
  readonly quotedFields?: boolean;
  /** What `has(...)` costs beyond its operand. Default 1; Kubernetes: 0. */
  readonly presenceTestCost?: 0 | 1;
  /** Check the literals that are arguments of `duration`, `timestamp` and `matches` as the expression is checked (Kubernetes does). Default false. */
  readonly validatesLiterals?: boolean;
}

/** What an expression may use. Immutable; extending is cheap (functions are indexed once). */
export interface Environment {
  /** The same, and more variables and types (the added ones are looked up first). Libraries may be added too, which costs their indexing. */
  extend(options: EnvironmentOptions): Environment;
}

export interface Issue {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** In code points, from 0; cel-go prints it from 1. */
  readonly column: number;
}

export interface Parsed {
  readonly kind: 'parsed';
  readonly source: string;
  readonly expression: Expression;
  /** The highest id in the tree. */
  readonly lastId: number;
}

export interface Checked {
  readonly kind: 'checked';
  readonly source: string;
  readonly expression: Expression;
  readonly type: Type;
  readonly environment: Environment;
  readonly lastId: number;
  typeOf(expression: Expression): Type;
  /** The overloads that a call may reach: one unless arguments are dyn. Empty for what is no call. */
  overloadsOf(expression: Expression): readonly Overload[];
}

/** The source is refused. `message` is cel-go's text: `ERROR: <input>:1:5: undeclared reference to 'x' (in container '')\n | x\n | ^`, one after the other. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly message: string;
  readonly issues: readonly Issue[];
}

export interface EvaluationLimits {
  /** Cost units. Past it evaluation stops at once with `operation cancelled: actual cost limit exceeded` (reason `budget`). Default: no limit. */
  readonly budget?: number;
  /** `performance.now()` past which a comprehension stops with `operation interrupted` (reason `interrupted`). Looked at every few turns of loops. */
  readonly deadline?: number;
  /** What the strings and lists that calls make may take together, about; past it evaluation stops with `operation interrupted`, too. Default: no limit. */
  readonly bytes?: number;
}

/** Values by variable name. A variable that is declared and not bound: EvaluationError `no such attribute(s): NAME`. Properties may be getters. */
export type Bindings = Readonly<Record<string, Value | undefined>>;

export type Evaluation =
  | { readonly value: Value; readonly error?: undefined; readonly cost: number }
  | { readonly value?: undefined; readonly error: EvaluationError; readonly cost: number };

export interface Program {
  /** Never throws an EvaluationError. */
  evaluate(bindings: Bindings, limits?: EvaluationLimits): Evaluation;
}

export { assumeDynamic, check } from './checker.ts';
export { createEnvironment } from './environment.ts';
export { parse } from './parser.ts';
export { compile } from './program.ts';
