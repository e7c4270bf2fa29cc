import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { escapePropertyName, unescapePropertyName } from './escaping.ts';

describe('the name of a property in expressions', () => {
  const escapes = [
    ['plain', 'plain'],
    ['a_b', 'a_b'],
    ['my-name', 'my__dash__name'],
    ['a.b/c', 'a__dot__b__slash__c'],
    ['a__b', 'a__underscores__b'],
    ['___', '__underscores___'],
    ['namespace', '__namespace__'],
    ['in', '__in__'],
    ['index', 'index'],
    ['.a', '__dot__a'],
  ] as const;
  for (const [name, identifier] of escapes) {
    it(`of ${name} is ${identifier}`, () => {
      assert.equal(escapePropertyName(name), identifier);
      assert.equal(unescapePropertyName(identifier), name);
    });
  }

  for (const name of ['', '1a', '$ref', 'a b', 'é', 'a*']) it(`of ${JSON.stringify(name)} is none`, () => assert.equal(escapePropertyName(name), undefined));

  it('stands for nothing when an escape in it is none', () => {
    assert.equal(unescapePropertyName('a__nope__b'), undefined);
    assert.equal(unescapePropertyName('a__in__'), undefined);
  });
});
