import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtInSchemas } from '../../../api/built-in-schemas.ts';
import { catalogue } from '../../../api/catalogue.ts';
import { compareVersions } from '../../../api/version-order.ts';
import { catalogueDefinitions } from './definitions-for-tests.ts';
import { createDiscovery, discoveryForm, storageVersionHash } from './discovery.ts';

const discovery = createDiscovery(catalogueDefinitions());
const custom = (group: string, versions: string[]) => ({
  group,
  resource: 'widgets',
  singular: 'widget',
  kind: 'Widget',
  namespaced: true,
  storageVersion: 'v1',
  schemas: builtInSchemas,
  versions: versions.map((name) => ({ name, served: name !== 'v1alpha1' })),
});

describe('discovery', () => {
  it('lists groups in the order of the catalogue', () => {
    const groups = [...new Set(catalogue.map(({ group }) => group))].filter((group) => group !== '');
    assert.deepEqual(
      discovery.groups().groups.map(({ name }) => name),
      groups,
    );
  });
  it('prefers the newest stable version', () =>
    assert.deepEqual(discovery.group('autoscaling'), {
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'autoscaling',
      versions: [
        { groupVersion: 'autoscaling/v2', version: 'v2' },
        { groupVersion: 'autoscaling/v1', version: 'v1' },
      ],
      preferredVersion: { groupVersion: 'autoscaling/v2', version: 'v2' },
    }));
  it('describes a resource and its sub-resources', () => {
    const { resources } = discovery.resources('', 'v1')!;
    const named = (name: string) => resources.find((resource) => resource.name === name);
    assert.deepEqual(named('pods'), {
      name: 'pods',
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['po'],
      categories: ['all'],
      storageVersionHash: 'xPOwRZ+Yhw8=',
    });
    assert.deepEqual(named('pods/eviction'), {
      name: 'pods/eviction',
      singularName: '',
      namespaced: true,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    });
    assert.deepEqual(named('pods/exec'), { name: 'pods/exec', singularName: '', namespaced: true, kind: 'PodExecOptions', verbs: ['create', 'get'] });
    assert.deepEqual(named('pods/proxy')!.verbs, ['create', 'delete', 'get', 'patch', 'update']);
    assert.deepEqual(named('replicationcontrollers/scale'), {
      name: 'replicationcontrollers/scale',
      singularName: '',
      namespaced: true,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
    assert.deepEqual(named('namespaces/finalize')!.verbs, ['update']);
    assert.equal(named('bindings')!.storageVersionHash, undefined);
    assert.deepEqual(
      resources.map(({ name }) => name),
      resources.map(({ name }) => name).sort(),
    );
  });
  it("knows upstream's hash of a storage version", () => assert.equal(storageVersionHash('', 'v1', 'Pod'), 'xPOwRZ+Yhw8='));
  it('answers nothing for what is not served', () => assert.deepEqual([discovery.resources('apps', 'v9'), discovery.group('nope')], [undefined, undefined]));
  it('aggregates core and groups apart, with a tag that stands for the content', () => {
    const core = discovery.aggregated('core', 'v2');
    const list = JSON.parse(core.body.toString()) as {
      apiVersion: string;
      items: { versions: { resources: { resource: string; subresources?: { subresource: string }[] }[] }[] }[];
    };
    assert.equal(list.apiVersion, 'apidiscovery.k8s.io/v2');
    assert.equal(list.items.length, 1);
    assert.deepEqual(
      list.items[0]!.versions[0]!.resources.find(({ resource }) => resource === 'services')!.subresources!.map(({ subresource }) => subresource),
      ['proxy', 'status'],
    );
    assert.equal(core.contentType, 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    assert.equal(core.etag, createDiscovery(catalogueDefinitions()).aggregated('core', 'v2').etag);
    assert.notEqual(core.etag, discovery.aggregated('groups', 'v2').etag);
    assert.match(discovery.aggregated('groups', 'v2beta1').body.toString(), /"apiVersion":"apidiscovery.k8s.io\/v2beta1"/);
  });
  it('puts custom and remote groups behind the built-in ones, and leaves out what is not served', () => {
    const remote = {
      discovery: { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', freshness: 'Stale' as const, resources: [] }] },
      priority: 100,
    };
    const extended = createDiscovery(
      [...catalogueDefinitions(), custom('b.example.com', ['v1', 'v1alpha1', 'v2beta1']), custom('a.example.com', ['v1'])],
      [remote],
    );
    assert.deepEqual(
      extended
        .groups()
        .groups.slice(-3)
        .map(({ name, versions }) => [name, ...versions.map(({ version }) => version)]),
      [
        ['a.example.com', 'v1'],
        ['b.example.com', 'v1', 'v2beta1'],
        ['metrics.k8s.io', 'v1beta1'],
      ],
    );
    assert.match(extended.aggregated('groups', 'v2').body.toString(), /"freshness":"Stale"/);
    assert.equal(extended.resources('b.example.com', 'v1alpha1'), undefined);
  });
  it('tells clients where the server is', () =>
    assert.deepEqual(discovery.legacyVersions('10.0.0.1:6443'), {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.0.0.1:6443' }],
    }));
});

describe('version order', () => {
  it("is Kubernetes' own", () => {
    const versions = ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11alpha2', 'foo1', 'foo10'];
    assert.deepEqual([...versions].reverse().sort(compareVersions), versions);
  });
});

describe('the form of discovery a client asks for', () => {
  const cases: readonly (readonly [accept: string | undefined, form: string])[] = [
    [
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
      'v2',
    ],
    ['application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json', 'v2beta1'],
    ['application/json', 'unaggregated'],
    [undefined, 'unaggregated'],
    ['*/*', 'unaggregated'],
    ['application/json;as=APIGroupDiscoveryList;v=v3;g=apidiscovery.k8s.io', 'unaggregated'],
  ];
  for (const [accept, form] of cases) it(`${accept?.slice(0, 60) ?? 'nothing'} -> ${form}`, () => assert.equal(discoveryForm(accept), form));
});
