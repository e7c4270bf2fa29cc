import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJson } from './json.ts';

describe('reading JSON', () => {
  it('reads bytes', () => assert.deepEqual(parseJson(Buffer.from('{"a":"é"}')).value, { a: 'é' }));
  it('finds duplicates with their paths, each once', () => {
    const text = '{"a":{"b":1,"b":2,"b":3},"l":[{},{"c":"}","c":{"d":1}}],"a":1,"\\u0061":2,"e\\"":1}';
    assert.deepEqual(parseJson(text, { findDuplicates: true }).duplicateFields, ['a.b', 'l[1].c', 'a']);
    assert.deepEqual(parseJson(text).duplicateFields, []);
  });
  it('refuses what nests too deep, without overflowing', () => {
    assert.throws(() => parseJson('['.repeat(20_000) + ']'.repeat(20_000)), { code: 400, message: 'exceeded max depth' });
    assert.throws(() => parseJson('[[[]]]', { maxDepth: 2 }), { code: 400 });
    assert.deepEqual(parseJson('["[[[[[[", []]', { maxDepth: 2 }).value, ['[[[[[[', []]);
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
