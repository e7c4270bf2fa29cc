/** Makes nodes of the tree: ids are dense, and there is a bound on how many there may be. */
import type { Call, Comprehension, Expression, Literal, MapLiteral } from './ast.ts';
import type { MacroProblem } from './macros.ts';
import type { Value } from './values.ts';

/** Macros may copy their target, so a short text could grow without bound. */
const maximumNodes = 100_000;

/** The name of the variable that macros gather their result in. No source can name it. */
export const accumulatorName = '@result';

/** The tree has more nodes than it may. */
export class TooManyNodes extends Error {}

type Entries = MapLiteral['entries'];

export class ExpressionFactory {
  #lastId = 0;
  /** Where new nodes are reported. */
  offset = 0;

  get lastId(): number {
    return this.#lastId;
  }

  newId(): number {
    if (++this.#lastId > maximumNodes) throw new TooManyNodes(`expression size exceeds limit: more than ${maximumNodes} nodes`);
    return this.#lastId;
  }

  literal(value: Value, offset = this.offset): Literal {
    return { kind: 'literal', id: this.newId(), offset, value };
  }

  identifier(name: string, offset = this.offset): Expression {
    return { kind: 'identifier', id: this.newId(), offset, name };
  }

  accumulator(): Expression {
    return this.identifier(accumulatorName);
  }

  select(operand: Expression, field: string, offset = this.offset, isPresenceTest = false): Expression {
    return { kind: 'select', id: this.newId(), offset, operand, field, isPresenceTest };
  }

  call(name: string, values: readonly Expression[], offset = this.offset): Call {
    return { kind: 'call', id: this.newId(), offset, name, target: undefined, arguments: values };
  }

  memberCall(name: string, target: Expression, values: readonly Expression[], offset = this.offset): Call {
    return { kind: 'call', id: this.newId(), offset, name, target, arguments: values };
  }

  list(elements: readonly Expression[], offset = this.offset, optionalIndexes: readonly number[] = []): Expression {
    return { kind: 'list', id: this.newId(), offset, elements, optionalIndexes };
  }

  map(entries: Entries, offset = this.offset): Expression {
    return { kind: 'map', id: this.newId(), offset, entries };
  }

  comprehension(parts: Omit<Comprehension, 'kind' | 'id' | 'offset'>): Expression {
    return { kind: 'comprehension', id: this.newId(), offset: this.offset, ...parts };
  }

  problem(message: string, at: Expression): MacroProblem {
    return { kind: 'problem', message, offset: at.offset };
  }

  /** A copy with ids of its own. */
  copy(expression: Expression): Expression {
    const id = this.newId();
    switch (expression.kind) {
      case 'literal':
      case 'identifier':
        return { ...expression, id };
      case 'select':
        return { ...expression, id, operand: this.copy(expression.operand) };
      case 'call':
        return {
          ...expression,
          id,
          target: expression.target && this.copy(expression.target),
          arguments: expression.arguments.map((value) => this.copy(value)),
        };
      case 'list':
        return { ...expression, id, elements: expression.elements.map((element) => this.copy(element)) };
      case 'map':
        return {
          ...expression,
          id,
          entries: expression.entries.map((entry) => ({ ...entry, id: this.newId(), key: this.copy(entry.key), value: this.copy(entry.value) })),
        };
      case 'struct':
        return { ...expression, id, fields: expression.fields.map((field) => ({ ...field, id: this.newId(), value: this.copy(field.value) })) };
      case 'comprehension':
        return {
          ...expression,
          id,
          range: this.copy(expression.range),
          initial: this.copy(expression.initial),
          condition: this.copy(expression.condition),
          step: this.copy(expression.step),
          result: this.copy(expression.result),
        };
    }
  }
}
