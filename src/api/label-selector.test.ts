import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everything, nothing, parseLabelSelector, selectorFromLabels, selectorFromObject } from './label-selector.ts';

describe('label selectors as text', () => {
  const texts: readonly (readonly [text: string, canonical: string])[] = [
    ['', ''],
    ['a=b', 'a=b'],
    ['a==b', 'a==b'],
    ['a!=b', 'a!=b'],
    [' z , a in ( y,x ) ', 'a in (x,y),z'],
    ['!a', '!a'],
    ['a notin (x)', 'a notin (x)'],
    ['a>1,b<2', 'a>1,b<2'],
    ['a=', 'a='],
    ['a=,b', 'a=,b'],
    ['a in ()', 'a in ()'],
    ['a in (,x)', 'a in (,x)'],
    ['a in (x,)', 'a in (,x)'],
    ['in in (in)', 'in in (in)'],
    ['example.com/a=b', 'example.com/a=b'],
    ['a in (x,x)', 'a in (x)'],
  ];
  for (const [text, canonical] of texts) it(`reads "${text}"`, () => assert.equal(parseLabelSelector(text).toString(), canonical));

  const refusals: readonly (readonly [text: string, message: string])[] = [
    ['a,', "found '', expected: identifier after ','"],
    [',a', "found ',', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a in x', "unable to parse requirement: found 'x' expected: '('"],
    ['a in (x', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a>x', "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"],
    ['a===b', "unable to parse requirement: found '=', expected: identifier"],
  ];
  for (const [text, message] of refusals) it(`refuses "${text}"`, () => assert.throws(() => parseLabelSelector(text), { code: 400, message }));

  it('names the key and value that are not labels', () => {
    assert.throws(() => parseLabelSelector('a=b$'), { message: /^unable to parse requirement: values\[0\]\[a\]: Invalid value: "b\$": a valid label must be/ });
    assert.throws(() => parseLabelSelector('a/b/c=d'), { message: /^unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a valid label key must/ });
  });
});

describe('matching labels', () => {
  const cases: readonly (readonly [text: string, labels: Record<string, string>, matches: boolean])[] = [
    ['', {}, true],
    ['a=b', { a: 'b' }, true],
    ['a=b', { a: 'c' }, false],
    ['a=b', {}, false],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a in (x,y)', { a: 'y' }, true],
    ['a notin (x)', {}, true],
    ['a', { a: '' }, true],
    ['a', {}, false],
    ['!a', {}, true],
    ['!a', { a: '' }, false],
    ['a>1', { a: '2' }, true],
    ['a>1', { a: 'x' }, false],
    ['a<1', { a: '-5' }, true],
    ['a=', { a: '' }, true],
    ['a,b=c', { a: '1', b: 'c' }, true],
    ['constructor', {}, false],
  ];
  for (const [text, labels, matches] of cases)
    it(`"${text}" ${matches ? 'matches' : 'does not match'} ${JSON.stringify(labels)}`, () => assert.equal(parseLabelSelector(text).matches(labels), matches));
  it('treats absent labels as none', () => assert.equal(parseLabelSelector('!a').matches(undefined), true));
});

describe('label selectors as objects', () => {
  it('reads both parts', () => {
    const selector = selectorFromObject({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'NotIn', values: ['b', 'a'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    });
    assert.equal(selector.toString(), 'app=web,!old,tier notin (a,b)');
  });
  it('matches nothing when absent and everything when empty', () =>
    assert.deepEqual([selectorFromObject(undefined).matches({}), selectorFromObject({}).matches({ a: 'b' })], [false, true]));
  it('refuses an unknown operator', () =>
    assert.throws(() => selectorFromObject({ matchExpressions: [{ key: 'a', operator: 'Like' }] }), {
      message: '"Like" is not a valid label selector operator',
    }));
  it('refuses In without values', () =>
    assert.throws(() => selectorFromObject({ matchExpressions: [{ key: 'a', operator: 'In' }] }), {
      message: "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    }));
  it('selects exact labels', () => assert.equal(selectorFromLabels({ b: '2', a: '1' }).toString(), 'a=1,b=2'));
  it('offers the two trivial ones', () => assert.deepEqual([everything.matches({}), nothing.matches({}), nothing.matchesNothing], [true, false, true]));
});
