import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileSchema } from '../schema-processor.ts';
import { fieldErrorText } from '../status.ts';
import { type JsonSchemaProps, schemaFromJsonSchemaProps } from './from-json-schema.ts';

const tooMany = '<nil>: Invalid value: "": validation takes too many steps: the object is too large for its schema';

function errorsOf(spec: JsonSchemaProps, value: unknown): string[] {
  const schema = schemaFromJsonSchemaProps({ type: 'object', properties: { spec } });
  const { errors } = compileSchema(schema, { get: () => undefined }).process({ spec: value }, { prune: true, applyDefaults: true, dialect: 'custom' });
  return errors.map(fieldErrorText);
}

const times = <Item>(count: number, make: (index: number) => Item): Item[] => Array.from({ length: count }, (_, index) => make(index));

describe('validation', () => {
  it('ends when a schema multiplies an object', () => {
    const oneOf = times(1_000, () => ({ required: ['a'] }));
    const items = { type: 'object', properties: { a: { type: 'string' } }, oneOf };
    assert.ok(
      errorsOf(
        { type: 'array', items },
        times(5_000, () => ({ a: 'x' })),
      ).includes(tooMany),
    );
  });
  it('ends when there is too much text for a pattern', () =>
    assert.deepEqual(errorsOf({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(1_000_000)}!`), [tooMany]));
  it('ends when a pattern repeats itself too often for a text', () =>
    assert.deepEqual(errorsOf({ type: 'string', pattern: '((a{0,9}){0,9}){0,9}$' }, 'a'.repeat(20_000)), [tooMany]));
  it('tells no more than 1,000 faults', () => {
    const errors = errorsOf(
      { type: 'array', items: { type: 'string' } },
      times(5_000, (index) => index),
    );
    assert.equal(errors.length, 1_000);
  });
  it('lists of a very long enum what anyone may read', () => {
    const [error] = errorsOf({ type: 'string', enum: times(100_000, (index) => `name-${index}`) }, 'other');
    assert.match(error ?? '', /^spec: Unsupported value: "other": supported values: "name-0", .*, \.\.\.$/);
    assert.ok(error!.length < 100_000);
  });
  it('says of a pattern that cannot be read that it is the pattern', () =>
    assert.deepEqual(errorsOf({ type: 'string', pattern: '(' }, 'x'), [
      'spec: Invalid value: "x": spec in body should match \'(, but pattern is invalid: error parsing regexp: missing closing ): `(`\'',
    ]));
  it('leaves the names of fields alone that JavaScript knows', () => {
    const properties = JSON.parse('{"__proto__":{"type":"integer","default":1},"constructor":{"type":"string"}}') as JsonSchemaProps;
    assert.deepEqual(errorsOf({ type: 'object', properties, required: ['toString'] }, JSON.parse('{"constructor":1}')), [
      'spec.constructor: Invalid value: "integer": spec.constructor in body must be of type string: "integer"',
      'spec.toString: Required value',
    ]);
  });
});
