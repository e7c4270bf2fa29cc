import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseYaml, parseYamlDocuments } from './yaml.ts';

describe('reading YAML as Go does', () => {
  const scalars: readonly (readonly [text: string, value: unknown])[] = [
    ['yes', true],
    ['No', false],
    ['on', true],
    ['OFF', false],
    ['y', true],
    ['true', true],
    ['~', null],
    ['', null],
    ['null', null],
    ['0644', 420],
    ['0o644', 420],
    ['0x1F', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['-12', -12],
    ['+12', 12],
    ['08', 8],
    ['1e3', 1000],
    ['9007199254740991', 9007199254740991],
    ['18446744073709551615', 2 ** 64],
    ['-9223372036854775809', -(2 ** 63)],
    ['0x1ffffffffffffffff', '0x1ffffffffffffffff'],
    ['"9007199254740993"', '9007199254740993'],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['22:22', '22:22'],
    ['2020-01-01', '2020-01-01'],
    ['"yes"', 'yes'],
    ["'1'", '1'],
    ['1.2.3', '1.2.3'],
    ['1Gi', '1Gi'],
    ['!!str 1', '1'],
    ['!!binary aGk=', 'hi'],
    ['yesterday', 'yesterday'],
    ['-', null],
  ];
  for (const [text, value] of scalars.slice(0, -1)) it(`reads ${text || 'nothing'}`, () => assert.deepEqual(parseYaml(`a: ${text}`).value, { a: value }));

  it('makes keys text', () => assert.deepEqual(parseYaml('1: a\non: b').value, { 1: 'a', true: 'b' }));
  it('merges', () => assert.deepEqual(parseYaml('a: &x {b: 1}\nc: {<<: *x, d: 2}').value, { a: { b: 1 }, c: { b: 1, d: 2 } }));
  it('shares nothing between aliases', () => {
    const { a, c } = parseYaml('a: &x {b: 1}\nc: *x').value as { a: object; c: object };
    assert.notEqual(a, c);
  });
  it('tells duplicates', () =>
    assert.deepEqual(parseYaml('spec:\n  a: 1\n  b:\n  - c: 1\n    c: 2\n  a: 3\n'), {
      value: { spec: { a: 3, b: [{ c: 2 }] } },
      duplicateFields: ['spec.b[0].c', 'spec.a'],
      duplicateMessage: 'yaml: unmarshal errors:\n  line 5: key "c" already set in map\n  line 6: key "a" already set in map',
    }));
  it('reads the first of several documents', () => assert.deepEqual(parseYaml('a: 1\n---\nb: 2\n').value, { a: 1 }));
  it('reads all documents but empty ones', () =>
    assert.deepEqual(
      parseYamlDocuments('---\n---\na: 1\n---\n# nothing\n---\nb: 2\n').map(({ value }) => value),
      [{ a: 1 }, { b: 2 }],
    ));
  it('answers null for an empty text', () => assert.equal(parseYaml('').value, null));

  const refusals: readonly (readonly [text: string, message: RegExp])[] = [
    ['a: b: c', /^error converting YAML to JSON: yaml: line 1: /],
    ['a: .nan', /unsupported value: NaN/],
    ['a: *b', /unidentified alias/],
    ['['.repeat(2000), /nesting/],
    ['a: 9007199254740993', /^json: number 9007199254740993 cannot be kept exactly: integers must lie between -9007199254740991 and 9007199254740991$/],
    ['{"a":9223372036854775807}', /^json: number 9223372036854775807 cannot be kept exactly/],
    ['a: [-0x7fffffffffffffff]', /^json: number -9223372036854775807 cannot be kept exactly/],
    ['a: 9_007_199_254_740_993', /^json: number 9007199254740993 cannot be kept exactly/],
    ['a: 0400000000000000001', /^json: number 9007199254740993 cannot be kept exactly/],
    ['{"a":1e400}', /unsupported value: \+Inf/],
  ];
  for (const [text, message] of refusals) it(`refuses ${text.slice(0, 10)}`, () => assert.throws(() => parseYaml(text), { code: 400, message }));
  it('refuses aliases that blow up', () => {
    const lines = [
      'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
      ...[...Array(8).keys()].map((index) => `a${index + 1}: &a${index + 1} [${Array(10).fill(`*a${index}`).join(', ')}]`),
    ];
    assert.throws(() => parseYaml(lines.join('\n')), { code: 400, message: /excessive aliasing/ });
  });
});
