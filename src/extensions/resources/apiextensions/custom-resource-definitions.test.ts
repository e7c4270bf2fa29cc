import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { fieldErrorText } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { builtInResources } from '../index.ts';

const definitions = builtInResources();
const definitionOf = (resource: string): ResourceDefinition => definitions.find((definition) => definition.resource === resource) ?? assert.fail(resource);
const context = (more: Partial<WriteContext> = {}): WriteContext =>
  ({ operation: 'CREATE', user: { name: 'alice', uid: 'u1', groups: ['dev'], extra: { scope: ['x'] } }, nowMs: 0, dryRun: false, version: 'v1', subresource: '', key: { name: 'x' }, ...more });
const named = (name: string, rest: Record<string, unknown>): UntypedObject => ({ metadata: { name }, ...rest });
const texts = (resource: string, object: UntypedObject): string[] => (definitionOf(resource).validate?.(object, context()) ?? []).map(fieldErrorText);
const cells = (resource: string, object: UntypedObject): Record<string, unknown> =>
  Object.fromEntries((definitionOf(resource).versions[0]?.columns ?? []).map(({ name, cell }) => [name, cell(object, 0)]));

describe('columns', () => {
  const wanted: Record<string, string[]> = {
    customresourcedefinitions: ['Name', 'Created At'],
  };
  for (const [resource, names] of Object.entries(wanted)) it(`of ${resource} are upstream's`, () => assert.deepEqual(Object.keys(cells(resource, named('x', {}))), names));

});

describe('defaults', () => {
  it('fill the names of a custom resource definition', () => {
    const draft = named('as.b.io', { spec: { scope: 'Cluster', names: { plural: 'as', kind: 'Aa' } } });
    definitionOf('customresourcedefinitions').applyDefaults?.(draft, 'v1');
    assert.deepEqual(draft['spec'], { scope: 'Cluster', names: { plural: 'as', kind: 'Aa', singular: 'aa', listKind: 'AaList' }, conversion: { strategy: 'None' } });
  });
});

describe('validation', () => {
  const versions = (...storage: boolean[]): unknown[] => storage.map((isStored, index) => ({ name: `v${index + 1}`, served: true, storage: isStored, schema: { openAPIV3Schema: { type: 'object' } } }));
  const definition = (name: string, more: Record<string, unknown> = {}): UntypedObject =>
    named(name, { spec: { group: 'b.io', scope: 'Cluster', names: { plural: 'as', singular: 'a', kind: 'A', listKind: 'AList' }, conversion: { strategy: 'None' }, versions: versions(true), ...more } });
  const cases: { name: string; resource: string; object: UntypedObject; want: (string | RegExp)[] }[] = [
    { name: 'accepts a custom resource definition', resource: 'customresourcedefinitions', object: definition('as.b.io'), want: [] },
    { name: 'wants plural.group as the name', resource: 'customresourcedefinitions', object: definition('as.c.io'), want: ['metadata.name: Invalid value: "as.c.io": must be spec.names.plural+"."+spec.group'] },
    { name: 'wants one storage version', resource: 'customresourcedefinitions', object: definition('as.b.io', { versions: versions(true, true) }), want: [/^spec\.versions: Invalid value: .*: must have exactly one version marked as storage version$/] },
  ];
  for (const { name, resource, object, want } of cases) {
    it(name, () => {
      const found = texts(resource, object);
      assert.equal(found.length, want.length, found.join('\n'));
      for (const [index, text] of want.entries()) typeof text === 'string' ? assert.equal(found[index], text) : assert.match(found[index] ?? '', text);
    });
  }
});
