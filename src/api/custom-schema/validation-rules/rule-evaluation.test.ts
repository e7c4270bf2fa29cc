import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema } from '../../schema.ts';
import { compileSchema } from '../../schema-processor.ts';
import { fieldErrorText } from '../../status.ts';
import { compileRules, type SchemaWithRules } from './compiled-rules.ts';
import { RuleEvaluation, type RuleEvaluationOptions } from './rule-evaluation.ts';

const spend = (levels: number): string => '[0,1,2,3,4,5,6,7,8,9].all(a, '.repeat(levels) + 'true' + ')'.repeat(levels);

function started(schema: Schema, object: object, options: Partial<RuleEvaluationOptions> = {}): RuleEvaluation {
  const rules = new RuleEvaluation({ warn: () => undefined, ruleMs: Number.POSITIVE_INFINITY, ...options });
  compileSchema(schema, { get: () => undefined }).process(object, { prune: false, applyDefaults: false, dialect: 'custom', only: 'values', rules });
  return rules;
}

const listOf = (rule: string): Schema => ({ type: 'object', properties: { list: { type: 'array', items: { type: 'integer', rules: [{ rule }] } } } });

describe('the rules of one object', () => {
  it('are all run at once when they are quick', () => {
    const rules = started(listOf('self > 0'), { list: [0, 1] });
    assert.equal(rules.proceed(), true);
    assert.deepEqual(rules.errors.map(fieldErrorText), ['list[0]: Invalid value: 0: failed rule: self > 0']);
  });
  it('are spread over turns when they take long, and answer the same', () => {
    const list = Array.from({ length: 40 }, (_, index) => index);
    const rules = started(listOf(`self < 30 && ${spend(3)}`), { list }, { sliceMs: 0 });
    let turns = 1;
    while (!rules.proceed()) turns++;
    assert.ok(turns > 3);
    assert.deepEqual(
      rules.errors.map(({ path }) => path),
      list.slice(30).map((index) => `list[${index}]`),
    );
  });
  it('are spread over turns when one value has many', () => {
    const rules = Array.from({ length: 20 }, (_, index) => ({ rule: `self != ${index} && ${spend(3)}` }));
    const schema: Schema = { type: 'object', properties: { value: { type: 'integer', rules } } };
    const evaluation = started(schema, { value: 19 }, { sliceMs: -1 });
    let turns = 1;
    while (!evaluation.proceed()) turns++;
    assert.ok(turns > 10);
    assert.equal(evaluation.errors.length, 1);
  });
  it('stop at the first that runs out of time, also in a turn of its own', () => {
    const rules = started(listOf(spend(5)), { list: [1, 2] }, { ruleMs: -1 });
    assert.deepEqual(rules.errors, []);
    assert.equal(rules.proceed(), true);
    const [error, ...others] = rules.errors.map(fieldErrorText);
    assert.match(error ?? '', /^list\[0\]: Invalid value: "integer": operation interrupted evaluating rule: \[0,1/);
    assert.deepEqual(others, []);
  });
  it('stop when more errors are found than one answer lists', () => {
    const rules = started(listOf('false'), { list: Array.from({ length: 5_000 }, () => 1) });
    while (!rules.proceed());
    assert.equal(rules.errors.length, 1_000);
  });
  it('are compiled once for each schema', () => {
    const schema: SchemaWithRules = { type: 'object', rules: [{ rule: 'has(self.metadata)' }] };
    assert.equal(compileRules(schema, true), compileRules(schema, true));
    assert.equal(compileRules(schema, true).rules[0]?.condition?.problem, undefined);
    assert.match(compileRules(schema, false).rules[0]?.condition?.problem ?? '', /undefined field 'metadata'/);
  });
  it('cannot be told of values without a type', () =>
    assert.deepEqual(started({ rules: [{ rule: 'true' }] }, { any: 1 }).errors.map(fieldErrorText), [
      '<nil>: Invalid value: "": rule compiler initialization error: failed to convert to declType for CEL validation rules',
    ]));
  it('never run for fields that rules cannot see, nor for what is inside them', () => {
    const hidden: Schema = { properties: { any: { type: 'integer', rules: [{ rule: 'false' }] } }, rules: [{ rule: 'false' }] };
    const schema: Schema = { type: 'object', properties: { one: hidden, several: { type: 'array', items: hidden } } };
    assert.deepEqual(started(schema, { one: { any: 1 }, several: [{ any: 1 }] }).errors, []);
  });
});
