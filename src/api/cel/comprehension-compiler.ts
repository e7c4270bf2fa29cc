/**
 * Loops. What the macros expand to is recognised and compiled to plain loops, which cost what the expansion would: reading the accumulator is 1, `@not_strictly_false`,
 * `!` and `+` are 1 each, a list literal is 10.
 */
import type { Comprehension, Expression } from './ast.ts';
import type { Compiled, ExpressionCompiler } from './expression-compiler.ts';
import { accumulatorName } from './expression-factory.ts';
import { absorbed, type Closure, type Frame } from './frame.ts';
import { insertAll, insertEntry } from './map-insertion.ts';
import { typeName } from './value-types.ts';
import { EntryMap, EvaluationError, List, MapValue, type Value } from './values.ts';

export function compileComprehension(compiler: ExpressionCompiler, loop: Comprehension): Compiled {
  if (isBinding(loop)) return compileBinding(compiler, loop);
  const range = compiler.value(loop.range).run;
  const initial = compiler.value(loop.initial).run;
  const run = compiler.withVariable(loop.accumulator, (accumulator) => {
    const result = compiler.value(loop.result).run;
    return compiler.withVariable(loop.variable, (slot) => {
      const within = (secondSlot: number): Closure => {
        const body = compileBody(compiler, loop, { accumulator, initial, result });
        return (frame) => body(frame, iterate(frame, range(frame), slot, secondSlot));
      };
      return loop.secondVariable === undefined ? within(-1) : compiler.withVariable(loop.secondVariable, within);
    });
  });
  return { run };
}

/** Sets the variables to the next element; false at the end. */
interface Iteration {
  readonly size: number;
  next(at: number): void;
}

function iterate(frame: Frame, range: Value, slot: number, secondSlot: number): Iteration {
  const { slots } = frame;
  if (range instanceof List) {
    const { size } = range;
    if (secondSlot < 0) return { size, next: (at) => void (slots[slot] = range.at(at)) };
    return {
      size,
      next: (at) => {
        slots[slot] = at;
        slots[secondSlot] = range.at(at);
      },
    };
  }
  if (!(range instanceof MapValue)) throw new EvaluationError(`got '${goTypeName(range)}', expected iterable type`);
  const keys = [...range.keys()];
  return {
    size: keys.length,
    next: (at) => {
      slots[slot] = keys[at];
      if (secondSlot >= 0) slots[secondSlot] = range.get(keys[at] as Value);
    },
  };
}

/** Upstream names its own implementation here. */
function goTypeName(value: Value): string {
  const name = typeName(value).replace(/^.*\./, '').replace('_type', '');
  return `types.${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

type Body = (frame: Frame, iteration: Iteration) => Value;

interface Parts {
  readonly accumulator: number;
  readonly initial: Closure;
  readonly result: Closure;
}

function compileBody(compiler: ExpressionCompiler, loop: Comprehension, parts: Parts): Body {
  const { step } = loop;
  if (loop.accumulator === accumulatorName && isAccumulator(loop.result)) {
    if (step.kind === 'call' && isAccumulator(step.arguments[0]) && loop.condition.kind === 'call') {
      const predicate = step.arguments[1] as Expression;
      if (step.name === '_&&_') return quantifier(compiler.value(predicate).run, false, 3);
      if (step.name === '_||_') return quantifier(compiler.value(predicate).run, true, 4);
    }
    const gathered = gatherBody(compiler, loop);
    if (gathered) return gathered;
  }
  return general(compiler, loop, parts);
}

const isAccumulator = (expression: Expression | undefined): boolean => expression?.kind === 'identifier' && expression.name === accumulatorName;

/** `all` stops at false, `exists` at true; an error counts only when nothing stops the loop. `turnCost`: reading the condition and the accumulator. */
function quantifier(predicate: Closure, decisive: boolean, turnCost: number): Body {
  return (frame, { size, next }) => {
    let problem: EvaluationError | undefined;
    for (let at = 0; at < size; at++) {
      frame.turn();
      next(at);
      frame.charge(turnCost);
      try {
        const value = predicate(frame);
        if (value === decisive) {
          // The condition is read once more when there is another element.
          frame.charge((at + 1 < size ? turnCost - 1 : 0) + 1);
          return decisive;
        }
        if (value !== !decisive) problem ??= new EvaluationError('no such overload');
      } catch (error) {
        problem ??= absorbed(error);
      }
    }
    frame.charge(1);
    if (problem) throw problem;
    return !decisive;
  };
}

/** Loops that make a list or a map. Undefined: the loop is something else. */
function gatherBody(compiler: ExpressionCompiler, { initial, condition, step }: Comprehension): Body | undefined {
  if (condition.kind !== 'literal' || condition.value !== true || step.kind !== 'call') return undefined;
  const isConditional = step.name === '_?_:_' && isAccumulator(step.arguments[2]);
  const insertion = isConditional ? step.arguments[1] : step;
  if (insertion?.kind !== 'call' || !isAccumulator(insertion.arguments[0])) return undefined;
  const predicate = isConditional ? compiler.value(step.arguments[0] as Expression).run : undefined;
  if (initial.kind === 'list' && initial.elements.length === 0 && insertion.name === '_+_') {
    const [, addition] = insertion.arguments;
    if (addition?.kind !== 'list' || addition.elements.length !== 1 || addition.optionalIndexes.length > 0) return undefined;
    const element = compiler.value(addition.elements[0] as Expression);
    return gatherList(element.run, predicate, element.constant ? 2 : 12);
  }
  if (initial.kind !== 'map' || initial.entries.length > 0 || insertion.name !== 'cel.@mapInsert') return undefined;
  const values = insertion.arguments.slice(1).map((value) => compiler.value(value).run);
  return gatherMap(values, predicate);
}

function isTrue(value: Value): boolean {
  if (typeof value !== 'boolean') throw new EvaluationError('no such overload');
  return value;
}

function gatherList(element: Closure, predicate: Closure | undefined, elementCost: number): Body {
  return (frame, { size, next }) => {
    const items: Value[] = [];
    for (let at = 0; at < size; at++) {
      frame.turn();
      next(at);
      if (predicate && !isTrue(predicate(frame))) continue;
      items.push(element(frame));
      frame.charge(elementCost);
    }
    frame.charge(1);
    return new List(items);
  };
}

function gatherMap(values: readonly Closure[], predicate: Closure | undefined): Body {
  const [first, second] = values as [Closure, Closure | undefined];
  return (frame, { size, next }) => {
    const map = new EntryMap();
    for (let at = 0; at < size; at++) {
      frame.turn();
      next(at);
      if (predicate && !isTrue(predicate(frame))) continue;
      const head = first(frame);
      if (second) insertEntry(map, head, second(frame));
      else insertAll(map, head);
      frame.charge(2);
    }
    frame.charge(1);
    return map;
  };
}

function general(compiler: ExpressionCompiler, loop: Comprehension, { accumulator, initial, result }: Parts): Body {
  const condition = compiler.value(loop.condition).run;
  const step = compiler.value(loop.step).run;
  return (frame, { size, next }) => {
    frame.slots[accumulator] = initial(frame);
    for (let at = 0; at < size; at++) {
      frame.turn();
      next(at);
      if (condition(frame) !== true) break;
      frame.slots[accumulator] = step(frame);
    }
    return result(frame);
  };
}

/** `cel.bind` and what `optMap` expands to: a loop over nothing. */
function isBinding({ range, condition, accumulator }: Comprehension): boolean {
  return range.kind === 'list' && range.elements.length === 0 && condition.kind === 'literal' && condition.value === false && accumulator !== accumulatorName;
}

/** The value is computed when it is first read, and an error of it is one then. */
function compileBinding(compiler: ExpressionCompiler, loop: Comprehension): Compiled {
  const initial = compiler.value(loop.initial).run;
  return compiler.withLazyVariable(loop.accumulator, initial, (slot) => {
    const result = compiler.value(loop.result).run;
    return {
      run: (frame) => {
        frame.slots[slot] = undefined;
        return result(frame);
      },
    };
  });
}
