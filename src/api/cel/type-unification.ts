/**
 * Assignability of types with type parameters (cel-spec, "Gradual type checking"). A substitution gives type parameters their types as calls are checked; what a failed
 * attempt gave is taken back.
 */
import { dynType, isOptionalType, isSameType, type Type, typeParameter } from './types.ts';

export const isDyn = (type: Type): boolean => type.kind === 'dyn';
export const isDynOrError = (type: Type): boolean => type.kind === 'dyn' || type.kind === 'error';

/** What is inside an optional; the type itself when it is none. */
export const unwrapOptional = (type: Type): Type => (isOptionalType(type) ? (type.parameters[0] as Type) : type);

/** A walk over types took more steps than it may: types may share parts, and so be far larger than the memory they take. */
export class TypeTooComplex extends Error {}

const maximumSteps = 500_000;

export class Substitution {
  readonly #types = new Map<string, Type>();
  /** What to take back: a name and what it stood for. */
  #trail: [string, Type | undefined][] = [];
  #lastVariable = 0;
  #steps = 0;

  newVariable(): Type {
    return typeParameter(`_var${this.#lastVariable++}`);
  }

  /** Whether values of one type may stand where the other is wanted; then parameters in them are bound. */
  isAssignable(from: Type, to: Type): boolean {
    return this.areAssignable([from], [to]);
  }

  areAssignable(from: readonly Type[], to: readonly Type[]): boolean {
    this.#trail = [];
    if (this.#list(from, to)) return true;
    for (const [name, type] of this.#trail.toReversed()) {
      if (type) this.#types.set(name, type);
      else this.#types.delete(name);
    }
    return false;
  }

  /** The type with what its parameters stand for. */
  apply(type: Type, unboundAreDyn = false): Type {
    this.#count();
    const bound = type.kind === 'parameter' ? this.#types.get(type.name) : undefined;
    if (bound) return this.apply(bound, unboundAreDyn);
    if (type.kind === 'parameter') return unboundAreDyn ? dynType : type;
    return replaceParameters(type, (parameter) => this.apply(parameter, unboundAreDyn));
  }

  #count(): void {
    if (++this.#steps > maximumSteps) throw new TypeTooComplex('the types of the expression are too complex');
  }

  #bind(parameter: Type, type: Type): void {
    this.#trail.push([parameter.name, this.#types.get(parameter.name)]);
    this.#types.set(parameter.name, type);
  }

  #list(from: readonly Type[], to: readonly Type[]): boolean {
    return from.length === to.length && from.every((type, at) => this.#assign(type, to[at] as Type));
  }

  #assign(from: Type, to: Type): boolean {
    this.#count();
    if (to.kind === 'parameter') {
      const outcome = this.#substitute(from, to);
      if (outcome !== 'unbound') return outcome === 'fits';
    }
    if (from.kind === 'parameter') return this.#substitute(to, from) === 'fits';
    if (isDynOrError(from) || isDynOrError(to)) return true;
    if (from.kind === 'null') return isNullable(to);
    if (to.kind === 'null') return isNullable(from);
    switch (from.kind) {
      case 'type':
        return to.kind === 'type';
      case 'opaque':
      case 'list':
      case 'map':
        return to.kind === from.kind && to.name === from.name && this.#list(from.parameters, to.parameters);
      default:
        return from.kind === to.kind && from.name === to.name;
    }
  }

  /** Whether a type fits what a parameter stands for, which becomes the more general of both. `unbound`: the parameter stands for nothing and cannot stand for this. */
  #substitute(type: Type, parameter: Type): 'fits' | 'fits not' | 'unbound' {
    if (type.kind === 'parameter' && type.name === parameter.name) return 'fits';
    const bound = this.#types.get(parameter.name);
    if (!bound) {
      if (this.#occurs(parameter, type)) return 'unbound';
      this.#bind(parameter, type);
      return 'fits';
    }
    if (type.kind === bound.kind && isSameType(type, bound)) return 'fits';
    if (!this.#assign(type, bound)) return 'fits not';
    const general = mostGeneral(type, bound);
    if (!this.#occurs(parameter, general)) this.#bind(parameter, general);
    return 'fits';
  }

  #occurs(parameter: Type, within: Type): boolean {
    this.#count();
    if (within.kind === 'parameter') {
      if (within.name === parameter.name) return true;
      const bound = this.#types.get(within.name);
      return bound !== undefined && this.#occurs(parameter, bound);
    }
    return within.parameters.some((inner) => this.#occurs(parameter, inner));
  }
}

/** The type with its parameters replaced; the same object when none changes. */
export function replaceParameters(type: Type, replace: (parameter: Type) => Type): Type {
  if (type.parameters.length === 0 || type.kind === 'object') return type;
  const parameters = type.parameters.map(replace);
  return parameters.every((parameter, at) => parameter === type.parameters[at]) ? type : { ...type, parameters };
}

/** The more general of two types that fit each other. */
export function mostGeneral(left: Type, right: Type): Type {
  return isEqualOrLessSpecific(left, right) ? left : right;
}

function isEqualOrLessSpecific(left: Type, right: Type): boolean {
  if (left === right) return true;
  if (isDyn(left) || left.kind === 'parameter') return true;
  if (isDyn(right) || right.kind === 'parameter') return false;
  if (left.kind !== right.kind) return false;
  switch (left.kind) {
    case 'opaque':
    case 'list':
    case 'map':
      return (
        left.name === right.name &&
        left.parameters.length === right.parameters.length &&
        left.parameters.every((parameter, at) => isEqualOrLessSpecific(parameter, right.parameters[at] as Type))
      );
    case 'type':
      return true;
    default:
      return isSameType(left, right);
  }
}

function isNullable(type: Type): boolean {
  return type.isNullable === true || ['null', 'opaque', 'object', 'duration', 'timestamp'].includes(type.kind);
}
