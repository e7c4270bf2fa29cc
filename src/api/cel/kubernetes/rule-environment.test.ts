import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema } from '../../schema.ts';
import { type Checked, check, compile } from '../compile.ts';
import { noValue, OptionalValue } from '../values.ts';
import { ruleEnvironment, usesOldSelf } from './rule-environment.ts';
import { type DeclaredType, declareType } from './schema-types.ts';

const schema: Schema = { type: 'object', properties: { replicas: { type: 'integer' }, names: { type: 'array', items: { type: 'string' } } } };
const self = declareType(schema) as DeclaredType;

function checked(rule: string, isOldSelfOptional = false): Checked {
  const outcome = check(rule, ruleEnvironment(self, isOldSelfOptional));
  assert.ok(outcome.kind === 'checked', outcome.kind === 'rejected' ? outcome.message : '');
  return outcome;
}

describe('the environment of a rule', () => {
  it('is made once for each type', () => {
    assert.equal(ruleEnvironment(self), ruleEnvironment(self));
    assert.notEqual(ruleEnvironment(self), ruleEnvironment(self, true));
  });

  it('has the value and what it was', () => {
    const program = compile(checked('self.replicas >= oldSelf.replicas'));
    assert.equal(program.evaluate({ self: self.convert({ replicas: 3 }), oldSelf: self.convert({ replicas: 2 }) }).value, true);
    assert.equal(program.evaluate({ self: self.convert({ replicas: 1 }), oldSelf: self.convert({ replicas: 2 }) }).value, false);
  });

  it('has what it was as an optional, where the rule asks for that', () => {
    const program = compile(checked('!oldSelf.hasValue() || self.replicas >= oldSelf.value().replicas', true));
    assert.equal(program.evaluate({ self: self.convert({ replicas: 1 }), oldSelf: noValue }).value, true);
    assert.equal(program.evaluate({ self: self.convert({ replicas: 1 }), oldSelf: new OptionalValue(self.convert({ replicas: 2 })) }).value, false);
  });
});

describe('a rule about transitions', () => {
  for (const rule of ['self == oldSelf', 'self.names.all(n, n in oldSelf.names)', "{'a': [oldSelf.replicas]}.size() == 1", 'has(oldSelf.replicas)']) {
    it(`is ${rule}`, () => assert.ok(usesOldSelf(checked(rule))));
  }
  for (const rule of ["self.names == ['oldSelf']", 'self.replicas > 1']) it(`is not ${rule}`, () => assert.ok(!usesOldSelf(checked(rule))));
});
