import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../../../api/generated/apiextensions-v1.ts';
import { testResourceDefinition } from '../conformance.ts';
import { customResource } from './custom-resource.ts';

const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { image: { type: 'string' } } } } } };
const versionNamed = (name: string, more: Partial<CustomResourceDefinitionVersion> = {}): CustomResourceDefinitionVersion => ({
  name,
  served: true,
  storage: name === 'v1',
  schema,
  ...more,
});
const definitionOf = (more: Partial<CustomResourceDefinition['spec']> = {}, status: CustomResourceDefinition['status'] = {}): CustomResourceDefinition => ({
  metadata: { name: 'crontabs.stable.example.com', resourceVersion: '7' },
  spec: {
    group: 'stable.example.com',
    scope: 'Namespaced',
    names: { plural: 'crontabs', singular: 'crontab', kind: 'CronTab', listKind: 'CronTabList', shortNames: ['ct'] },
    versions: [versionNamed('v1', { subresources: { status: {} } })],
    ...more,
  },
  status,
});
const parts = {
  resolveService: (): never => {
    throw new Error('no services here');
  },
};
const versions = [
  versionNamed('foo'),
  versionNamed('v1beta1', { deprecated: true, selectableFields: [{ jsonPath: '.spec.image' }] }),
  versionNamed('v1', { additionalPrinterColumns: [{ name: 'Image', type: 'string', jsonPath: '.spec.image' }] }),
  versionNamed('v2alpha1'),
];

testResourceDefinition(() => customResource(definitionOf({ versions }), parts).definition, {
  apiVersion: 'stable.example.com/v1',
  kind: 'CronTab',
  metadata: { name: 'a', namespace: 'default' },
  spec: { image: 'x' },
});

describe('customResource', () => {
  it('orders versions as Kubernetes does, and stores in the one that says so', () => {
    const { definition } = customResource(definitionOf({ versions }), parts);
    assert.deepEqual(
      definition.versions.map(({ name }) => name),
      ['v1', 'v1beta1', 'v2alpha1', 'foo'],
    );
    assert.equal(definition.storageVersion, 'v1');
    assert.equal(definition.shapedSince, 7);
  });

  it('is served under the names that were accepted', () => {
    const acceptedNames = { plural: 'crontabs', singular: 'crontab', kind: 'CronTab', listKind: 'CronTabList' };
    const { definition } = customResource(definitionOf({}, { acceptedNames }), parts);
    assert.equal(definition.shortNames, undefined);
  });

  it('warns of a deprecated version, and names a better one if there is one', () => {
    const warning = (list: CustomResourceDefinitionVersion[]): unknown =>
      customResource(definitionOf({ versions: list }), parts).definition.versions.find(({ name }) => name === 'v1beta1')?.deprecationWarning;
    assert.equal(warning(versions), 'stable.example.com/v1beta1 CronTab is deprecated; use stable.example.com/v1 CronTab');
    assert.equal(
      warning([versionNamed('v1beta1', { deprecated: true }), versionNamed('v1', { served: false })]),
      'stable.example.com/v1beta1 CronTab is deprecated',
    );
    assert.equal(warning([versionNamed('v1beta1', { deprecated: true, deprecationWarning: 'gone soon' }), versionNamed('v1')]), 'gone soon');
  });

  it('tells watches when it is over, and refuses creates before that', () => {
    const resource = customResource(definitionOf(), parts);
    assert.equal(resource.definition.refusesCreate, undefined);
    resource.terminate();
    assert.equal(resource.definition.refusesCreate, 'create not allowed while custom resource definition is terminating');
    assert.equal(resource.definition.retired?.aborted, false);
    resource[Symbol.dispose]();
    assert.equal(resource.definition.retired?.aborted, true);
  });

  it('reads schemas and columns only when they are asked for', () => {
    const hidden = {
      get openAPIV3Schema(): never {
        throw new Error('read too early');
      },
    };
    const { definition } = customResource(definitionOf({ versions: [versionNamed('v1', { schema: hidden })] }), parts);
    assert.throws(() => definition.versions[0]!.schema, /read too early/);
  });
});
