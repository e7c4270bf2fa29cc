import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assumeDynamic, type Checked, check, compile, parse } from './compile.ts';
import { sampleBindings, sampleEnvironment } from './sample.fixture.ts';
import { EvaluationError } from './values.ts';

/** Numbers that look random and are the same each time (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const leaves = [
  '1',
  '-3',
  '0',
  '9223372036854775807',
  '2u',
  '1.5',
  'true',
  'false',
  'null',
  "'a'",
  "'h\u{1f600}'",
  "b'x'",
  '[]',
  '{}',
  'x',
  'i',
  's',
  'l',
  'm',
  'd',
  'b',
  'ls',
  'o',
  'v',
  'w',
  'int',
  'x.g',
];
const operators = ['+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', '&&', '||', 'in'];
const methods = [
  'size',
  'startsWith',
  'contains',
  'matches',
  'all',
  'exists',
  'map',
  'filter',
  'exists_one',
  'split',
  'join',
  'format',
  'orValue',
  'hasValue',
  'sort',
  'distinct',
  'flatten',
  'reverse',
  'charAt',
  'substring',
  'replace',
  'indexOf',
  'getFullYear',
  'slice',
  'first',
  'sortBy',
  'transformMap',
  'transformList',
  'optMap',
  'lastIndexOf',
  'trim',
];
const functions = [
  'size',
  'int',
  'uint',
  'double',
  'string',
  'bytes',
  'bool',
  'timestamp',
  'duration',
  'type',
  'dyn',
  'has',
  'optional.of',
  'optional.ofNonZeroValue',
  'math.abs',
  'math.bitShiftLeft',
  'math.greatest',
  'math.round',
  'lists.range',
  'sets.contains',
  'base64.encode',
  'regex.extract',
  'regex.replace',
  'strings.quote',
  'matches',
];

function expression(next: (below: number) => number, depth: number): string {
  const pick = (list: readonly string[]): string => list[next(list.length)] as string;
  const sub = (): string => expression(next, depth - 1);
  const many = (): string => Array.from({ length: next(4) }, sub).join(', ');
  if (depth <= 0) return pick(leaves);
  switch (next(12)) {
    case 0:
    case 1:
    case 2:
      return `(${sub()} ${pick(operators)} ${sub()})`;
    case 3:
      return `(${sub()} ? ${sub()} : ${sub()})`;
    case 4:
      return `${sub()}.${pick(methods)}(${next(2) === 0 ? `v, ${sub()}` : many()})`;
    case 5:
      return `${sub()}.${pick(methods)}(v, w, ${sub()})`;
    case 6:
      return `${pick(functions)}(${many()})`;
    case 7:
      return `[${many()}]`;
    case 8:
      return `{${sub()}: ${sub()}, ${next(2) === 0 ? '?' : ''}${sub()}: ${sub()}}`;
    case 9:
      return `${sub()}[${next(3) === 0 ? '?' : ''}${sub()}]`;
    case 10:
      return `${sub()}.${next(3) === 0 ? '?' : ''}${pick(['f', 'g', 'k', 'size'])}`;
    default:
      return `${pick(['!', '-'])}${sub()}`;
  }
}

/** Evaluates; only an EvaluationError may be thrown, and only as it compiles. */
function evaluate(checked: Checked, source: string): void {
  try {
    compile(checked).evaluate(sampleBindings, { budget: 20_000, deadline: performance.now() + 1_000 });
  } catch (error) {
    assert.ok(error instanceof EvaluationError, `${source}: ${String(error instanceof Error ? error.stack : error)}`);
  }
}

describe('random expressions', () => {
  it('fail in the words of the engine only', () => {
    const next = random(20);
    for (let count = 0; count < 3_000; count++) {
      const source = expression(next, 1 + next(5));
      const checked = check(source, sampleEnvironment);
      if (checked.kind === 'checked') evaluate(checked, source);
      const parsed = parse(source, sampleEnvironment);
      if (parsed.kind === 'parsed') evaluate(assumeDynamic(parsed, sampleEnvironment), source);
    }
  });

  it('and random texts are refused or taken, and nothing else', () => {
    const next = random(7);
    const pieces = [
      ...leaves,
      ...operators,
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '.',
      '?',
      ':',
      ',',
      '!',
      '`',
      '"',
      "'",
      '\\',
      '#',
      '\n',
      'r"',
      '.all(',
      '0x',
      '1e',
      '\u{1f600}',
      '\ud800',
    ];
    for (let count = 0; count < 3_000; count++) {
      const source = Array.from({ length: 1 + next(12) }, () => pieces[next(pieces.length)]).join(next(2) === 0 ? '' : ' ');
      const outcome = check(source, sampleEnvironment);
      if (outcome.kind === 'rejected') assert.match(outcome.message, /^ERROR: <input>:/);
      else evaluate(outcome, source);
    }
  });
});
