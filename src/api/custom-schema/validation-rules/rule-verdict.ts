import type { Bindings, Evaluation, EvaluationLimits } from '../../cel/compile.ts';
import type { EvaluationError } from '../../cel/values.ts';
import type { CompiledRule } from './compiled-rules.ts';
import type { RuleBindings } from './rule-bindings.ts';
import { type EvaluatedMessage, evaluateMessage } from './rule-message.ts';

/** What came of one rule. Plain data: it may come from another thread. */
export interface RuleVerdict {
  readonly holds: boolean;
  /** The rule could not be evaluated. */
  readonly error?: { readonly message: string; readonly reason: EvaluationError['reason'] };
  readonly cost: number;
  /** What the rule's `messageExpression` gave; of rules that do not hold. */
  readonly message?: EvaluatedMessage;
}

/** A compiled rule, and all that its verdict depends on. */
export interface RuleCase {
  readonly compiled: CompiledRule;
  readonly bindings: RuleBindings;
  /** What all rules of the object may still cost together. */
  readonly left: number;
  readonly limits: EvaluationLimits;
}

/** Evaluates a rule that compiles, and its message when it does not hold. */
export function judge({ compiled, bindings, left, limits }: RuleCase): RuleVerdict {
  const { value, error, cost } = conditionOf(compiled, compiled.rule.optionalOldSelf === true ? bindings.optional : bindings.plain, limits);
  if (error) return { holds: false, error: { message: error.message, reason: error.reason }, cost };
  if (value === true || cost > left) return { holds: value === true, cost };
  return { holds: false, cost, message: evaluateMessage(compiled, bindings.plain, { left: left - cost, limits }) };
}

function conditionOf({ condition }: CompiledRule, bindings: Bindings, limits: EvaluationLimits): Evaluation {
  if (!condition?.program) throw new TypeError('the rule does not compile');
  return condition.program.evaluate(bindings, limits);
}

/** Whether the verdict is only that there was too little time. */
export const wasInterrupted = ({ error, message }: RuleVerdict): boolean => error?.reason === 'interrupted' || message?.isInterrupted === true;
