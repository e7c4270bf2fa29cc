/** `cel.block([a, b], result)`: what an optimizer would write, and the suite writes by hand. Made of `cel.bind`s here. */
import type { Expression } from '../../../src/api/cel/ast.ts';
import type { ExpressionFactory } from '../../../src/api/cel/expression-factory.ts';
import type { Library } from '../../../src/api/cel/library.ts';
import type { Macro } from '../../../src/api/cel/macros.ts';

const isCel = (target: Expression | undefined): boolean => target?.kind === 'identifier' && target.name === 'cel';

/** `cel.index(0)` and the like, which name variables. */
function naming(name: string, argumentCount: number, prefix: string): Macro {
  return {
    name,
    isMember: true,
    argumentCount,
    expand(create, target, values) {
      if (!isCel(target)) return undefined;
      return create.identifier(`${prefix}:${values.map((value) => (value.kind === 'literal' ? String(value.value) : '')).join(':')}`);
    },
  };
}

function bind(create: ExpressionFactory, values: readonly Expression[], at: number, result: Expression): Expression {
  const initial = values[at];
  if (!initial) return result;
  return create.comprehension({
    range: create.list([]),
    variable: '#unused',
    secondVariable: undefined,
    accumulator: `@index:${at}`,
    initial,
    condition: create.literal(false),
    step: create.identifier(`@index:${at}`),
    result: bind(create, values, at + 1, result),
  });
}

const block: Macro = {
  name: 'block',
  isMember: true,
  argumentCount: 2,
  expand(create, target, [slots, result]) {
    if (!isCel(target) || slots?.kind !== 'list') return undefined;
    return bind(create, slots.elements, 0, result as Expression);
  },
};

export const blockLibrary: Library = {
  name: 'block',
  macros: [block, naming('index', 1, '@index'), naming('iterVar', 2, '@it'), naming('accuVar', 2, '@ac')],
};
