import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endOfValue, findDuplicateFields, parseJson, parsePlainJson } from './json.ts';

describe('reading JSON', () => {
  it('reads bytes', () => assert.deepEqual(parseJson(Buffer.from('{"a":"é"}')).value, { a: 'é' }));
  it('finds duplicates with their paths, each once', () => {
    const text = '{"a":{"b":1,"b":2,"b":3},"l":[{},{"c":"}","c":{"d":1}}],"a":1,"\\u0061":2,"e\\"":1}';
    assert.deepEqual(parseJson(text, { findDuplicates: true }).duplicateFields, ['a.b', 'l[1].c', 'a']);
    assert.deepEqual(parseJson(text).duplicateFields, []);
  });
  const ends: [string, number, number][] = [
    ['{"a":1}', 0, 7],
    ['{"a":{"b":[{}]}},', 5, 15],
    ['{"}":"\\"}"}x', 0, 11],
    ['[{"a":"]"}] ', 0, 11],
    ['{"a":"', 0, -1],
    ['{"a":[1}', 0, -1],
  ];
  for (const [text, start, end] of ends) it(`finds the end of what begins at ${start} of ${text}`, () => assert.equal(endOfValue(text, start), end));
  it('refuses what nests too deep, without overflowing', () => {
    assert.throws(() => parseJson('['.repeat(20_000) + ']'.repeat(20_000)), { code: 400, message: 'exceeded max depth' });
    assert.throws(() => parseJson('[[[]]]', { maxDepth: 2 }), { code: 400 });
    assert.deepEqual(parseJson('["[[[[[[", []]', { maxDepth: 2 }).value, ['[[[[[[', []]);
  });
  const kept = ['9007199254740991', '-9007199254740991', '9223372036854775808', '-9223372036854775809', '9007199254740993.5', '1e16', '"9007199254740993"'];
  for (const number of kept) it(`reads ${number} as Go does`, () => assert.deepEqual(parseJson(`{"a":[${number}]}`).value, { a: [JSON.parse(number)] }));
  const large = ['9007199254740992', '9007199254740993', '4611686018427387905', '9223372036854775807', '-9223372036854775808'];
  for (const number of large) {
    it(`refuses ${number}, which it could not keep`, () => {
      const message = `json: number ${number} cannot be kept exactly: integers must lie between -9007199254740991 and 9007199254740991`;
      for (const text of [number, `[${number}]`, `{"a":${number}}`, `{"a": "\\"", "b" :\n${number}}`, `[1,${number},2]`])
        for (const findDuplicates of [false, true]) assert.throws(() => parseJson(text, { findDuplicates, maxDepth: 500 }), { code: 400, message });
    });
  }
  it('refuses numbers that no double holds', () =>
    assert.throws(() => parseJson('{"a":-1e400}'), { code: 400, message: 'json: cannot unmarshal number -1e400 into Go value of type float64' }));
  it('refuses what nests too deep before it looks for large numbers', () =>
    assert.throws(() => parseJson(`${'['.repeat(200_000)}9007199254740993${']'.repeat(200_000)}`), { message: 'exceeded max depth' }));
  it('refuses what holds too many fields, objects and lists, whatever its texts hold', () => {
    const tooHeavy = { code: 413, message: 'Request entity too large: it has too many fields' };
    const fields = (count: number): string => `{${Array.from({ length: count }, (_, index) => `"f${index}":1`).join(',')}}`;
    assert.throws(() => parseJson(fields(100), { maxWeight: 1_000 }), tooHeavy);
    assert.throws(() => parseJson(`[${'[],'.repeat(100)}1]`, { maxWeight: 1_000 }), tooHeavy);
    assert.throws(() => parseJson(`[${'1,'.repeat(2_000)}1]`, { maxWeight: 1_000 }), tooHeavy);
    assert.ok(parseJson(fields(50), { maxWeight: 1_000 }).value);
    assert.ok(parseJson(JSON.stringify(['{[:,"\\'.repeat(10_000)]), { maxWeight: 1_000 }).value);
    assert.throws(() => parseJson(`${'['.repeat(50)}"`, { maxWeight: 1_000 }), { code: 400 });
  });
  it('reads as plain only what needs no second look', () => {
    const bounds = { maxDepth: 3, maxWeight: 1_000 };
    assert.deepEqual(parsePlainJson('{"a":{"b":[1]}}', bounds), { value: { a: { b: [1] } } });
    for (const text of [
      '[1]',
      'a: 1',
      '{a: 1}',
      '{"a":1,"a":2}',
      '{"a":"\\n"}',
      '{"<<":{}}',
      '{"a" :1}',
      '{"a":[[[]]]}',
      '{"a":1} x',
      '{"a":9007199254740993}',
      '{"a":1e400}',
    ])
      assert.equal(parsePlainJson(text, bounds), undefined, text);
    assert.throws(() => parsePlainJson(`{"a":[${'[],'.repeat(200)}1]}`, bounds), { code: 413 });
  });
  it('finds by a quick look what the whole search finds', () => {
    let state = 1;
    const next = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
    const blank = (): string => ['', '', '', '', '', '', '', ' ', '\n', '\t '][next(10)]!;
    const word = (): string => ['"a"', '"b"', '"c"', '"d"', '":"', '"{"', '"a : b"', '"\\u0061"', '"e\\""', '"x,y"'][next(10)]!;
    const make = (depth: number): string => {
      const size = next(4);
      if (depth === 0 || size === 0) return next(3) === 0 ? '{}' : word();
      if (next(3) === 0) return `[${Array.from({ length: size }, () => make(depth - 1)).join(`${blank()},`)}]`;
      return `{${Array.from({ length: size }, () => `${blank()}${word()}${blank()}:${blank()}${make(depth - 1)}`).join(',')}}`;
    };
    for (let round = 0; round < 5_000; round++) {
      const text = make(5);
      assert.deepEqual(parseJson(text, { findDuplicates: true, maxDepth: 500 }).duplicateFields, findDuplicateFields(text), text);
      const deepest = Math.max(0, ...depthsOf(text));
      assert.equal(
        isRefused(() => parseJson(text, { findDuplicates: true, maxDepth: 2 })),
        text.length > 2 && deepest > 2,
        text,
      );
    }
  });
  const problems: readonly (readonly [text: string, message: string])[] = [
    ['', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['{"a":}', "invalid character '}' looking for beginning of value"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\q"', "invalid character 'q' in string escape code"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1e+', 'unexpected end of JSON input'],
    ['hello', "invalid character 'h' looking for beginning of value"],
    ['01', "invalid character '1' after top-level value"],
  ];
  for (const [text, message] of problems)
    it(`says what is wrong with ${JSON.stringify(text)}`, () => assert.throws(() => parseJson(text), { code: 400, message }));
});

/** How deep each bracket of JSON stands that is in no text. */
function depthsOf(text: string): number[] {
  let depth = 0;
  return [...text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')].map((character) => (depth += '{['.includes(character) ? 1 : '}]'.includes(character) ? -1 : 0));
}

function isRefused(parse: () => unknown): boolean {
  try {
    parse();
    return false;
  } catch {
    return true;
  }
}
