/** Runs the rules of one object (apiextensions `cel.Validator`). */

import type { EvaluationLimits } from '../../cel/compile.ts';
import { evaluationBudget, objectBudget } from '../../cel/kubernetes/budgets.ts';
import { type FieldError, fieldError, fieldErrorText, omittedValue } from '../../status.ts';
import type { RuleNode, RuleOutcome, RuleRunner } from '../rules.ts';
import type { CompiledRule } from './compiled-rules.ts';
import { ruleEngine } from './load-rule-engine.ts';
import type { RuleBindings } from './rule-bindings.ts';
import { plainMessage, ruleText } from './rule-message.ts';
import type { LongRules } from './rule-thread.ts';
import { judge, type RuleVerdict, wasInterrupted } from './rule-verdict.ts';

export interface RuleEvaluationOptions {
  /** Told of errors that do not count, as neither the value nor what is around it has changed. */
  readonly warn: (text: string) => void;
  /** Whether errors of what has not changed do not count. Default: true. */
  readonly ratchets?: boolean;
  /** Goes before the paths of errors. */
  readonly prefix?: string;
  /** Whether the whole value is a resource. Default: true. */
  readonly isResource?: boolean;
  /** What all rules may cost together. Default: what upstream allows for one object. */
  readonly budget?: number;
  /** Where rules go on that take long. Default: nowhere, they are run once more and given up when they take long again. */
  readonly longRules?: LongRules;
  /** After how many milliseconds one rule is interrupted. Default: 8, and 20 at its last try. */
  readonly ruleMs?: number;
  /** For how long rules are run in one go, in milliseconds. Default: 5. */
  readonly sliceMs?: number;
}

const outOfBudget = 'validation failed due to running out of cost budget, no further validation rules will be run';
/** More than one answer lists. */
const maximumErrors = 1_000;
/**
 * Nothing else is answered while a rule runs. Within the limit of cost that may be some 20 ms, and more when the rule goes through very large values in ways that upstream counts as
 * cheap. One that takes long begins again elsewhere, or else in a turn of its own. Upstream interrupts rules, with the same text, when the time of the request is up.
 */
const maximumRuleMs = { first: 8, last: 20 };
/** What one rule may make here, in bytes: memory takes its time when it is given back, too. */
const maximumRuleBytes = { first: 4 * 2 ** 20, last: 16 * 2 ** 20 };
/** A rule that took less elsewhere is tried here the next time. */
const quickMs = 2;
/** The clock is looked at once in so many units of cost. */
const costPerLook = 1_000;
/** A value whose rules are to be run, from the first of `rules` on. */
interface Turn {
  readonly node: RuleNode;
  readonly from: number;
  /** The first of them was interrupted once. */
  readonly isLastTry: boolean;
}

const goesOn: RuleOutcome = { errors: [] };
const isOver: RuleOutcome = { errors: [], isOver: true };

/**
 * The rules of one object. Give it to the schema processor, which calls `run` for every value with rules; then call `proceed`, between turns of the event loop, until it answers
 * true: only then `errors` are all there are. Most objects take some microseconds, and `proceed` has nothing left to do.
 */
export class RuleEvaluation implements RuleRunner {
  readonly errors: FieldError[] = [];
  readonly #options: RuleEvaluationOptions;
  readonly #sliceMs: number;
  #left: number;
  #isOver = false;
  /** Values whose turn comes later, and the next of them. */
  #waiting: Turn[] | undefined;
  #next = 0;
  /** The time; 0 until the first rule. */
  #lookedAt = 0;
  #sliceEnd = 0;
  #costToLook = costPerLook;

  constructor(options: RuleEvaluationOptions) {
    this.#options = options;
    this.#sliceMs = options.sliceMs ?? 5;
    this.#left = options.budget ?? objectBudget;
  }

  /** What is left to spend; below 0 when the budget ran out. */
  get left(): number {
    return this.#isOver ? -1 : this.#left;
  }

  run(node: RuleNode): RuleOutcome {
    const turn = { node, from: 0, isLastTry: false };
    if (this.#waiting) this.#waiting.push(turn);
    else {
      if (this.#lookedAt === 0) this.#startSlice();
      const rest = this.#evaluate(turn);
      if (rest) this.#waiting = [rest];
      else if (this.#isSliceOver()) this.#waiting = [];
    }
    return this.#isOver ? isOver : goesOn;
  }

  /** Runs what `run` has put off, for one slice. Answers whether all is done; a promise only where there is an elsewhere, and something went there. */
  proceed(): boolean | Promise<boolean> {
    const waiting = this.#waiting;
    if (!waiting) return true;
    this.#startSlice();
    while (!this.#isOver && this.#next < waiting.length) {
      if (this.#isSliceOver()) return false;
      const turn = waiting[this.#next]!;
      if (turn.isLastTry && this.#options.longRules) return this.#evaluateElsewhere(turn, this.#options.longRules);
      const rest = this.#evaluate(turn);
      if (rest) {
        waiting[this.#next] = rest;
        return false;
      }
      this.#next++;
    }
    return true;
  }

  #startSlice(): void {
    this.#lookedAt = performance.now();
    this.#sliceEnd = this.#lookedAt + this.#sliceMs;
  }

  #isSliceOver(): boolean {
    if (this.#costToLook > 0) return false;
    this.#costToLook = costPerLook;
    this.#lookedAt = performance.now();
    return this.#lookedAt > this.#sliceEnd;
  }

  /** Answers what is left to be run in another turn. */
  #evaluate({ node, from, isLastTry }: Turn): Turn | undefined {
    const { bindRules, compileRules } = ruleEngine();
    const compiled = compileRules(node.schema, this.#isResource(node));
    const { self, rules } = compiled;
    if (!self) this.#refuse(node, 'rule compiler initialization error: failed to convert to declType for CEL validation rules');
    else if (from === 0 && this.#left <= 0) this.#end(node, outOfBudget);
    else {
      const bindings = bindRules(node, compiled, self);
      for (let index = from; index < rules.length && !this.#isOver; index++) {
        if (index > from && this.#isSliceOver()) return { node, from: index, isLastTry: false };
        const isDone = this.#evaluateRule(node, rules[index]!, bindings, isLastTry && index === from);
        if (!isDone) return { node, from: index, isLastTry: true };
      }
    }
    if (this.errors.length >= maximumErrors) this.#isOver = true;
    return undefined;
  }

  /** The first rule of a turn, whose value can be seen by rules. */
  async #evaluateElsewhere({ node, from }: Turn, elsewhere: LongRules): Promise<boolean> {
    const isResource = this.#isResource(node);
    const { self, oldSelf, schema } = node;
    const verdict = await elsewhere.judge({ schema, isResource, index: from, self, oldSelf, left: this.#left });
    const rule = ruleEngine().compileRules(schema, isResource).rules[from]!;
    if (verdict.milliseconds < quickMs) rule.isLong = false;
    this.#conclude(node, rule, verdict);
    this.#waiting![this.#next] = { node, from: from + 1, isLastTry: false };
    return false;
  }

  #isResource({ isRoot, schema }: RuleNode): boolean {
    return isRoot ? (this.#options.isResource ?? true) : schema.embeddedResource === true;
  }

  /** Answers false when the rule takes long, and gets another try. */
  #evaluateRule(node: RuleNode, compiled: CompiledRule, bindings: RuleBindings, isLastTry: boolean): boolean {
    const { condition, rule } = compiled;
    if (!condition) return true;
    if (!condition.program) {
      this.#refuse(node, `rule compile error: ${condition.problem}`);
      return true;
    }
    // Transitions are from one value to another, unless the rule asks to see new values too.
    if (compiled.usesOldSelf && node.oldSelf === undefined && rule.optionalOldSelf !== true) return true;
    if (this.#options.longRules && compiled.isLong) return false;
    const verdict = judge({ compiled, bindings, left: this.#left, limits: this.#limits(isLastTry ? 'last' : 'first') });
    if (wasInterrupted(verdict) && !isLastTry) {
      compiled.isLong = true;
      return false;
    }
    this.#conclude(node, compiled, verdict);
    return true;
  }

  #limits(attempt: 'first' | 'last'): EvaluationLimits {
    const milliseconds = this.#options.ruleMs ?? maximumRuleMs[attempt];
    return { budget: evaluationBudget, deadline: this.#lookedAt + milliseconds, bytes: maximumRuleBytes[attempt] };
  }

  #conclude(node: RuleNode, compiled: CompiledRule, verdict: RuleVerdict): void {
    const { error, cost } = verdict;
    if (cost > this.#left || (error?.reason === 'budget' && this.#left <= evaluationBudget)) return this.#end(node, outOfBudget);
    this.#spend(cost);
    if (error) this.#fail(node, compiled, error);
    else if (!verdict.holds) this.#report(node, compiled, verdict);
  }

  #spend(cost: number): void {
    this.#left -= cost;
    this.#costToLook -= cost + 10;
  }

  /** The rule could not be evaluated. */
  #fail(node: RuleNode, { rule }: CompiledRule, { message, reason }: NonNullable<RuleVerdict['error']>): void {
    const text = ruleText(rule);
    if (reason === 'budget') this.#end(node, `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${text}`);
    else if (reason === 'interrupted') this.#end(node, `${message} evaluating rule: ${text}`);
    else if (message.startsWith('no such overload'))
      this.#refuse(node, `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${text}`);
    else this.#refuse(node, `${message} evaluating rule: ${text}`);
  }

  /** The rule does not hold. */
  #report(node: RuleNode, { rule, usesOldSelf, fieldPath }: CompiledRule, { message }: RuleVerdict): void {
    const path = below(this.#pathOf(node), fieldPath);
    const { text, exceeded, cost = 0 } = message ?? {};
    const { type = '' } = node.schema;
    let error: FieldError;
    if (exceeded !== undefined) {
      this.#isOver = true;
      error = fieldError.invalid(path, type, exceeded);
    } else {
      this.#spend(cost);
      const value = type === 'object' || type === 'array' ? omittedValue : node.self;
      const detail = text ?? plainMessage(rule);
      const reason = rule.reason ?? 'FieldValueInvalid';
      error = reason === 'FieldValueDuplicate' ? fieldError.duplicate(path, value) : { path, type: reason, value, detail };
    }
    if (!usesOldSelf && this.#options.ratchets !== false && node.isUnchanged()) this.#options.warn(fieldErrorText(error));
    else this.errors.push(error);
  }

  #refuse(node: RuleNode, detail: string): void {
    this.errors.push(fieldError.invalid(this.#pathOf(node) || '<nil>', node.schema.type ?? '', detail));
  }

  #end(node: RuleNode, detail: string): void {
    this.#refuse(node, detail);
    this.#isOver = true;
  }

  #pathOf({ path }: RuleNode): string {
    const { prefix = '' } = this.#options;
    if (prefix === '' || path === '') return prefix || path;
    return path.startsWith('[') ? `${prefix}${path}` : `${prefix}.${path}`;
  }
}

/** A path, and one below it. Upstream writes a dot also before a key in brackets; the whole object is `<nil>`. */
const below = (path: string, relative: string): string => (relative === '' ? path || '<nil>' : path === '' ? relative : `${path}.${relative}`);
