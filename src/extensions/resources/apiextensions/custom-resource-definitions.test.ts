import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { cells, context, definitionOf, named, texts } from '../testing/kinds.ts';

describe('columns', () => {
  const wanted: Record<string, string[]> = {
    customresourcedefinitions: ['Name', 'Created At'],
  };
  for (const [resource, names] of Object.entries(wanted))
    it(`of ${resource} are upstream's`, () => assert.deepEqual(Object.keys(cells(resource, named('x', {}))), names));
});

describe('defaults', () => {
  it('fill the names of a custom resource definition', () => {
    const draft = named('as.b.io', { spec: { scope: 'Cluster', names: { plural: 'as', kind: 'Aa' } } });
    definitionOf('customresourcedefinitions').applyDefaults?.(draft, 'v1');
    assert.deepEqual(draft['spec'], {
      scope: 'Cluster',
      names: { plural: 'as', kind: 'Aa', singular: 'aa', listKind: 'AaList' },
      conversion: { strategy: 'None' },
    });
  });
});

describe('validation', () => {
  const definition = (name: string): UntypedObject =>
    named(name, {
      spec: {
        group: 'b.io',
        scope: 'Cluster',
        names: { plural: 'as', singular: 'a', kind: 'A', listKind: 'AList' },
        conversion: { strategy: 'None' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
      status: { storedVersions: ['v1'] },
    });
  it('accepts a custom resource definition', () => assert.deepEqual(texts('customresourcedefinitions', definition('as.b.io')), []));
  it('wants plural.group as the name', () =>
    assert.deepEqual(texts('customresourcedefinitions', definition('as.c.io')), [
      'metadata.name: Invalid value: "as.c.io": must be spec.names.plural+"."+spec.group',
    ]));
  it('of a new definition is not repeated for a changed one', () => {
    const { validate } = definitionOf('customresourcedefinitions');
    assert.deepEqual(validate?.(definition('as.c.io'), context({ operation: 'UPDATE' })), []);
  });
});

describe('warnings', () => {
  const withFormat = (format: string): UntypedObject => {
    const schema = { type: 'object', properties: { spec: { type: 'string', format } } };
    return named('as.b.io', { spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema: schema } }] } });
  };
  const warningsOf = (object: UntypedObject, old?: UntypedObject): readonly string[] | undefined =>
    definitionOf('customresourcedefinitions').warnings?.(object, old);
  it('name formats that mean nothing', () => assert.deepEqual(warningsOf(withFormat('colour')), ['unrecognized format "colour"']));
  it('leave known formats alone', () => assert.deepEqual(warningsOf(withFormat('date-time')), []));
  it('are given once', () => assert.deepEqual(warningsOf(withFormat('colour'), withFormat('colour')), []));
});
