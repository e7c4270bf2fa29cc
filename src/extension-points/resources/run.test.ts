import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../api/object.ts';
import { fieldErrorText } from '../../api/status.ts';
import type { ResourceDefinition, WriteContext } from './contract.ts';
import { validateWrite } from './run.ts';

const definition = (needsFinalizerDomains: boolean): ResourceDefinition => ({
  group: '',
  resource: 'things',
  singular: 'thing',
  kind: 'Thing',
  namespaced: true,
  versions: [],
  schemas: { get: () => undefined },
  storageVersion: 'v1',
  needsFinalizerDomains,
});
const context = { operation: 'CREATE', subresource: '' } as WriteContext;
const thing = (metadata: object): UntypedObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'a', namespace: 'default', resourceVersion: '1', ...metadata },
});
const domainless = 'metadata.finalizers[0]: Invalid value: "noslash": name is neither a standard finalizer name nor is it fully qualified';

const finalizers = [
  {
    name: 'of a built-in kind must name a domain',
    kept: [],
    given: ['noslash', 'example.com/a', 'kubernetes', 'orphan'],
    isBuiltIn: true,
    errors: [domainless],
  },
  { name: 'of a built-in kind may stay', kept: ['noslash'], given: ['noslash'], isBuiltIn: true, errors: [] },
  { name: 'of a custom kind need no domain', kept: [], given: ['noslash'], isBuiltIn: false, errors: [] },
];

describe('the rules of a write', () => {
  it('stop looking when an object has more faults than anyone reads', () => {
    const labels = Object.fromEntries(Array.from({ length: 150_000 }, (_, index) => [`l${index}!`, 'x']));
    assert.equal(validateWrite(definition(true), thing({ labels }), undefined, context).length, 10_000);
  });

  for (const { name, kept, given, isBuiltIn, errors } of finalizers) {
    it(`know that finalizers ${name}`, () => {
      const old = kept.length > 0 ? thing({ finalizers: kept }) : undefined;
      assert.deepEqual(validateWrite(definition(isBuiltIn), thing({ finalizers: given }), old, context).map(fieldErrorText), errors);
    });
  }
});
