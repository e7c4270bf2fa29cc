import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { estimateRuleCost, kubernetesEnvironment } from './environment.ts';
import { maximumCardinality } from './schema-sizes.ts';
import { declareType } from './schema-types.ts';
import { answer, expectation, type RuleFact, ruleFacts } from './upstream-facts.fixture.ts';

const facts = ruleFacts();

function answered(fact: RuleFact) {
  const declared = declareType(fact.schema, fact.isResourceRoot);
  assert.ok(declared);
  assert.equal(maximumCardinality(declared), fact.cardinality);
  const environment = kubernetesEnvironment().extend({ variables: { self: declared.type, oldSelf: declared.type } });
  const bindings = 'self' in fact ? { self: declared.convert(fact.self), oldSelf: 'oldSelf' in fact ? declared.convert(fact.oldSelf) : undefined } : undefined;
  return answer(fact, environment, bindings, (checked) => estimateRuleCost(checked, declared));
}

describe('rules of custom resources, as upstream has them', () => {
  const kinds: readonly (readonly [string, (fact: RuleFact) => boolean])[] = [
    ['are refused with the same words', ({ compileError, programError }) => compileError !== undefined || programError !== undefined],
    ['fail with the same words', ({ error }) => error !== undefined],
    ['give the same results at the same cost, and are estimated the same', ({ cost }) => cost !== undefined],
    ['are estimated the same', ({ compileError, programError, error, cost }) => compileError === programError && error === undefined && cost === undefined],
  ];
  for (const [sentence, isOfKind] of kinds) {
    const chosen = facts.filter(isOfKind);
    it(`${sentence} (${chosen.length})`, () => {
      assert.ok(chosen.length > 0);
      for (const fact of chosen) assert.deepEqual({ ...answered(fact), of: fact.expression }, { ...expectation(fact), of: fact.expression });
    });
  }
});
