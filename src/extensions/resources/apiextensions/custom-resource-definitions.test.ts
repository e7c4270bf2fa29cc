import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { cells, definitionOf, named, texts } from '../testing/kinds.ts';

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
  const versions = (...storage: boolean[]): unknown[] =>
    storage.map((isStored, index) => ({ name: `v${index + 1}`, served: true, storage: isStored, schema: { openAPIV3Schema: { type: 'object' } } }));
  const definition = (name: string, more: Record<string, unknown> = {}): UntypedObject =>
    named(name, {
      spec: {
        group: 'b.io',
        scope: 'Cluster',
        names: { plural: 'as', singular: 'a', kind: 'A', listKind: 'AList' },
        conversion: { strategy: 'None' },
        versions: versions(true),
        ...more,
      },
    });
  const cases: { name: string; resource: string; object: UntypedObject; want: (string | RegExp)[] }[] = [
    { name: 'accepts a custom resource definition', resource: 'customresourcedefinitions', object: definition('as.b.io'), want: [] },
    {
      name: 'wants plural.group as the name',
      resource: 'customresourcedefinitions',
      object: definition('as.c.io'),
      want: ['metadata.name: Invalid value: "as.c.io": must be spec.names.plural+"."+spec.group'],
    },
    {
      name: 'wants one storage version',
      resource: 'customresourcedefinitions',
      object: definition('as.b.io', { versions: versions(true, true) }),
      want: [/^spec\.versions: Invalid value: .*: must have exactly one version marked as storage version$/],
    },
  ];
  for (const { name, resource, object, want } of cases) {
    it(name, () => {
      const found = texts(resource, object);
      assert.equal(found.length, want.length, found.join('\n'));
      for (const [index, text] of want.entries()) typeof text === 'string' ? assert.equal(found[index], text) : assert.match(found[index] ?? '', text);
    });
  }
});
