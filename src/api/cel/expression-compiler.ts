/**
 * Compiles each kind of expression to a closure that counts its cost as cel-go's cost tracker does.
 *
 * An attribute (a variable and what is selected or indexed from it) costs 1, and 1 for each step. It is counted as a whole: so the pieces say their `steps`, and who uses
 * the attribute as a value charges them at once, and 1 more for the attribute itself. A branch of `?:` is not charged that 1 more, upstream.
 */
import type { Call, Comprehension, Expression, Identifier, Select } from './ast.ts';
import { compileCall } from './call-compiler.ts';
import type { Checked } from './compile.ts';
import { compileComprehension } from './comprehension-compiler.ts';
import { type EnvironmentIndex, indexOf } from './environment.ts';
import { fieldReader, fieldTester } from './field-readers.ts';
import type { Closure } from './frame.ts';
import { indexList, indexMap, indexValue, optionalField, optionalIndex } from './indexing.ts';
import { compileList, compileMap, compileStruct } from './literal-compiler.ts';
import { compileLogical } from './logical-compiler.ts';
import { isOptionalType, type Type } from './types.ts';
import { EvaluationError, List, MapValue, OptionalValue, TypeValue, type Value } from './values.ts';

/** A compiled expression. */
export interface Compiled {
  readonly run: Closure;
  /** Set when the expression needs no evaluation. */
  readonly constant?: { readonly value: Value };
}

interface Attribute extends Compiled {
  /** What using it costs beyond what `run` charges. */
  readonly steps: number;
  /** Its own 1; 0 for `?:`, and for `has(...)` where that is free. */
  readonly own: 0 | 1;
  /** A step may find nothing, so `run` charges the steps itself. */
  readonly isOptional?: boolean;
}

export class ExpressionCompiler {
  readonly checked: Checked;
  readonly environment: EnvironmentIndex;
  readonly #slots: { readonly name: string; readonly slot: number; readonly initial: Closure | undefined }[] = [];
  #slotCount = 0;

  constructor(checked: Checked) {
    this.checked = checked;
    this.environment = indexOf(checked.environment);
  }

  compile(): Closure {
    return this.value(this.checked.expression).run;
  }

  typeOf(expression: Expression): Type {
    return this.checked.typeOf(expression);
  }

  /** Compiles what is used as a value of its own. */
  value(expression: Expression): Compiled {
    const attribute = this.#attribute(expression);
    return attribute ? charged(attribute, attribute.steps + attribute.own) : this.#other(expression);
  }

  /** Compiles what is used without its own 1: a branch of `?:`. */
  branch(expression: Expression): Compiled {
    const attribute = this.#attribute(expression);
    return attribute ? charged(attribute, attribute.steps) : this.#other(expression);
  }

  /** Gives a variable a slot while a part is compiled. */
  withVariable<T>(name: string, compilePart: (slot: number) => T): T {
    return this.withLazyVariable(name, undefined, compilePart);
  }

  /** The same; its value is computed when the slot is read and is undefined. */
  withLazyVariable<T>(name: string, initial: Closure | undefined, compilePart: (slot: number) => T): T {
    const slot = this.#slotCount++;
    this.#slots.push({ name, slot, initial });
    const compiled = compilePart(slot);
    this.#slots.pop();
    return compiled;
  }

  #attribute(expression: Expression): Attribute | undefined {
    switch (expression.kind) {
      case 'identifier':
        return this.#identifier(expression);
      case 'select':
        return this.#select(expression);
      case 'call':
        if (expression.name === '_?_:_') return this.#conditional(expression);
        if (expression.name === '_[_]') return this.#index(expression);
        if (expression.name === '_[?_]') return this.#optionalIndex(expression);
        return expression.name === '_?._' ? this.#optionalSelect(expression) : undefined;
      default:
        return undefined;
    }
  }

  #other(expression: Expression): Compiled {
    switch (expression.kind) {
      case 'literal':
        return constant(expression.value);
      case 'identifier':
        return this.#typeName(expression);
      case 'call':
        return compileLogical(this, expression) ?? compileCall(this, expression);
      case 'list':
        return compileList(this, expression);
      case 'map':
        return compileMap(this, expression);
      case 'struct':
        return compileStruct(this, expression);
      case 'comprehension':
        return this.comprehension(expression);
      case 'select':
        throw new Error('a selection is an attribute');
    }
  }

  #typeName(expression: Identifier): Compiled {
    const [type] = this.typeOf(expression).parameters;
    if (type) return constant(new TypeValue(type));
    return {
      run: () => {
        throw new EvaluationError(`no such attribute(s): ${expression.name}`);
      },
    };
  }

  comprehension(expression: Comprehension): Compiled {
    return compileComprehension(this, expression);
  }

  #identifier({ name }: Identifier): Attribute | undefined {
    const local = this.#slots.findLast((variable) => variable.name === name);
    if (local) {
      const { slot, initial } = local;
      if (!initial) return { run: (frame) => frame.slots[slot] as Value, steps: 0, own: 1 };
      const run: Closure = (frame) => {
        const known = frame.slots[slot];
        if (known !== undefined) return known;
        const value = initial(frame);
        frame.slots[slot] = value;
        return value;
      };
      return { run, steps: 0, own: 1 };
    }
    const variable = name.startsWith('.') ? name.slice(1) : name;
    if (!this.environment.isVariable(variable)) return undefined;
    return {
      run: (frame) => {
        const value = frame.bindings[variable];
        if (value === undefined) throw new EvaluationError(`no such attribute(s): ${variable}`);
        return value;
      },
      steps: 0,
      own: 1,
    };
  }

  /** What a step is made from: an attribute that goes on, or a value from which one starts. */
  #base(expression: Expression): Attribute {
    return this.#attribute(expression) ?? { ...this.#other(expression), constant: undefined, steps: 0, own: 1 };
  }

  #step(base: Attribute, step: (value: Value) => Value): Attribute {
    const { run, own } = base;
    if (!base.isOptional) return { run: (frame) => step(run(frame)), steps: base.steps + 1, own };
    const stepping: Closure = (frame) => {
      const value = run(frame);
      if (value instanceof OptionalValue && value.value === undefined) return value;
      const found = step(value);
      if (!(found instanceof OptionalValue) || found.value !== undefined) frame.charge(1);
      return found;
    };
    return { run: stepping, steps: base.steps, own, isOptional: true };
  }

  #select({ operand, field, isPresenceTest }: Select): Attribute {
    const type = this.typeOf(operand);
    const attribute = this.#base(operand);
    const base = isOptionalType(type) ? { ...attribute, isOptional: true } : attribute;
    if (!isPresenceTest) return this.#step(base, fieldReader(type, field));
    // The test is an attribute of its own around the operand's, which is not charged for itself.
    const { run } = base;
    const test = fieldTester(type, field);
    if (base.isOptional) return { ...this.#step(base, test), run: absentAsFalse(this.#step(base, test).run), own: this.environment.presenceTestCost };
    return { run: (frame) => test(run(frame)), steps: base.steps + 1, own: this.environment.presenceTestCost };
  }

  #optionalSelect({ arguments: [operand, field] }: Call): Attribute {
    const name = String(field?.kind === 'literal' ? field.value : '');
    return this.#optionalStep(this.#base(operand as Expression), (value) => optionalField(value, name));
  }

  #optionalStep(base: Attribute, step: (value: Value) => Value): Attribute {
    return this.#step({ ...base, isOptional: true }, step);
  }

  #index({ arguments: [operand, index] }: Call): Attribute {
    const type = this.typeOf(operand as Expression);
    const { kind } = type;
    const attribute = this.#base(operand as Expression);
    const base = isOptionalType(type) ? { ...attribute, isOptional: true } : attribute;
    let read: (value: Value, index: Value) => Value = indexValue;
    if (kind === 'list') read = (value, at) => (value instanceof List ? indexList(value, at) : indexValue(value, at));
    else if (kind === 'map') read = (value, key) => (value instanceof MapValue ? indexMap(value, key) : indexValue(value, key));
    return this.#indexed(base, index as Expression, read);
  }

  #optionalIndex({ arguments: [operand, index] }: Call): Attribute {
    return this.#indexed({ ...this.#base(operand as Expression), isOptional: true }, index as Expression, optionalIndex);
  }

  #indexed(base: Attribute, index: Expression, read: (value: Value, index: Value) => Value): Attribute {
    const attribute = this.#attribute(index);
    if (!attribute) {
      const { run, constant: known } = this.#other(index);
      if (known) return this.#step(base, (value) => read(value, known.value));
      return this.#dynamicStep(base, run, read);
    }
    const { run } = charged(attribute, attribute.steps);
    return this.#dynamicStep(base, run, read);
  }

  #dynamicStep(base: Attribute, index: Closure, read: (value: Value, index: Value) => Value): Attribute {
    const { run, own } = base;
    if (!base.isOptional) return { run: (frame) => read(run(frame), index(frame)), steps: base.steps + 1, own };
    const stepping: Closure = (frame) => {
      const value = run(frame);
      if (value instanceof OptionalValue && value.value === undefined) return value;
      const found = read(value, index(frame));
      if (!(found instanceof OptionalValue) || found.value !== undefined) frame.charge(1);
      return found;
    };
    return { run: stepping, steps: base.steps, own, isOptional: true };
  }

  #conditional({ arguments: [condition, yes, no] }: Call): Attribute {
    const test = this.value(condition as Expression).run;
    const whenTrue = this.branch(yes as Expression).run;
    const whenFalse = this.branch(no as Expression).run;
    const run: Closure = (frame) => {
      const outcome = test(frame);
      if (outcome === true) return whenTrue(frame);
      if (outcome === false) return whenFalse(frame);
      throw new EvaluationError('no such overload');
    };
    return { run, steps: 0, own: 0 };
  }
}

/** `has(...)` of what was looked for and not found. */
function absentAsFalse(run: Closure): Closure {
  return (frame) => run(frame) === true;
}

export function constant(value: Value): Compiled {
  return { run: () => value, constant: { value } };
}

function charged({ run, constant: known }: Attribute, cost: number): Compiled {
  if (cost === 0) return { run, constant: known };
  return {
    run: (frame) => {
      frame.charge(cost);
      return run(frame);
    },
  };
}
