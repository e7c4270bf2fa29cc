/** The walk over an expression that sums up what it may cost. */
import type { Call, Comprehension, Expression, ListLiteral, MapLiteral, Select } from '../ast.ts';
import type { Checked } from '../compile.ts';
import { indexOf } from '../environment.ts';
import type { CallEstimate, Estimate, EstimatedValue, Overload } from '../library.ts';
import { standardEstimate } from './default-rules.ts';
import type { EstimatedCall, EstimatedOperand, EstimateOptions } from './estimate.ts';
import { Path } from './path.ts';
import { add, exactly, listCreationCost, mapCreationCost, multiply, one, saturated, structCreationCost, union, unknownSize, zero } from './range.ts';
import { type EntrySizes, Sizes } from './sizes.ts';

/** The accumulator of macros: what is gathered there lies in no variable. */
const hiddenAccumulator = '@result';
/** An empty range: the least size is above the most until something is added. */
const nothing: Estimate = { minimum: saturated, maximum: 0 };

export class CostWalk {
  readonly #checked: Checked;
  readonly #options: EstimateOptions;
  readonly #presenceTestCost: Estimate;
  readonly #sizes: Sizes;

  constructor(checked: Checked, options: EstimateOptions) {
    this.#checked = checked;
    this.#options = options;
    this.#presenceTestCost = exactly(indexOf(checked.environment).presenceTestCost);
    this.#sizes = new Sizes(checked, options.sizeOf);
  }

  cost(expression: Expression): Estimate {
    switch (expression.kind) {
      case 'literal':
        return zero;
      case 'identifier':
        this.#sizes.setPath(expression, this.#sizes.local(expression.name)?.path ?? Path.ofVariable(expression.name));
        return one;
      case 'select':
        return this.#select(expression);
      case 'call':
        return this.#call(expression);
      case 'list':
        return this.#list(expression);
      case 'map':
        return this.#map(expression);
      case 'struct':
        return expression.fields.reduce((sum, { value }) => add(sum, this.cost(value)), exactly(structCreationCost));
      case 'comprehension':
        return isBinding(expression) ? this.#binding(expression) : this.#comprehension(expression);
    }
  }

  #select(select: Select): Estimate {
    const operand = this.cost(select.operand);
    if (select.isPresenceTest) return add(operand, this.#presenceTestCost);
    this.#sizes.setPath(select, this.#sizes.pathOf(select.operand).followedBy(select.field));
    const { kind } = this.#checked.typeOf(select.operand);
    return kind === 'map' || kind === 'object' || kind === 'parameter' ? add(operand, one) : operand;
  }

  #call(call: Call): Estimate {
    const [first] = call.arguments;
    // A type that is not checked: the value is the same.
    if (call.name === 'dyn' && first) {
      const cost = add(one, this.cost(first));
      this.#sizes.copy(first, call);
      return cost;
    }
    const costs: Estimate[] = [];
    const operands = call.arguments.map((argument) => {
      costs.push(this.cost(argument));
      return this.#operand(argument);
    });
    const overloads = this.#overloadsOf(call);
    if (overloads.length === 0) return zero;
    const targetCost = call.target ? this.cost(call.target) : zero;
    const target = call.target && this.#operand(call.target);
    let callCost = nothing;
    let resultSize: Estimate | undefined;
    for (const overload of overloads) {
      const estimate = this.#overload(call, { name: call.name, overload, target, operands }, costs);
      callCost = union(callCost, estimate.cost);
      if (estimate.resultSize) resultSize = resultSize ? union(resultSize, estimate.resultSize) : estimate.resultSize;
      if (first && (overload.id === 'index_list' || overload.id === 'index_map')) {
        resultSize = this.#sizes.entriesOf(first)?.value;
        this.#sizes.setPath(call, this.#sizes.pathOf(first).followedBy(overload.id === 'index_list' ? '@items' : '@values'));
      }
      resultSize ??= this.#sizes.sizeOf(call);
    }
    this.#sizes.setSize(call, resultSize);
    return add(targetCost, callCost);
  }

  /** `a.?b` is found without its overload. */
  #overloadsOf(call: Call): readonly Overload[] {
    const found = this.#checked.overloadsOf(call);
    return found.length === 0 && call.name === '_?._' ? (indexOf(this.#checked.environment).functions.get(call.name) ?? []) : found;
  }

  #overload(call: Call, estimated: EstimatedCall, costs: readonly Estimate[]): CallEstimate {
    const { overload } = estimated;
    const values = call.target ? [call.target, ...call.arguments] : call.arguments;
    const told = overload.estimate?.(values.map((value) => this.#value(value))) ?? this.#options.callRule?.(estimated);
    if (!told) return standardEstimate(call, estimated, costs, this.#sizes);
    // What libraries tell may be above the largest amount.
    return { cost: costs.reduce(add, add(zero, told.cost)), ...(told.resultSize && { resultSize: add(zero, told.resultSize) }) };
  }

  #value(expression: Expression): EstimatedValue {
    return { expression, type: this.#checked.typeOf(expression), size: this.#sizes.sizeOrUnknown(expression) };
  }

  #operand(expression: Expression): EstimatedOperand {
    const path = this.#sizes.pathOf(expression);
    const size = this.#sizes.sizeOf(expression);
    return {
      type: this.#checked.typeOf(expression),
      size: size ?? unknownSize,
      hasSize: size !== undefined,
      elementSize: () => this.#elementSize(path),
      literal: expression.kind === 'literal' ? expression.value : undefined,
    };
  }

  #elementSize(path: Path): Estimate {
    const { names } = path;
    if (names.length === 0 || names[0] === hiddenAccumulator) return unknownSize;
    return this.#options.sizeOf?.([...names, '@items']) ?? unknownSize;
  }

  #list(list: ListLiteral): Estimate {
    let sum = exactly(listCreationCost);
    let value = list.elements.length === 0 ? zero : nothing;
    for (const element of list.elements) {
      sum = add(sum, this.cost(element));
      value = union(value, this.#sizes.sizeOrUnknown(element));
    }
    this.#sizes.setEntries(list, { isList: true, key: one, value });
    return sum;
  }

  #map(map: MapLiteral): Estimate {
    let sum = exactly(mapCreationCost);
    let entries: EntrySizes = { isList: false, key: nothing, value: nothing };
    if (map.entries.length === 0) entries = { isList: false, key: zero, value: zero };
    for (const entry of map.entries) {
      sum = add(add(sum, this.cost(entry.key)), this.cost(entry.value));
      const key = union(entries.key, this.#sizes.sizeOrUnknown(entry.key));
      entries = { isList: false, key, value: union(entries.value, this.#sizes.sizeOrUnknown(entry.value)) };
    }
    this.#sizes.setEntries(map, entries);
    return sum;
  }

  #comprehension(fold: Comprehension): Estimate {
    const sizes = this.#sizes;
    const range = this.cost(fold.range);
    const initial = this.cost(fold.initial);
    sizes.declare(fold.accumulator, { path: sizes.pathOf(fold.initial), size: sizes.sizeOf(fold.initial), entries: sizes.entriesOf(fold.initial) });
    this.#declareVariables(fold);
    const condition = this.cost(fold.condition);
    const step = this.cost(fold.step);
    sizes.forget(fold.variable);
    if (fold.secondVariable !== undefined) sizes.forget(fold.secondVariable);
    const result = this.cost(fold.result);
    sizes.forget(fold.accumulator);
    const rounds = sizes.sizeOrUnknown(fold.range);
    if (fold.initial.kind === 'literal') sizes.setSize(fold, sizes.sizeOf(fold.initial));
    if (fold.initial.kind === 'list' || fold.initial.kind === 'map') {
      sizes.setSize(fold, rounds);
      sizes.setEntries(fold, sizes.entriesOf(fold.step));
    }
    return [initial, result, multiply(rounds, add(step, condition))].reduce(add, range);
  }

  #declareVariables({ range, variable, secondVariable }: Comprehension): void {
    const sizes = this.#sizes;
    const entries = sizes.entriesOf(range);
    const path = sizes.pathOf(range);
    const isList = entries ? entries.isList : this.#checked.typeOf(range).kind === 'list';
    const declareKey = (name: string): void =>
      sizes.declare(name, { path: path.followedBy(isList ? '@indices' : '@keys'), size: entries?.key, entries: undefined });
    const declareValue = (name: string): void =>
      sizes.declare(name, { path: path.followedBy(isList ? '@items' : '@values'), size: entries?.value, entries: undefined });
    if (secondVariable !== undefined) {
      declareKey(variable);
      declareValue(secondVariable);
    } else if (isList) declareValue(variable);
    else declareKey(variable);
  }

  /** `cel.bind` and what macros make of it: a variable, and no loop. */
  #binding(fold: Comprehension): Estimate {
    const sizes = this.#sizes;
    const cost = add(this.cost(fold.range), this.cost(fold.initial));
    sizes.declare(fold.accumulator, { path: sizes.pathOf(fold.initial), size: sizes.sizeOf(fold.initial), entries: sizes.entriesOf(fold.initial) });
    const result = this.cost(fold.result);
    sizes.forget(fold.accumulator);
    sizes.copy(fold.result, fold);
    return add(cost, result);
  }
}

function isBinding({ range, condition }: Comprehension): boolean {
  return range.kind === 'list' && range.elements.length === 0 && condition.kind === 'literal' && condition.value === false;
}
