import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RE2JS } from 're2js';
import { compilePattern, patternProblem } from './pattern.ts';

describe('patterns', () => {
  const sources = [
    '^a+$',
    '^[a-z0-9-]+$',
    '^.+$',
    '^a.c$',
    '^[^/]+/x$',
    '^\\d+$',
    '^a{2,3}$',
    '^a\\.b$',
    '^[.]$',
    '(a|b)+',
    '^(a+)+$',
    'x*y',
    '(?i)abc',
    '^$',
    '^a?b*$',
  ];
  const texts = [
    '',
    'a',
    'aa',
    'aaaa',
    'abc',
    'aXc',
    'a\rc',
    'a\nc',
    'a\u2028c',
    'a.b',
    'x/x',
    '12',
    'xxy',
    'ABC',
    '.',
    'é',
    '\u{1f600}',
    'a-b-0',
    `${'a'.repeat(5_000)}`,
  ];
  for (const source of sources) {
    it(`find what RE2 finds: ${source}`, () => {
      const reference = RE2JS.compile(source);
      for (const text of texts) assert.equal(compilePattern(source).isFoundIn(text), reference.matcher(text).find(), JSON.stringify(text));
    });
  }
  const problems: readonly [string, string][] = [
    ['(', 'error parsing regexp: missing closing ): `(`'],
    ['a**', 'error parsing regexp: invalid nested repetition operator: `**`'],
    ['(?=a)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    ['a\\', 'error parsing regexp: trailing backslash at end of expression: ``'],
    ['((a{1000}){1000}){1000}', 'error parsing regexp: invalid repeat count: `{1000}`'],
  ];
  for (const [source, problem] of problems) it(`are refused in RE2's words: ${source}`, () => assert.equal(patternProblem(source), problem));
  it('spend what a search may take, and search nothing when that is too much', () => {
    const spent: number[] = [];
    const budget = {
      spend(steps: number): void {
        spent.push(steps);
        if (steps > 300_000) throw new Error('too much');
      },
    };
    assert.equal(compilePattern('^[a-z]+$').isFoundIn('abc', budget), true);
    assert.deepEqual(spent.splice(0), [1]);
    assert.equal(compilePattern('(x+x+)+y').isFoundIn('x'.repeat(1_000), budget), false);
    assert.deepEqual(spent.splice(0), [1_001]);
    const large = compilePattern('((a{0,9}){0,9}){0,9}$');
    assert.equal(large.isFoundIn('aaa', budget), true);
    assert.equal(spent.splice(0).length, 2);
    assert.throws(() => large.isFoundIn('a'.repeat(20_000), budget), { message: 'too much' });
    assert.equal(spent.at(-1), Infinity);
  });
  it('have a bounded length', () => assert.equal(patternProblem('a'.repeat(20_000)), 'the pattern is longer than 10000 characters'));
});
