/** What a rule of a schema (`x-kubernetes-validations`) sees: its own value as `self`, and what that was as `oldSelf`. */
import type { Expression } from '../ast.ts';
import type { Checked, Environment } from '../compile.ts';
import { optionalType } from '../types.ts';
import { kubernetesEnvironment } from './environment.ts';
import type { DeclaredType } from './schema-types.ts';

const environments = new WeakMap<DeclaredType, Environment>();
const withOptionalOldSelf = new WeakMap<DeclaredType, Environment>();

/**
 * The environment of the rules of a schema; made once for each type. With `isOldSelfOptional` (`optionalOldSelf: true`) `oldSelf` is bound to an OptionalValue, since the
 * rule runs on creation too.
 */
export function ruleEnvironment(self: DeclaredType, isOldSelfOptional = false): Environment {
  const known = isOldSelfOptional ? withOptionalOldSelf : environments;
  let environment = known.get(self);
  if (!environment) {
    const oldSelf = isOldSelfOptional ? optionalType(self.type) : self.type;
    environment = kubernetesEnvironment().extend({ variables: { self: self.type, oldSelf } });
    known.set(self, environment);
  }
  return environment;
}

/** Whether a rule names `oldSelf`, which makes it a rule about transitions: it runs only where there is an old value. */
export const usesOldSelf = ({ expression }: Checked): boolean => names(expression, 'oldSelf');

function names(expression: Expression, variable: string): boolean {
  switch (expression.kind) {
    case 'identifier':
      return expression.name === variable;
    case 'literal':
      return false;
    case 'select':
      return names(expression.operand, variable);
    case 'call':
      return (expression.target !== undefined && names(expression.target, variable)) || expression.arguments.some((argument) => names(argument, variable));
    case 'list':
      return expression.elements.some((element) => names(element, variable));
    case 'map':
      return expression.entries.some(({ key, value }) => names(key, variable) || names(value, variable));
    case 'struct':
      return expression.fields.some(({ value }) => names(value, variable));
    case 'comprehension': {
      const { range, initial, condition, step, result } = expression;
      return [range, initial, condition, step, result].some((part) => names(part, variable));
    }
  }
}
