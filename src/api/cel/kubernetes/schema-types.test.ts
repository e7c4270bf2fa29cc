import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema } from '../../schema.ts';
import { check } from '../compile.ts';
import { formatType } from '../types.ts';
import { Double, EvaluationError, List, NativeMap, ObjectValue } from '../values.ts';
import { kubernetesEnvironment } from './environment.ts';
import { type DeclaredType, declareType } from './schema-types.ts';

const text: Schema = { type: 'string' };

function declare(schema: Schema, isRoot?: boolean): DeclaredType {
  const declared = declareType(schema, isRoot);
  assert.ok(declared);
  return declared;
}

describe('the type of a schema', () => {
  const types: readonly (readonly [string, Schema, string])[] = [
    ['a string', text, 'string'],
    ['an integer', { type: 'integer', format: 'int32' }, 'int'],
    ['a number', { type: 'number' }, 'double'],
    ['a boolean', { type: 'boolean' }, 'bool'],
    ['bytes', { type: 'string', format: 'byte' }, 'bytes'],
    ['a date', { type: 'string', format: 'date' }, 'timestamp'],
    ['a time', { type: 'string', format: 'date-time' }, 'timestamp'],
    ['a duration', { type: 'string', format: 'duration' }, 'duration'],
    ['another format', { type: 'string', format: 'uuid' }, 'string'],
    ['an int or string', { intOrString: true }, 'dyn'],
    ['a list', { type: 'array', items: { type: 'integer' } }, 'list(int)'],
    ['a map', { type: 'object', additionalProperties: { type: 'array', items: text } }, 'map(string, list(string))'],
  ];
  for (const [name, schema, type] of types)
    it(`${name} is ${type}`, () => assert.match(formatType(declare(schema).type).toLowerCase(), new RegExp(type.replace(/[()]/g, '\\$&'))));

  const hidden: readonly (readonly [string, Schema])[] = [
    ['of no type', { preserveUnknownFields: true }],
    ['a list of such', { type: 'array', items: { preserveUnknownFields: true } }],
    ['a map of such', { type: 'object', additionalProperties: { preserveUnknownFields: true } }],
    ['a list of unknown items', { type: 'array' }],
  ];
  for (const [name, schema] of hidden) it(`${name} cannot be seen`, () => assert.equal(declareType(schema), undefined));

  it('is made once', () => {
    const schema: Schema = { type: 'object', properties: { a: text } };
    assert.equal(declareType(schema), declareType(schema));
    assert.notEqual(declareType(schema), declareType(schema, true));
  });

  it('of a resource has its kind and name whatever the schema says', () => {
    const root = declare({ type: 'object', properties: { spec: text } }, true);
    assert.deepEqual([...root.fields!.keys()].sort(), ['apiVersion', 'kind', 'metadata', 'spec']);
    assert.deepEqual([...root.fields!.get('metadata')!.fields!.keys()].sort(), ['generateName', 'name']);
  });

  it('has no fields that the schema only preserves', () => {
    const self = declare({ type: 'object', preserveUnknownFields: true, properties: { a: text } });
    const outcome = check('self.b == 1', kubernetesEnvironment().extend({ variables: { self: self.type } }));
    assert.equal(outcome.kind === 'rejected' && outcome.message, "ERROR: <input>:1:5: undefined field 'b'\n | self.b == 1\n | ....^");
  });
});

describe('values of a schema', () => {
  it('wrap the JSON, and convert what is read', () => {
    const json = Object.freeze({ list: Object.freeze([1, 2]), map: Object.freeze({ a: 1.5 }) });
    const schema: Schema = {
      type: 'object',
      properties: { list: { type: 'array', items: { type: 'integer' } }, map: { type: 'object', additionalProperties: { type: 'number' } } },
    };
    const self = declare(schema);
    const value = self.convert(json);
    assert.ok(value instanceof ObjectValue && value.native === json);
    const list = self.fields!.get('list')!.convert(json.list);
    assert.ok(list instanceof List && list.items === json.list);
    const map = self.fields!.get('map')!.convert(json.map);
    assert.ok(map instanceof NativeMap && map.native === json.map);
    assert.deepEqual(map.get('a'), new Double(1.5));
  });

  it('that are not of the schema are errors when they are read', () => {
    const { convert } = declare({ type: 'integer' });
    assert.throws(() => convert('x'), new EvaluationError('invalid data, expected int, got string'));
    assert.throws(() => convert(null), new EvaluationError('invalid data, got null for schema with nullable=false'));
    assert.equal(declare({ type: 'integer', nullable: true }).convert(null), null);
  });
});
