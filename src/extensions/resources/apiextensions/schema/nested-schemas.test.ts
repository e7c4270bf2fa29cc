import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readNestedSchemas } from './nested-schemas.ts';

const path = 'spec.versions.schema.openAPIV3Schema';

describe('schemas in fields of two types', () => {
  it('lose unknown fields at any depth', () => {
    const schema = {
      type: 'object',
      properties: {
        a: { type: 'array', items: { type: 'object', odd: 1, properties: { b: { type: 'object', additionalProperties: { type: 'string', odd: 2 } } } } },
        c: { type: 'object', additionalProperties: false },
      },
    };
    assert.equal(readNestedSchemas(schema, path), undefined);
    assert.deepEqual(schema, {
      type: 'object',
      properties: {
        a: { type: 'array', items: { type: 'object', properties: { b: { type: 'object', additionalProperties: { type: 'string' } } } } },
        c: { type: 'object', additionalProperties: false },
      },
    });
  });
  it('are nothing when they are neither', () => {
    const schema = { type: 'array', items: 7 };
    assert.equal(readNestedSchemas(schema, path), undefined);
    assert.deepEqual(schema, { type: 'array' });
  });
  const cases: readonly { name: string; schema: object; problem: string }[] = [
    {
      name: 'a number for a type',
      schema: { properties: { a: { type: 'array', items: { type: 5 } } } },
      problem: `json: cannot unmarshal number into Go struct field JSONSchemaProps.${path}.properties.items.type of type string`,
    },
    {
      name: 'text for a length, deeper',
      schema: { properties: { a: { items: { properties: { x: { maxLength: 'y' } } } } } },
      problem: `json: cannot unmarshal string into Go struct field JSONSchemaProps.${path}.properties.items.properties.maxLength of type int64`,
    },
    { name: 'a number for any values', schema: { properties: { a: { additionalProperties: 5 } } }, problem: 'boolean or JSON schema expected' },
  ];
  for (const { name, schema, problem } of cases)
    it(`are refused in Go's words: ${name}`, () => assert.equal(readNestedSchemas(structuredClone(schema) as Record<string, unknown>, path), problem));
});
