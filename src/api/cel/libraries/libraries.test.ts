import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isEqual } from '../equality.ts';
import { evaluateSample } from '../sample.fixture.ts';
import { Double, List, type Value } from '../values.ts';

/** Expressions, and what cel-go 0.26 makes of them as Kubernetes 1.36 sets it up. */
const results: readonly (readonly [string, Value])[] = [
  ["'tacocat'.charAt(3) + 'h\u00e9\u20ac\ud83d\ude00x'.charAt(3)", 'o\ud83d\ude00'],
  ["'h\u00e9\u20ac\ud83d\ude00x'.indexOf('x')", 4],
  ["'h\u00e9\u20ac\ud83d\ude00x\ud83d\ude00'.lastIndexOf('\ud83d\ude00')", 5],
  ["'\ud83d\ude00abc'.indexOf('b', 2)", 2],
  ["'\ud83d\ude00abcabc'.lastIndexOf('b', 3)", 2],
  ["'abc'.indexOf('', 2)", 2],
  ["'abc'.lastIndexOf('')", 3],
  ["'a,b,c'.split(',', 2)", new List(['a', 'b,c'])],
  ["'a,b,c'.split(',', 0)", new List([])],
  ["'a\ud83d\ude00c'.split('')", new List(['a', '\ud83d\ude00', 'c'])],
  ["'a\ud83d\ude00c'.split('', 2)", new List(['a', '\ud83d\ude00c'])],
  ["'aaa'.replace('a', 'b', 2)", 'bba'],
  ["'aaa'.replace('', '-')", '-a-a-a-'],
  ["'aaa'.replace('', '-', 2)", '-a-aa'],
  ["'aaa'.replace('a', 'b', 0)", 'aaa'],
  ["'aaa'.replace('x', 'b')", 'aaa'],
  ["'\ud83d\ude00abc'.substring(1, 3)", 'ab'],
  ["' \\u00a0\\u0085\\u2003a b\\ufeff \\t'.trim()", 'a b\ufeff'],
  ["'\u00c9AzZ'.lowerAscii() + '\u00e9azZ'.upperAscii()", '\u00c9azz\u00e9AZZ'],
  ["['a', 'b'].join() + ['x'].join('-') + ['x', 'y'].join(', ')", 'abxx, y'],
  ["strings.quote('a\"b\\n\\u0007\\\\')", '"a\\"b\\n\\a\\\\"'],
  [
    "string(1.0) + ' ' + string(100000.0) + ' ' + string(1000000.0) + ' ' + string(123456789.125) + ' ' + string(0.0001) + ' ' + string(0.00001) + ' ' + string(-0.0) + ' ' + string(1e21)",
    '1 100000 1e+06 1.23456789125e+08 0.0001 1e-05 -0 1e+21',
  ],
  ["string(duration('1h30m1.5s')) + ' ' + string(duration('-1ns')) + ' ' + string(duration('0.000001s'))", '5401.5s -0.000000001s 0.000001s'],
  ["string(timestamp('2020-02-29T23:59:59.123456789+05:30'))", '2020-02-29T23:59:59.123456789+05:30'],
  ["[3, 1, 2].sort() == [1, 2, 3] && ['b', 'a'].sort() == ['a', 'b'] && [true, false].sort() == [false, true]", true],
  ["['aa', 'b', 'ccc'].sortBy(e, e.size())", new List(['b', 'aa', 'ccc'])],
  ['[1, 1, 2, 1].distinct()', new List([1, 2])],
  ["int('+5') + int('-7')", -2],
  ["double('1e3') + double('.5') + double('1.')", new Double(1001.5)],
  ["bool('T') && !bool('f')", true],
  ["timestamp('2020-01-01T00:00:00Z').getDayOfYear() + timestamp('2020-12-31T00:00:00Z').getDayOfYear() * 1000", 365000],
  ["timestamp('2020-03-08T07:30:00Z').getHours('America/New_York') * 100 + timestamp('2020-03-08T06:30:00Z').getHours('America/New_York')", 301],
  ["timestamp('2020-01-01T00:00:00Z').getMinutes('+05:45') * 100 + timestamp('2020-01-01T00:00:00Z').getDate('-01:00')", 4531],
  [
    "duration('3661.5s').getHours() * 1000000 + duration('3661.5s').getMinutes() * 1000 + duration('3661.5s').getSeconds() + duration('3661.5s').getMilliseconds()",
    4726161,
  ],
  ['[?optional.none(), 1, ?optional.of(2)]', new List([1, 2])],
  ["{?'a': optional.of(1), ?'b': optional.none()} == {'a': 1}", true],
  ["optional.ofNonZeroValue('').hasValue() || optional.ofNonZeroValue([]).hasValue() || optional.ofNonZeroValue(0).hasValue()", false],
  ['optional.unwrap([optional.of(1), optional.none()]) == [1]', true],
  ['x.?g[?1].orValue(0) == 2 && !x.?zz[?1].hasValue()', true],
  ['l.transformMap(k, v, v > 1, v * 2) == {1: 4, 2: 6}', true],
  ["m.transformMapEntry(k, v, {v: k}) == {1: 'a', 2: 'b'}", true],
  ["'abc' < 'abd' && 'Z' < 'a' && '\uffee' < '\ud83d\ude00'", true],
  ["b'abc' < b'abd' && b'a' + b'b' == b'ab' && bytes('\u00e9').size() == 2", true],
  ["[1, 2] == [1, 2] && {'a': [1]} == {'a': [1]} && dyn([1]) != [1.5]", true],
  ['7 / -2 == -3 && 7 % -2 == 1 && -7 % 2 == -1', true],
  ["duration('1h') < duration('61m') && timestamp('2020-01-01T00:00:00Z') - duration('1s') < timestamp('2020-01-01T00:00:00Z')", true],
  ["'%s and %d'.format(['a', 3])", 'a and 3'],
  [
    "'%%%.1f|%.3f|%e|%b|%o|%x|%X|%s'.format([1234567.25, 2.0, 0.00012, 5, 8, 255, 'hi', [1, 'a']])",
    '%1,234,567.2|2.000|1.200000\u00d710\u207b\u2070\u2074|101|10|ff|6869|[1, "a"]',
  ],
  [
    "'%s %s %s %s'.format([{'k': 1.5, 'a': b'x'}, duration('1s'), timestamp('2020-01-01T00:00:00Z'), type(1)])",
    '{"a":b"x", "k":1.500000} 1s 2020-01-01T00:00:00Z int',
  ],
  ["'%s'.format([[duration('1s'), timestamp('2020-01-01T00:00:00Z'), null, 'q\"']])", '[duration("1s"), timestamp("2020-01-01T00:00:00Z"), null, "q\\""]'],
];

const failures: readonly (readonly [string, string])[] = [
  ["m.transformMapEntry(k, v, {'same': k})", 'insert failed: key same already exists'],
  ["timestamp('9999-12-31T23:59:59Z') + duration('1s')", 'timestamp overflow'],
  ["duration('9223372036s') + duration('9223372036s')", 'integer overflow'],
  ['l.slice(0, 4)', 'cannot slice(0, 4), list is length 3'],
  ['l.slice(-1, 2)', 'cannot slice(-1, 2), negative indexes not supported'],
  ['l.slice(2, 1)', 'cannot slice(2, 1), start index must be less than or equal to end index'],
  ['x.g.sort()', 'list elements must have the same type'],
  ["'%d'.format(x.g)", 'error during formatting: decimal clause can only be used on integers, was given string'],
  ["'%d'.format(x.g.slice(0, 0))", 'index 0 out of range'],
  ["base64.decode('*')", 'illegal base64 data'],
  ["regex.replace('a', 'a', '\\\\1')", 'replacement string references group 1 but regex has only 0 group(s)'],
  ["regex.extract('ab', '(a)(b)')", 'regular expression has more than one capturing group: "(a)(b)"'],
  ['math.bitShiftLeft(1, -i)', 'math.bitShiftLeft() negative offset: -5'],
  ['math.abs(-9223372036854775808)', 'integer overflow'],
  ["lists.range(3000).map(e, s).join().matches('^(hello world){100}x')", 'the regular expression is too expensive for a text of 33000 characters'],
];

describe('libraries', () => {
  for (const [source, wanted] of results) {
    it(`evaluate ${source}`, () => {
      const { value, error } = evaluateSample(source);
      assert.equal(error, undefined);
      assert.ok(isEqual(value as Value, wanted), JSON.stringify(value));
    });
  }

  for (const [source, message] of failures) it(`fail for ${source}`, () => assert.equal(evaluateSample(source).error?.message, message));

  it('extract and replace with regular expressions', () => {
    assert.equal(evaluateSample("regex.extract('item-123', 'item-(\\\\d+)').orValue('') == '123'").value, true);
    assert.equal(evaluateSample("regex.extractAll('a1b22', '\\\\d+') == ['1', '22']").value, true);
    assert.equal(evaluateSample("regex.replace('a1b22', '([a-z])(\\\\d+)', '\\\\2\\\\1') == '1a22b'").value, true);
    assert.equal(evaluateSample("regex.replace('aaa', 'a', 'b', 2) == 'bba'").value, true);
  });
});
