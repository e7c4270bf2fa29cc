/** The variables of rules: `self` and `oldSelf`. */
import type { Bindings } from '../../cel/compile.ts';
import type { DeclaredType } from '../../cel/kubernetes/schema-types.ts';
import { EvaluationError, noValue, OptionalValue, type Value } from '../../cel/values.ts';
import type { RuleNode } from '../rules.ts';
import type { CompiledRules } from './compiled-rules.ts';

export interface RuleBindings {
  readonly plain: Bindings;
  /** For rules with `optionalOldSelf`: `oldSelf` is an optional, and always there. */
  readonly optional: Bindings;
}

/** Values are JSON as it stands, and looked into when a rule does. What is not of its type is an error of the rules that read it. */
export function bindRules({ self, oldSelf }: Pick<RuleNode, 'self' | 'oldSelf'>, compiled: CompiledRules, declared: DeclaredType): RuleBindings {
  const selfValue = convert(self, declared);
  if (selfValue === undefined) return bindBroken(self, oldSelf, declared);
  if (!compiled.hasTransitions) {
    const plain = { self: selfValue };
    return { plain, optional: plain };
  }
  if (oldSelf === undefined) return { plain: { self: selfValue }, optional: { self: selfValue, oldSelf: noValue } };
  const oldValue = convert(oldSelf, declared);
  if (oldValue === undefined) return bindBroken(self, oldSelf, declared);
  const plain = { self: selfValue, oldSelf: oldValue };
  return {
    plain,
    get optional() {
      return { self: selfValue, oldSelf: new OptionalValue(oldValue) };
    },
  };
}

function convert(native: unknown, declared: DeclaredType): Value | undefined {
  try {
    return declared.convert(native);
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

/** Converts at each read, so that the error is one of the expression. */
function bindBroken(self: unknown, oldSelf: unknown, declared: DeclaredType): RuleBindings {
  const plain = {
    get self() {
      return declared.convert(self);
    },
    get oldSelf() {
      return oldSelf === undefined ? undefined : declared.convert(oldSelf);
    },
  };
  return {
    plain,
    optional: {
      get self() {
        return declared.convert(self);
      },
      get oldSelf() {
        return oldSelf === undefined ? noValue : new OptionalValue(declared.convert(oldSelf));
      },
    },
  };
}
