import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtInSchemas, kindSchema } from './built-in-schemas.ts';
import type { Schema, SchemaSet } from './schema.ts';
import type { ProcessResult } from './schema-processor.ts';
import { compileSchema } from './schema-processor.ts';
import { fieldErrorText } from './status.ts';

const pod = compileSchema(kindSchema({ group: '', version: 'v1', kind: 'Pod' })!, builtInSchemas);
const decode = (draft: object, kind = pod): ProcessResult => kind.process(draft, { prune: true, applyDefaults: true, dialect: 'built-in' });
const kind = (group: string, version: string, name: string) => compileSchema(kindSchema({ group, version, kind: name })!, builtInSchemas);

describe('drafts of built-in kinds', () => {
  it('drops unknown fields and names them', () => {
    const draft = { apiVersion: 'v1', kind: 'Pod', spec: { foo: 1, containers: [{ name: 'a', bar: 2, env: [{ name: 'x', baz: 1 }] }] }, extra: true };
    assert.deepEqual(decode(draft), { unknownFields: ['spec.foo', 'spec.containers[0].bar', 'spec.containers[0].env[0].baz', 'extra'], errors: [] });
    assert.deepEqual(draft, { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'a', env: [{ name: 'x' }] }] } });
  });
  it('keeps unknown fields when not asked to prune', () => {
    const draft = { spec: { foo: 1 } };
    assert.deepEqual(pod.process(draft, { prune: false, applyDefaults: false, dialect: 'built-in' }).unknownFields, ['spec.foo']);
    assert.deepEqual(draft, { spec: { foo: 1 } });
  });
  it('takes null for absence', () => {
    const draft = { metadata: { creationTimestamp: null, labels: { a: null } }, spec: { nodeName: null, containers: null, affinity: null } };
    decode(draft);
    assert.deepEqual(draft, { metadata: { labels: { a: '' } }, spec: {} });
  });
  it('fills the defaults that the facts hold', () => {
    const draft = { spec: { containers: [{ name: 'a', ports: [{ containerPort: 80 }], livenessProbe: { grpc: { port: 1 } } }] } };
    decode(draft);
    assert.deepEqual(draft.spec.containers[0], {
      name: 'a',
      ports: [{ containerPort: 80, protocol: 'TCP' }],
      livenessProbe: { grpc: { port: 1, service: '' } },
    });
  });
  it('keeps quantities as text and times in UTC', () => {
    const draft = {
      metadata: { deletionTimestamp: '2026-01-01T02:00:00.5+02:00' },
      spec: { containers: [{ resources: { limits: { cpu: 1.5, memory: ' 1Gi ', 'x.y/z': 2 } } }] },
    };
    assert.equal(decode(draft).decodeError, undefined);
    assert.deepEqual(draft, {
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      spec: { containers: [{ resources: { limits: { cpu: '1.5', memory: '1Gi', 'x.y/z': '2' } } }] },
    });
  });
  it('leaves missing fields and wrong enum values to the domain', () =>
    assert.deepEqual(decode({ spec: { restartPolicy: 'Sometimes' } }), { unknownFields: [], errors: [] }));
  it('keeps free-form values', () => {
    const revision = kind('apps', 'v1', 'ControllerRevision');
    const draft = { data: { a: { b: [null, 1] } }, revision: 1 };
    assert.deepEqual(decode(draft, revision), { unknownFields: [], errors: [] });
    assert.deepEqual(draft, { data: { a: { b: [null, 1] } }, revision: 1 });
  });
  it('reads schemas of custom resource definitions, which refer to themselves', () => {
    const draft = {
      spec: {
        group: 'g',
        versions: [
          {
            name: 'v1',
            schema: { openAPIV3Schema: { type: 'object', properties: { a: { type: 'array', items: { type: 'string', wrong: 1 }, default: [] } }, wrong: 1 } },
          },
        ],
      },
    };
    assert.deepEqual(decode(draft, kind('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')).unknownFields, [
      'spec.versions[0].schema.openAPIV3Schema.wrong',
    ]);
  });
  it('does not take inherited names for fields', () =>
    assert.deepEqual(decode({ spec: JSON.parse('{"constructor":1,"__proto__":2}') }).unknownFields, ['spec.constructor', 'spec.__proto__']));

  const deep = (depth: number): object => JSON.parse(`${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`);
  const problems: readonly { name: string; draft: object; kind?: ReturnType<typeof kind>; decodeError: string }[] = [
    {
      name: 'text for a list',
      draft: { spec: { containers: 'x' } },
      decodeError: 'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container',
    },
    {
      name: 'a number for text, in a list',
      draft: { spec: { containers: [{ image: 5 }] } },
      decodeError: 'json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string',
    },
    {
      name: 'a number for a label',
      draft: { metadata: { labels: { a: 1 } } },
      decodeError: 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    },
    {
      name: 'a fraction for an integer',
      draft: { spec: { replicas: 1.5 } },
      kind: kind('apps', 'v1', 'Deployment'),
      decodeError: 'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    },
    {
      name: 'an integer past 32 bits',
      draft: { spec: { replicas: 3e9 } },
      kind: kind('apps', 'v1', 'Deployment'),
      decodeError: 'json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
    },
    {
      name: 'text for a boolean',
      draft: { spec: { hostNetwork: 'yes' } },
      decodeError: 'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
    },
    { name: 'a list for an object', draft: { spec: [] }, decodeError: 'json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec' },
    {
      name: 'a boolean for a named type',
      draft: { spec: { dnsPolicy: true } },
      decodeError: 'json: cannot unmarshal bool into Go struct field PodSpec.spec.dnsPolicy of type v1.DNSPolicy',
    },
    {
      name: 'what is no quantity',
      draft: { spec: { containers: [{ resources: { limits: { cpu: '1 core' } } }] } },
      decodeError: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    },
    {
      name: 'what is no time',
      draft: { metadata: { creationTimestamp: 'today' } },
      decodeError: 'parsing time "today" as "2006-01-02T15:04:05Z07:00": cannot parse "today" as "2006"',
    },
    {
      name: 'a micro-time without its digits',
      draft: { spec: { renewTime: '2026-01-01T00:00:00Z' } },
      kind: kind('coordination.k8s.io', 'v1', 'Lease'),
      decodeError: 'parsing time "2026-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    },
    { name: 'what is no base64', draft: { data: { a: 'a$b=' } }, kind: kind('', 'v1', 'Secret'), decodeError: 'illegal base64 data at input byte 1' },
    {
      name: 'a number for bytes',
      draft: { data: { a: 1 } },
      kind: kind('', 'v1', 'Secret'),
      decodeError: 'json: cannot unmarshal number into Go struct field Secret.data of type []uint8',
    },
    {
      name: 'a boolean for a number or text',
      draft: { spec: { ports: [{ targetPort: true }] } },
      kind: kind('', 'v1', 'Service'),
      decodeError: 'json: cannot unmarshal bool into Go value of type int32',
    },
    {
      name: 'an object that nests without end',
      draft: { spec: { versions: [{ schema: { openAPIV3Schema: deep(3000) } }] } },
      kind: kind('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition'),
      decodeError: 'exceeded max depth',
    },
  ];
  for (const { name, draft, kind: schema, decodeError } of problems) it(`refuses ${name}`, () => assert.equal(decode(draft, schema).decodeError, decodeError));
});

const none: SchemaSet = { get: () => undefined };
const validate = (schema: Schema, draft: object): { errors: string[]; unknownFields: readonly string[]; decodeError?: string } => {
  const { errors, unknownFields, decodeError } = compileSchema({ type: 'object', properties: { spec: schema } }, none).process(draft, {
    prune: true,
    applyDefaults: true,
    dialect: 'custom',
  });
  return { errors: errors.map(fieldErrorText), unknownFields, ...(decodeError === undefined ? {} : { decodeError }) };
};
const object = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({ type: 'object', properties, ...more });

describe('drafts of custom resources', () => {
  it('prunes, at any depth, but keeps type and metadata', () => {
    const draft = {
      apiVersion: 'g/v1',
      kind: 'K',
      metadata: { name: 'a', labels: { x: 'y' }, odd: 1 },
      spec: { a: 1, b: { c: 1 }, l: [{ x: 1, y: 2 }], m: { k: { x: 1, y: 2 } } },
      other: 1,
    };
    const item = object({ x: { type: 'integer' } });
    const schema = object({ a: { type: 'integer' }, l: { type: 'array', items: item }, m: { type: 'object', additionalProperties: item } });
    assert.deepEqual(validate(schema, draft), {
      errors: [],
      // Metadata first, the rest sorted, as upstream does.
      unknownFields: ['metadata.odd', 'other', 'spec.b', 'spec.l[0].y', 'spec.m.k.y'],
    });
    assert.deepEqual(draft, { apiVersion: 'g/v1', kind: 'K', metadata: { name: 'a', labels: { x: 'y' } }, spec: { a: 1, l: [{ x: 1 }], m: { k: { x: 1 } } } });
  });
  it('preserves unknown fields where the schema says so', () => {
    const draft = { spec: { a: { b: { c: null } }, d: { x: 1, y: 2 } } };
    assert.deepEqual(validate(object({ d: object({ x: { type: 'integer' } }) }, { preserveUnknownFields: true }), draft), {
      errors: [],
      unknownFields: ['spec.d.y'],
    });
    assert.deepEqual(draft, { spec: { a: { b: { c: null } }, d: { x: 1 } } });
  });
  it('fills defaults, nested and in place of null', () => {
    const draft: { spec: unknown } = { spec: { b: null, n: null } };
    const schema = object({
      a: object({ x: { type: 'integer', default: 1 } }, { default: {} }),
      b: { type: 'string', default: 'd' },
      n: { type: 'string', nullable: true },
      c: { type: 'string' },
    });
    assert.deepEqual(validate(schema, draft).errors, []);
    assert.deepEqual(draft, { spec: { a: { x: 1 }, b: 'd', n: null } });
    const again: { spec: { a?: object } } = { spec: {} };
    validate(schema, again);
    assert.notEqual(again.spec.a, (draft.spec as { a: object }).a);
  });
  it('reads metadata as built-in kinds do', () => {
    assert.equal(
      validate({}, { metadata: { labels: { a: 1 } } }).decodeError,
      'json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
    );
  });
  it('wants type and sound metadata of embedded resources', () => {
    const schema = object({}, { embeddedResource: true, preserveUnknownFields: true });
    assert.deepEqual(validate(schema, { spec: { kind: 'K', x: 1 } }).errors, ['spec.apiVersion: Required value']);
    assert.equal(
      validate(schema, { spec: { kind: 'K', metadata: { name: 1 } } }).decodeError,
      'spec.metadata: Invalid value: {"name":1}: json: cannot unmarshal number into Go struct field ObjectMeta.name of type string',
    );
  });
  it('refuses an object that nests without end', () => {
    const recursive: SchemaSet = { get: () => object({ a: { ref: 'x' } }) };
    const draft = JSON.parse(`${'{"a":'.repeat(5000)}{}${'}'.repeat(5000)}`) as object;
    assert.equal(
      compileSchema(object({ a: { ref: 'x' } }), recursive).process(draft, { prune: true, applyDefaults: false, dialect: 'custom' }).decodeError,
      'exceeded max depth',
    );
  });

  const values: readonly { name: string; schema: Schema; value: unknown; error: string }[] = [
    { name: 'type', schema: { type: 'integer' }, value: 'x', error: 'spec: Invalid value: "string": spec in body must be of type integer: "string"' },
    {
      name: 'int-or-string',
      schema: { intOrString: true },
      value: true,
      error: 'spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean"',
    },
    {
      name: 'null in a list',
      schema: { type: 'array', items: { type: 'string' } },
      value: [null],
      error: 'spec[0]: Invalid value: "null": spec[0] in body must be of type string: "null"',
    },
    { name: 'required', schema: object({ a: { type: 'string' } }, { required: ['a'] }), value: {}, error: 'spec.a: Required value' },
    { name: 'enum', schema: { type: 'string', enum: ['a', 'b'] }, value: 'c', error: 'spec: Unsupported value: "c": supported values: "a", "b"' },
    { name: 'minimum', schema: { type: 'integer', minimum: 1 }, value: 0, error: 'spec: Invalid value: 0: spec in body should be greater than or equal to 1' },
    {
      name: 'exclusive minimum',
      schema: { type: 'integer', minimum: 1, exclusiveMinimum: true },
      value: 1,
      error: 'spec: Invalid value: 1: spec in body should be greater than 1',
    },
    { name: 'maximum', schema: { type: 'number', maximum: 1 }, value: 1.5, error: 'spec: Invalid value: 1.5: spec in body should be less than or equal to 1' },
    {
      name: 'exclusive maximum',
      schema: { type: 'number', maximum: 1, exclusiveMaximum: true },
      value: 1,
      error: 'spec: Invalid value: 1: spec in body should be less than 1',
    },
    { name: 'multiple', schema: { type: 'integer', multipleOf: 3 }, value: 4, error: 'spec: Invalid value: 4: spec in body should be a multiple of 3' },
    { name: 'pattern', schema: { type: 'string', pattern: '^a+$' }, value: 'b', error: 'spec: Invalid value: "b": spec in body should match \'^a+$\'' },
    {
      name: 'minimum length',
      schema: { type: 'string', minLength: 2 },
      value: '\u{1F600}',
      error: 'spec: Invalid value: "\u{1F600}": spec in body should be at least 2 chars long',
    },
    { name: 'maximum length', schema: { type: 'string', maxLength: 2 }, value: 'abc', error: 'spec: Too long: may not be more than 2 bytes' },
    {
      name: 'minimum items',
      schema: { type: 'array', items: {}, minItems: 1 },
      value: [],
      error: 'spec: Invalid value: 0: spec in body should have at least 1 items',
    },
    { name: 'maximum items', schema: { type: 'array', items: {}, maxItems: 1 }, value: [1, 2], error: 'spec: Too many: 2: must have at most 1 item' },
    {
      name: 'maximum properties',
      schema: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 1 },
      value: { a: '', b: '' },
      error: 'spec: Too many: 2: must have at most 1 item',
    },
    {
      name: 'minimum properties',
      schema: { type: 'object', additionalProperties: { type: 'string' }, minProperties: 1 },
      value: {},
      error: 'spec: Invalid value: 0: spec in body should have at least 1 properties',
    },
    {
      name: 'format',
      schema: { type: 'string', format: 'date-time' },
      value: 'x',
      error: 'spec: Invalid value: "x": spec in body must be of type date-time: "x"',
    },
    { name: 'list set', schema: { type: 'array', items: { type: 'string' }, listType: 'set' }, value: ['a', 'b', 'a'], error: 'spec[2]: Duplicate value: "a"' },
    {
      name: 'list map',
      schema: { type: 'array', items: object({ k: { type: 'string' }, v: {} }), listType: 'map', listMapKeys: ['k'] },
      value: [
        { k: 'a', v: 1 },
        { v: 2, k: 'a' },
      ],
      error: 'spec[1]: Duplicate value: {"k":"a"}',
    },
    {
      name: 'not',
      schema: object({ a: {} }, { not: { required: ['a'] } }),
      value: { a: 1 },
      error: '<nil>: Invalid value: "": "spec" must not validate the schema (not)',
    },
    {
      name: 'one of two that both fit',
      schema: object({ a: {}, b: {} }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
      value: { a: 1, b: 1 },
      error: '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    },
  ];
  for (const { name, schema, value, error } of values) it(`checks: ${name}`, () => assert.deepEqual(validate(schema, { spec: value }).errors, [error]));

  it('tells why no alternative fits', () =>
    assert.deepEqual(validate(object({ a: {}, b: {} }, { anyOf: [{ required: ['a'] }, { required: ['b'] }] }), { spec: {} }).errors, [
      '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
      'spec.a: Required value',
    ]));
  it('accepts what fits', () => {
    const schema = object(
      {
        port: { intOrString: true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        mail: { type: 'string', format: 'email' },
        at: { type: 'string', format: 'duration' },
        amount: { type: 'number', multipleOf: 0.1 },
      },
      { oneOf: [{ required: ['port'] }, { required: ['other'] }] },
    );
    assert.deepEqual(validate(schema, { spec: { port: '80%', mail: 'a@b.c', at: '1h30m', amount: 0.3 } }), { errors: [], unknownFields: [] });
  });
  it('matches patterns in linear time', () =>
    assert.equal(validate({ type: 'string', pattern: '^(a+)+$' }, { spec: `${'a'.repeat(50_000)}!` }).errors.length, 1));
});
