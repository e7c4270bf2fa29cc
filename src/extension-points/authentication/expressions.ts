/** What an expression may look at: the claims of a token, a user, or a request of authorization. */
export type ExpressionVariable = 'claims' | 'user' | 'request';

/** Types a result may have, as CEL names them (`bool`); `any` leaves it to whoever uses the result. */
export type Returned = 'any' | readonly string[];

/** An expression that is ready to run. */
export interface CompiledExpression {
  readonly kind: 'compiled';
  /** Whether it selects a field of a variable by name: `claims.email`, `claims.?email`. */
  reads(variable: string, field: string): boolean;
  /** Runs it over plain JSON; the answer is plain JSON too. Throws an Error with CEL's text when it fails or costs too much. */
  evaluate(value: unknown): unknown;
}

/** Compiles expressions of configuration files (CEL with the libraries of Kubernetes). */
export interface ExpressionCompiler {
  /** `message` is upstream's: `compilation failed: ERROR: …`, or what it must evaluate to. */
  compile(
    expression: string,
    how: { readonly variable: ExpressionVariable; readonly returns: Returned },
  ): CompiledExpression | { readonly kind: 'rejected'; readonly message: string };
}
