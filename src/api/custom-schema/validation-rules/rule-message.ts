/** What the error of a rule that did not hold says. */

import type { Bindings, EvaluationLimits } from '../../cel/compile.ts';
import { evaluationBudget } from '../../cel/kubernetes/budgets.ts';
import { goQuote } from '../../cel/kubernetes/go-quote.ts';
import type { ValidationRule } from '../../schema.ts';
import type { CompiledRule } from './compiled-rules.ts';

const maximumMessageBytes = 5 * 1024;

/** How rules are called in errors about them: by their message, or else by what they say. */
export const ruleText = ({ rule, message }: ValidationRule): string => (message ? message.trim() : rule.trim());

/** The message of a rule without its `messageExpression`. */
export const plainMessage = (rule: ValidationRule): string => (rule.message ? rule.message.trim() : `failed rule: ${rule.rule.trim()}`);

/** What a `messageExpression` gave: a text; nothing, so that the plain message takes its place; or the end of all evaluation. */
export interface EvaluatedMessage {
  readonly text?: string;
  readonly exceeded?: string;
  /** Nothing, as there was too little time. */
  readonly isInterrupted?: true;
  readonly cost: number;
}

/** Evaluates the `messageExpression` of a rule. `left` is what all rules of the object may still cost. */
export function evaluateMessage(
  { rule, message }: CompiledRule,
  bindings: Bindings,
  { left, limits }: { readonly left: number; readonly limits: EvaluationLimits },
): EvaluatedMessage {
  if (!message?.program) return { cost: 0 };
  const { value, error, cost } = message.program.evaluate(bindings, limits);
  if (cost > left || (error?.reason === 'budget' && left <= evaluationBudget))
    return { cost, exceeded: 'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run' };
  if (error?.reason === 'budget') {
    const quoted = goQuote(rule.messageExpression ?? '');
    return { cost, exceeded: `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${quoted}` };
  }
  if (error?.reason === 'interrupted') return { cost, isInterrupted: true };
  if (typeof value !== 'string') return { cost };
  const text = value.trim();
  const isUsable = text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= maximumMessageBytes;
  return isUsable ? { cost, text } : { cost };
}
