/** Typed tree to closures. */
import type { Bindings, Checked, Evaluation, EvaluationLimits, Program } from './compile.ts';
import { ExpressionCompiler } from './expression-compiler.ts';
import { type Closure, Frame } from './frame.ts';
import { EvaluationError } from './values.ts';

/**
 * Compiles a checked expression. Constant parts are computed now: a conversion of a literal that fails (`int('x')`) and a literal that is no regular expression are
 * EvaluationErrors here, as upstream has it.
 */
export function compile(checked: Checked): Program {
  return new CompiledProgram(new ExpressionCompiler(checked).compile());
}

class CompiledProgram implements Program {
  readonly #run: Closure;

  constructor(run: Closure) {
    this.#run = run;
  }

  evaluate(bindings: Bindings, limits: EvaluationLimits = {}): Evaluation {
    const frame = new Frame(bindings, limits);
    try {
      const value = this.#run(frame);
      return { value, cost: frame.cost };
    } catch (error) {
      if (error instanceof EvaluationError) return { error, cost: frame.cost };
      // JavaScript's own bounds: the depth of the stack, the length of strings and arrays.
      if (error instanceof RangeError)
        return { error: new EvaluationError(`the evaluation needs too much memory: ${error.message}`, 'interrupted'), cost: frame.cost };
      throw error;
    }
  }
}
