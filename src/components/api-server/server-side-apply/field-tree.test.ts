import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareElements } from './field-tree.ts';
import { keyElement, memberElement } from './path-element.ts';

describe('the order of path elements', () => {
  const texts = ['', 'a', 'a-b', 'a.b', 'a b', 'a!', 'a"b', 'ab', 'a/b', 'A', '10', '9', 'é', 'a\\b', 'a:b', 'a+b', '_'];
  const sign = (order: number): number => Math.sign(order);
  const compareTexts = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
  for (const left of texts) {
    it(`is that of the values, whatever they hold: ${JSON.stringify(left)}`, () => {
      for (const right of texts) {
        assert.equal(sign(compareElements(memberElement(left), memberElement(right))), compareTexts(left, right), right);
        assert.equal(sign(compareElements(keyElement(['name'], [left]), keyElement(['name'], [right]))), compareTexts(left, right), right);
      }
    });
  }
  it('is that of the keys before their values', () => {
    assert.equal(sign(compareElements(keyElement(['a'], ['z']), keyElement(['a.b'], ['a']))), -1);
    assert.equal(sign(compareElements(keyElement(['ab'], ['a']), keyElement(['a'], ['z']))), 1);
  });
  it('is that of numbers for numbers', () => assert.equal(sign(compareElements(memberElement(9), memberElement(10))), -1));
});
