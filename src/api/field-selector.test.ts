import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseFieldSelector, requireSelectableFields } from './field-selector.ts';

describe('field selectors', () => {
  it('matches all requirements', () => {
    const selector = parseFieldSelector('status.phase!=Failed,spec.nodeName==n1');
    assert.equal(selector.toString(), 'spec.nodeName=n1,status.phase!=Failed');
    assert.equal(selector.matches({ 'spec.nodeName': 'n1', 'status.phase': 'Running' }), true);
    assert.equal(selector.matches({ 'spec.nodeName': 'n1', 'status.phase': 'Failed' }), false);
    assert.equal(selector.valueOf('spec.nodeName'), 'n1');
    assert.equal(selector.valueOf('status.phase'), undefined);
  });
  it('takes an absent field as empty', () => assert.equal(parseFieldSelector('spec.nodeName=').matches({}), true));
  it('matches everything when empty', () => assert.equal(parseFieldSelector('').matches({}), true));
  it('reads and writes escapes', () => {
    const selector = parseFieldSelector('a=b\\,c\\=d\\\\e');
    assert.equal(selector.valueOf('a'), 'b,c=d\\e');
    assert.equal(selector.toString(), 'a=b\\,c\\=d\\\\e');
  });
  const refusals: readonly (readonly [text: string, message: string])[] = [
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=\\x', 'invalid field selector: invalid escape sequence: \\x'],
  ];
  for (const [text, message] of refusals) it(`refuses ${text}`, () => assert.throws(() => parseFieldSelector(text), { code: 400, message }));
  it('refuses fields a resource does not offer', () => {
    assert.throws(() => requireSelectableFields(parseFieldSelector('x=1'), []), {
      message: '"x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    });
    assert.throws(() => requireSelectableFields(parseFieldSelector('x=1'), ['spec.nodeName']), { message: 'field label not supported: x' });
    requireSelectableFields(parseFieldSelector('metadata.name=a,spec.nodeName=b'), ['spec.nodeName']);
  });
});
