import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from './compile.ts';
import { sampleEnvironment } from './sample.fixture.ts';

const start = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** Sources that are refused, and the place and text of each issue as cel-go 0.26 prints it. */
const refusals: readonly (readonly [string, readonly string[]])[] = [
  ['o.`k`', ["1:3: unsupported syntax: '`'"]],
  ['1 +', [`1:4: Syntax error: mismatched input '<EOF>' expecting ${start}`]],
  ['1 2', ["1:3: Syntax error: extraneous input '2' expecting <EOF>"]],
  ['a b', ["1:3: Syntax error: extraneous input 'b' expecting <EOF>"]],
  ['i.', ["1:3: Syntax error: no viable alternative at input '.'"]],
  [
    'i[',
    [
      "1:3: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
    ],
  ],
  ['(i', ["1:3: Syntax error: missing ')' at '<EOF>'"]],
  ['{1:2', ["1:5: Syntax error: mismatched input '<EOF>' expecting {'}', ','}"]],
  ['"abc', [`1:1: Syntax error: token recognition error at: '"abc'`, `1:5: Syntax error: mismatched input '<EOF>' expecting ${start}`]],
  ['i @ 3', ["1:3: Syntax error: token recognition error at: '@'", "1:5: Syntax error: extraneous input '3' expecting <EOF>"]],
  ['for', ['1:1: reserved identifier: for']],
  ['i == = 3', ["1:6: Syntax error: token recognition error at: '= '"]],
  ['', [`1:0: Syntax error: mismatched input '<EOF>' expecting ${start}`]],
  ['l.all(1, true)', ['1:7: argument must be a simple name']],
  ['has(i)', ['1:5: invalid argument to has() macro']],
  ['9999999999999999999', ['1:1: invalid int literal']],
  ['[1', ["1:3: Syntax error: mismatched input '<EOF>' expecting {']', ','}"]],
  ['f(1', ["1:4: Syntax error: missing ')' at '<EOF>'"]],
  ['l.all(z', ["1:8: Syntax error: missing ')' at '<EOF>'"]],
  ['l[1', ["1:4: Syntax error: missing ']' at '<EOF>'"]],
  ['b ? 1', ["1:6: Syntax error: mismatched input '<EOF>' expecting ':'"]],
  ['{1', ["1:3: Syntax error: mismatched input '<EOF>' expecting ':'"]],
  ['1)', ["1:2: Syntax error: extraneous input ')' expecting <EOF>"]],
  ['i == 1 )', ["1:8: Syntax error: extraneous input ')' expecting <EOF>"]],
  ['self.x > 1 &&', [`1:14: Syntax error: mismatched input '<EOF>' expecting ${start}`]],
  ['&& true', [`1:1: Syntax error: extraneous input '&&' expecting ${start}`]],
  ['i = 3', ["1:3: Syntax error: token recognition error at: '= '", "1:5: Syntax error: extraneous input '3' expecting <EOF>"]],
  ['i === 3', ["1:5: Syntax error: token recognition error at: '= '"]],
  ['i & 3', ["1:3: Syntax error: token recognition error at: '& '", "1:5: Syntax error: extraneous input '3' expecting <EOF>"]],
  [
    'i.f(',
    [
      "1:5: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
    ],
  ],
  ["'abc", ["1:1: Syntax error: token recognition error at: ''abc'", `1:5: Syntax error: mismatched input '<EOF>' expecting ${start}`]],
  ['i + * 3', [`1:5: Syntax error: extraneous input '*' expecting ${start}`]],
  ['has(x)', ['1:5: invalid argument to has() macro']],
  ['i if', ["1:3: Syntax error: extraneous input 'if' expecting <EOF>"]],
  ['if', ['1:1: reserved identifier: if']],
  ['#', ["1:1: Syntax error: token recognition error at: '#'", `1:2: Syntax error: mismatched input '<EOF>' expecting ${start}`]],
];

const texts = (message: string): string[] =>
  message.split('\n').flatMap((line) => (line.startsWith('ERROR: <input>:') ? [line.slice('ERROR: <input>:'.length)] : []));

describe('the parser', () => {
  for (const [source, wanted] of refusals) {
    it(`refuses ${JSON.stringify(source)} in upstream's words`, () => {
      const outcome = parse(source, sampleEnvironment);
      assert.equal(outcome.kind, 'rejected');
      assert.deepEqual(outcome.kind === 'rejected' ? texts(outcome.message) : [], wanted);
    });
  }

  it('shows the line and marks the place, wide characters with wide marks', () => {
    const outcome = parse("'\u00e9\u00e9' == a +", sampleEnvironment);
    assert.ok(outcome.kind === 'rejected');
    assert.equal(outcome.message.split('\n').slice(1).join('\n'), " | '\u00e9\u00e9' == a +\n | .\uff0e\uff0e........^");
    assert.deepEqual(
      outcome.issues.map(({ line, column }) => ({ line, column })),
      [{ line: 1, column: 11 }],
    );
  });

  it('shows the right one of several lines', () => {
    const outcome = parse('1 +\n  2 +\n', sampleEnvironment);
    assert.ok(outcome.kind === 'rejected');
    assert.match(outcome.message, /^ERROR: <input>:3:1: /);
  });

  it('reads fields in back quotes where the environment has them', () => {
    assert.equal(parse('a.`b-c/d.e f`').kind, 'parsed');
    assert.equal(parse('a.`b-c`', sampleEnvironment).kind, 'rejected');
  });

  it('reads optional syntax', () => {
    for (const source of ['a.?b', 'a[?0]', '[?a]', '{?a: b}', 'T{?a: b}']) assert.equal(parse(source).kind, 'parsed', source);
  });

  const deep = 'expression recursion limit exceeded: 250';
  const tall = 'max recursion depth exceeded';
  const hostile: readonly (readonly [string, string, string])[] = [
    ['10,000 parentheses', '('.repeat(10_000), deep],
    ['10,000 closed parentheses', `${'('.repeat(10_000)}1${')'.repeat(10_000)}`, deep],
    ['10,000 brackets', '['.repeat(10_000), deep],
    ['10,000 braces', '{1:'.repeat(10_000), deep],
    ['10,000 calls', 'f('.repeat(10_000), deep],
    ['10,000 ternaries', 'a ? b : '.repeat(10_000), deep],
    ['10,000 selections', `a${'.a'.repeat(10_000)}`, tall],
    ['10,000 sums', `1${'+1'.repeat(10_000)}`, tall],
    ['10,000 comparisons', `1${'<1'.repeat(10_000)}`, tall],
    ['10,000 indexes', `a${'[0]'.repeat(10_000)}`, tall],
  ];
  for (const [name, source, wanted] of hostile) {
    it(`refuses ${name}`, () => {
      const outcome = parse(source);
      assert.ok(outcome.kind === 'rejected');
      assert.ok(outcome.message.includes(wanted), outcome.message.slice(0, 200));
    });
  }

  it('takes long chains of && and of !', () => {
    assert.equal(parse(`a${' && a'.repeat(5_000)}`).kind, 'parsed');
    assert.equal(parse(`${'!'.repeat(50_000)}a`).kind, 'parsed');
  });

  it('refuses more than 100,000 code points', () => {
    assert.equal(parse(`'${'\u{1f600}'.repeat(99_998)}'`).kind, 'parsed');
    const outcome = parse(`'${'x'.repeat(100_000)}'`);
    assert.ok(outcome.kind === 'rejected');
    assert.equal(outcome.message, 'ERROR: <input>:-1:0: expression code point size exceeds limit: size: 100002, limit 100000');
  });

  it('refuses macros that grow without bound', () => {
    const outcome = parse(`o${'.optMap(v, v)'.repeat(40)}`, sampleEnvironment);
    assert.ok(outcome.kind === 'rejected');
    assert.match(outcome.message, /expression size exceeds limit/);
  });

  it('reports a hundred issues at most', () => {
    const outcome = parse(Array.from({ length: 300 }, () => "'\\q'").join(' + '));
    assert.ok(outcome.kind === 'rejected');
    assert.ok(outcome.issues.length <= 101);
  });
});
