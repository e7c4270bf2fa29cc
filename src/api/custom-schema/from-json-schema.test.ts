import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { schemaFromJsonSchemaProps } from './from-json-schema.ts';

describe('schemas of definitions', () => {
  it('are read with the names of the project', () => {
    const rules = [{ rule: 'self.size() > 0', message: 'must not be empty' }];
    const props = {
      type: 'object',
      description: 'd',
      required: ['a'],
      'x-kubernetes-map-type': 'atomic',
      'x-kubernetes-validations': rules,
      properties: {
        a: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: { type: 'object', properties: { k: { type: 'string' } } },
        },
        b: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }], default: 3 },
        c: { type: 'object', additionalProperties: { type: 'string', nullable: true } },
        d: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
        e: { type: 'object', additionalProperties: false },
        f: { type: 'integer', minimum: 1, not: { maximum: 3 } },
      },
    };
    assert.deepEqual(schemaFromJsonSchemaProps(props), {
      type: 'object',
      description: 'd',
      required: ['a'],
      mapType: 'atomic',
      rules,
      properties: {
        a: { type: 'array', listType: 'map', listMapKeys: ['k'], items: { type: 'object', properties: { k: { type: 'string' } } } },
        b: { intOrString: true, anyOf: [{ type: 'integer' }, { type: 'string' }], default: 3 },
        c: { type: 'object', additionalProperties: { type: 'string', nullable: true } },
        d: { type: 'object', embeddedResource: true, preserveUnknownFields: true },
        e: { type: 'object', additionalProperties: false },
        f: { type: 'integer', minimum: 1, not: { maximum: 3 } },
      },
    });
  });
  it('are the same for the same object, so that what was compiled is found again', () => {
    const props = { type: 'object' };
    assert.equal(schemaFromJsonSchemaProps(props), schemaFromJsonSchemaProps(props));
  });
  it('may hold anything', () =>
    assert.deepEqual(
      schemaFromJsonSchemaProps({ type: null, items: [1], properties: { a: 5, b: null }, allOf: [1, { minimum: 1 }], $ref: 'x', additionalProperties: 7 }),
      {
        properties: {},
        allOf: [{ minimum: 1 }],
        additionalProperties: false,
      },
    ));
});
