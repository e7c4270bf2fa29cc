import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema } from '../../schema.ts';
import { relativePath } from './relative-path.ts';

const text: Schema = { type: 'string' };
const schema: Schema = {
  type: 'object',
  properties: { a: text, 'x-y': text, "q'q": text, o: { type: 'object', properties: { 'c.d': text } }, m: { type: 'object', additionalProperties: text } },
};

describe('the path of a rule', () => {
  for (const [given, path] of [
    ['.a', 'a'],
    ['.x-y', 'x-y'],
    ["['x-y']", 'x-y'],
    ["['q\\'q']", "q'q"],
    [".o['c.d']", 'o.c.d'],
    ['.m.k', 'm[k]'],
    [".m['a.b c']", 'm[a.b c]'],
  ] as const)
    it(`${given} is written ${path}`, () => assert.equal(relativePath(given, schema), path));
  for (const given of ['a', '.', '.nope', '.a.b', '.m.k.l', "['q\\zq']", '.m[k]', ".m['k'"])
    it(`${given} is none`, () => assert.equal(relativePath(given, schema), undefined));
});
