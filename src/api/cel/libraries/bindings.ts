/** `cel.bind(name, value, expression)`: a name for a value, which is computed when it is first read. */
import type { Expression } from '../ast.ts';
import type { Library } from '../library.ts';

export const bindingsLibrary: Library = {
  name: 'bindings',
  macros: [
    {
      name: 'bind',
      isMember: true,
      argumentCount: 3,
      expand(create, target, [variable, initial, result]) {
        if (target?.kind !== 'identifier' || target.name !== 'cel') return undefined;
        if (variable?.kind !== 'identifier') return create.problem('cel.bind() variable names must be simple identifiers', variable as Expression);
        return create.comprehension({
          range: create.list([]),
          variable: '#unused',
          secondVariable: undefined,
          accumulator: variable.name,
          initial: initial as Expression,
          condition: create.literal(false),
          step: create.identifier(variable.name),
          result: result as Expression,
        });
      },
    },
  ],
};
