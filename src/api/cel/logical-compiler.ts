/** Calls that do not need all their arguments, or go on in spite of an error: `&&`, `||`, `or`, `orValue`. */
import type { Call, Expression } from './ast.ts';
import type { Compiled, ExpressionCompiler } from './expression-compiler.ts';
import { absorbed, type Closure, type Frame } from './frame.ts';
import { EvaluationError, OptionalValue, type Value } from './values.ts';

export function compileLogical(compiler: ExpressionCompiler, call: Call): Compiled | undefined {
  const values = call.target ? [call.target, ...call.arguments] : call.arguments;
  switch (call.name) {
    case '_&&_':
      return { run: shortCircuit(...operands(compiler, values), false) };
    case '_||_':
      return { run: shortCircuit(...operands(compiler, values), true) };
    case '@not_strictly_false':
      return { run: notStrictlyFalse(compiler.value(values[0] as Expression).run) };
    case 'or':
    case 'orValue': {
      const overloads = compiler.checked.overloadsOf(call);
      if (!overloads.some(({ id }) => id === 'optional_or_optional' || id === 'optional_orValue_value')) return undefined;
      return { run: firstPresent(...operands(compiler, values), call.name === 'orValue') };
    }
    default:
      return undefined;
  }
}

function operands(compiler: ExpressionCompiler, [left, right]: readonly Expression[]): readonly [Closure, Closure] {
  return [compiler.value(left as Expression).run, compiler.value(right as Expression).run];
}

/** `decisive` on either side decides, even when the other side fails. */
function shortCircuit(left: Closure, right: Closure, decisive: boolean): Closure {
  return (frame) => {
    let problem: EvaluationError | undefined;
    try {
      const value = left(frame);
      if (value === decisive) return decisive;
      if (value !== !decisive) problem = new EvaluationError('no such overload');
    } catch (error) {
      problem = absorbed(error);
    }
    const value = problem ? orProblem(right, frame, problem) : right(frame);
    if (value === decisive) return decisive;
    if (problem) throw problem;
    if (value !== !decisive) throw new EvaluationError('no such overload');
    return !decisive;
  };
}

/** Of two problems the first is told. */
function orProblem(right: Closure, frame: Frame, problem: EvaluationError): Value {
  try {
    return right(frame);
  } catch (error) {
    absorbed(error);
    throw problem;
  }
}

function notStrictlyFalse(run: Closure): Closure {
  return (frame) => {
    let value: unknown = true;
    try {
      value = run(frame);
    } catch (error) {
      absorbed(error);
    }
    frame.charge(1);
    return value !== false;
  };
}

function firstPresent(left: Closure, right: Closure, unwraps: boolean): Closure {
  return (frame) => {
    const value = left(frame);
    // Of type dyn, and no optional: it is there.
    if (!(value instanceof OptionalValue)) return value;
    if (value.value === undefined) return right(frame);
    return unwraps ? value.value : value;
  };
}
