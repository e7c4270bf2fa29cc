/** Overloads with type parameters, made ready for one call. */
import type { Overload } from './library.ts';
import { replaceParameters, type Substitution } from './type-unification.ts';
import type { Type } from './types.ts';

/** The overload's types with fresh type variables in place of its parameters. */
export function instantiate(overload: Overload, substitution: Substitution): { readonly parameters: readonly Type[]; readonly result: Type } {
  if (!isGeneric(overload)) return overload;
  const variables = new Map<string, Type>();
  const replace = (type: Type): Type => {
    if (type.kind !== 'parameter') return replaceParameters(type, replace);
    let variable = variables.get(type.name);
    if (!variable) {
      variable = substitution.newVariable();
      variables.set(type.name, variable);
    }
    return variable;
  };
  return { parameters: overload.parameters.map(replace), result: replace(overload.result) };
}

const generic = new WeakMap<Overload, boolean>();

function isGeneric(overload: Overload): boolean {
  let known = generic.get(overload);
  if (known === undefined) {
    const holds = (type: Type): boolean => type.kind === 'parameter' || (type.kind !== 'object' && type.parameters.some(holds));
    known = holds(overload.result) || overload.parameters.some(holds);
    generic.set(overload, known);
  }
  return known;
}
