import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { indented, wrapWords } from './word-wrap.ts';

describe('wrapWords', () => {
  const cases: readonly (readonly [text: string, limit: number, wrapped: string])[] = [
    ['one two three', 7, 'one two\nthree'],
    ['one  two', 3, 'one\ntwo'],
    ['a-word-longer-than-the-line x', 5, 'a-word-longer-than-the-line\nx'],
    ['kept\n\nlines', 10, 'kept\n\nlines'],
  ];
  for (const [text, limit, wrapped] of cases) it(`wraps ${JSON.stringify(text)} at ${limit}`, () => assert.equal(wrapWords(text, limit), wrapped));

  it('indents every line', () => assert.equal(indented('a\nb', 2), '  a\n  b'));
});
