/** The rule language for definitions: rules are compiled, and their costs estimated, before any object comes. */
import { ruleWalk } from '../../../../api/custom-schema/rules.ts';
import type { CompiledRule, SchemaWithRules } from '../../../../api/custom-schema/validation-rules/compiled-rules.ts';
import { ruleEngine } from '../../../../api/custom-schema/validation-rules/load-rule-engine.ts';
import { RuleEvaluation } from '../../../../api/custom-schema/validation-rules/rule-evaluation.ts';
import { type FieldError, fieldError } from '../../../../api/status.ts';
import { internalRule } from './internal-schema.ts';
import type { RuleProps } from './props.ts';
import type { DefaultRuleCheck, RuleCompilation, RulePlace, RuleSupport } from './rule-compiler.ts';
import { expressionCostError, TotalCost, timesCost } from './rule-costs.ts';
import { type RuleSite, ruleSites } from './rule-places.ts';

/** What one schema's rules are held against. */
interface Compilation {
  readonly total: TotalCost;
  readonly isUnchanged: boolean;
  readonly errors: FieldError[];
}

function compile({ root, path, places, isUnchanged }: RuleCompilation): readonly FieldError[] {
  const sites = ruleSites(root);
  const compilation: Compilation = { total: new TotalCost(), isUnchanged, errors: [] };
  for (const place of places) {
    const site = sites.get(place.schema);
    if (site) placeErrors(place, site, compilation);
  }
  return [...compilation.errors, ...compilation.total.errors(path)];
}

const noTypes =
  'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations';

function placeErrors(place: RulePlace, site: RuleSite, compilation: Compilation): void {
  const path = `${place.path}.x-kubernetes-validations`;
  const { compileRules, maximumCardinality } = ruleEngine();
  const { self, rules } = compileRules(site.schema as SchemaWithRules, site.isResource);
  if (!self || !site.isVisible) {
    compilation.errors.push({ path, type: 'InternalError', detail: noTypes });
    return;
  }
  const count = site.cardinality ?? maximumCardinality(self);
  rules.forEach((rule, index) => expressionErrors({ rule, props: place.schema.rules[index]!, path: `${path}[${index}]`, count, place }, compilation));
}

interface RuleAt {
  readonly rule: CompiledRule;
  readonly props: RuleProps;
  readonly path: string;
  /** How often it may run. */
  readonly count: number;
  readonly place: RulePlace;
}

function expressionErrors({ rule, props, path, count, place }: RuleAt, { total, isUnchanged, errors }: Compilation): void {
  const { condition, message, usesOldSelf } = rule;
  const observe = (field: string, name: string, cost: number): void => {
    const error = isUnchanged ? undefined : expressionCostError(`${path}.${field}`, name, cost);
    if (error) errors.push(error);
    total.observe(`${path}.${field}`, cost);
  };
  observe('rule', 'estimated rule cost', timesCost(condition?.estimateMaximum() ?? 0, count));
  if (condition?.problem !== undefined) errors.push(fieldError.invalid(`${path}.rule`, internalRule(props), condition.problem));
  if (message?.problem !== undefined) errors.push(fieldError.invalid(`${path}.messageExpression`, internalRule(props), message.problem));
  else if (message) observe('messageExpression', 'estimated messageExpression cost', message.estimateMaximum());
  if (usesOldSelf) {
    if (place.uncorrelatable === undefined) return;
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`;
    errors.push(fieldError.invalid(`${path}.rule`, props.rule, detail));
  } else if (props.optionalOldSelf !== undefined)
    errors.push(fieldError.invalid(`${path}.optionalOldSelf`, props.optionalOldSelf, 'may not be set if oldSelf is not used in rule'));
}

/** Runs the rules that a default meets, as if it had been there before and as if it had not. */
const checkDefault: DefaultRuleCheck = (_, value, { path, isRoot, budget, read: schema }) => {
  const walk = ruleWalk(schema);
  if (!walk || budget.left < 0) return [];
  const isResource = isRoot || schema.embeddedResource === true;
  const run = (old: unknown): RuleEvaluation => {
    const evaluation = new RuleEvaluation({ warn: () => undefined, ratchets: false, prefix: path, isResource, budget: budget.left });
    walk(value, old, evaluation);
    while (!evaluation.proceed());
    return evaluation;
  };
  const unchanged = run(value);
  const added = unchanged.errors.length === 0 ? run(undefined) : unchanged;
  budget.left = Math.min(unchanged.left, added.left);
  return added.errors;
};

/** Compiles rules as upstream does. */
export const ruleSupport: RuleSupport = { compileRules: compile, checkDefault };
