/** The macros that every expression may use (cel-spec, "Macros"), with one and with two variables. */
import type { Expression } from './ast.ts';
import { accumulatorName, type ExpressionFactory } from './expression-factory.ts';
import type { Macro, MacroProblem } from './macros.ts';

type Expand = (create: ExpressionFactory, target: Expression, variables: Variables, values: readonly Expression[]) => Expression;

interface Variables {
  readonly variable: string;
  readonly secondVariable: string | undefined;
}

const has: Macro = {
  name: 'has',
  isMember: false,
  argumentCount: 1,
  expand(create, _target, [value]) {
    if (value?.kind !== 'select' || value.isPresenceTest) return create.problem('invalid argument to has() macro', value as Expression);
    return create.select(value.operand, value.field, create.offset, true);
  },
};

const one = 'argument is not an identifier';
const simple = 'argument must be a simple name';

export const standardMacros: readonly Macro[] = [
  has,
  loop('all', 1, 1, simple, all),
  loop('exists', 1, 1, simple, exists),
  loop('exists_one', 1, 1, simple, existsOne),
  loop('existsOne', 1, 1, simple, existsOne),
  loop('map', 1, 1, one, map),
  loop('map', 1, 2, one, map),
  loop('filter', 1, 1, one, filter),
];

/** Two variables: index and element of a list, or key and value of a map. */
export const twoVariableMacros: readonly Macro[] = [
  loop('all', 2, 1, simple, all),
  loop('exists', 2, 1, simple, exists),
  loop('existsOne', 2, 1, simple, existsOne),
  loop('exists_one', 2, 1, simple, existsOne),
  loop('transformList', 2, 1, simple, map),
  loop('transformList', 2, 2, simple, map),
  loop('transformMap', 2, 1, simple, transformMap),
  loop('transformMap', 2, 2, simple, transformMap),
  loop('transformMapEntry', 2, 1, simple, transformMapEntry),
  loop('transformMapEntry', 2, 2, simple, transformMapEntry),
];

function loop(name: string, variableCount: 1 | 2, valueCount: number, complaint: string, expand: Expand): Macro {
  return {
    name,
    isMember: true,
    argumentCount: variableCount + valueCount,
    expand(create, target, values) {
      const variables = readVariables(create, values.slice(0, variableCount), complaint);
      return 'kind' in variables ? variables : expand(create, target as Expression, variables, values.slice(variableCount));
    },
  };
}

function readVariables(create: ExpressionFactory, values: readonly Expression[], complaint: string): Variables | MacroProblem {
  const names: string[] = [];
  for (const value of values) {
    if (value.kind !== 'identifier') return create.problem(complaint, value);
    if (names.includes(value.name)) return create.problem(`duplicate variable name: ${value.name}`, value);
    names.push(value.name);
  }
  const taken = values.find((value) => value.kind === 'identifier' && (value.name === accumulatorName || value.name === '__result__'));
  if (taken) return create.problem('iteration variable overwrites accumulator variable', taken);
  return { variable: names[0] as string, secondVariable: names[1] };
}

function all(create: ExpressionFactory, range: Expression, variables: Variables, [predicate]: readonly Expression[]): Expression {
  const initial = create.literal(true);
  const condition = create.call('@not_strictly_false', [create.accumulator()]);
  const step = create.call('_&&_', [create.accumulator(), predicate as Expression]);
  return create.comprehension({ range, ...variables, accumulator: accumulatorName, initial, condition, step, result: create.accumulator() });
}

function exists(create: ExpressionFactory, range: Expression, variables: Variables, [predicate]: readonly Expression[]): Expression {
  const initial = create.literal(false);
  const condition = create.call('@not_strictly_false', [create.call('!_', [create.accumulator()])]);
  const step = create.call('_||_', [create.accumulator(), predicate as Expression]);
  return create.comprehension({ range, ...variables, accumulator: accumulatorName, initial, condition, step, result: create.accumulator() });
}

function existsOne(create: ExpressionFactory, range: Expression, variables: Variables, [predicate]: readonly Expression[]): Expression {
  const initial = create.literal(0);
  const condition = create.literal(true);
  const step = when(create, predicate, create.call('_+_', [create.accumulator(), create.literal(1)]));
  const result = create.call('_==_', [create.accumulator(), create.literal(1)]);
  return create.comprehension({ range, ...variables, accumulator: accumulatorName, initial, condition, step, result });
}

function map(create: ExpressionFactory, range: Expression, variables: Variables, values: readonly Expression[]): Expression {
  const element = values.at(-1) as Expression;
  const step = create.call('_+_', [create.accumulator(), create.list([element])]);
  return gather(create, range, variables, create.list([]), when(create, values.length === 2 ? values[0] : undefined, step));
}

function filter(create: ExpressionFactory, range: Expression, variables: Variables, [predicate]: readonly Expression[]): Expression {
  const step = create.call('_+_', [create.accumulator(), create.list([create.identifier(variables.variable)])]);
  return gather(create, range, variables, create.list([]), when(create, predicate, step));
}

function transformMap(create: ExpressionFactory, range: Expression, variables: Variables, values: readonly Expression[]): Expression {
  const step = create.call('cel.@mapInsert', [create.accumulator(), create.identifier(variables.variable), values.at(-1) as Expression]);
  return gather(create, range, variables, create.map([]), when(create, values.length === 2 ? values[0] : undefined, step));
}

function transformMapEntry(create: ExpressionFactory, range: Expression, variables: Variables, values: readonly Expression[]): Expression {
  const step = create.call('cel.@mapInsert', [create.accumulator(), values.at(-1) as Expression]);
  return gather(create, range, variables, create.map([]), when(create, values.length === 2 ? values[0] : undefined, step));
}

function gather(create: ExpressionFactory, range: Expression, variables: Variables, initial: Expression, step: Expression): Expression {
  return create.comprehension({
    range,
    ...variables,
    accumulator: accumulatorName,
    initial,
    condition: create.literal(true),
    step,
    result: create.accumulator(),
  });
}

/** `condition ? step : accumulator`; the step itself where there is no condition. */
function when(create: ExpressionFactory, condition: Expression | undefined, step: Expression): Expression {
  return condition ? create.call('_?_:_', [condition, step, create.accumulator()]) : step;
}
