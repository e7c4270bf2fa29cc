import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterRole, PolicyRule } from '../../api/generated/rbac-v1.ts';
import { aggregateClusterRole } from './aggregate-cluster-role.ts';
import { ruleAllows, ruleText, uncoveredRules } from './policy-rules.ts';

const user = { name: 'ann', groups: [] };

describe('a rule', () => {
  const rule = (given: Partial<PolicyRule>): PolicyRule => ({ verbs: ['get'], apiGroups: [''], resources: ['pods'], ...given });
  const cases = [
    { name: 'the verb, group and resource it names', rule: rule({}), wants: true },
    { name: 'nothing of another group', rule: rule({ apiGroups: ['apps'] }), wants: false },
    { name: 'not a sub-resource it does not name', rule: rule({}), subresource: 'log', wants: false },
    { name: 'a sub-resource it names', rule: rule({ resources: ['pods/log'] }), subresource: 'log', wants: true },
    { name: 'a sub-resource of any resource', rule: rule({ resources: ['*/log'] }), subresource: 'log', wants: true },
    { name: 'everything by wildcards', rule: rule({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }), subresource: 'log', wants: true },
    { name: 'the object it names', rule: rule({ resourceNames: ['web'] }), resourceName: 'web', wants: true },
    { name: 'no other object', rule: rule({ resourceNames: ['web'] }), resourceName: 'db', wants: false },
    { name: 'no list when it names objects', rule: rule({ resourceNames: ['web'] }), resourceName: '', wants: false },
    { name: 'no resource by a URL', rule: { verbs: ['*'], nonResourceURLs: ['*'] }, wants: false },
  ];
  for (const { name, rule: given, subresource = '', resourceName = 'x', wants } of cases) {
    it(`allows ${name}`, () => {
      const resource = { group: '', version: 'v1', resource: 'pods', subresource, namespace: 'default', name: resourceName };
      assert.equal(ruleAllows(given, { user, verb: 'get', path: '', resource }), wants);
    });
  }

  for (const { url, path, wants } of [
    { url: '/metrics', path: '/metrics', wants: true },
    { url: '/metrics', path: '/metrics/slis', wants: false },
    { url: '/healthz/*', path: '/healthz/etcd', wants: true },
    { url: '*', path: '/', wants: true },
  ]) {
    it(`for ${url} ${wants ? 'allows' : 'does not allow'} ${path}`, () =>
      assert.equal(ruleAllows({ verbs: ['get'], nonResourceURLs: [url] }, { user, verb: 'get', path }), wants));
  }
});

describe('what rules do not cover', () => {
  const owned: PolicyRule[] = [
    { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] },
    { verbs: ['*'], apiGroups: ['apps'], resources: ['*/scale'] },
    { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'] },
    { verbs: ['get'], nonResourceURLs: ['/api/*'] },
  ];
  const cases: { name: string; wanted: PolicyRule; missing: PolicyRule[] }[] = [
    { name: 'is nothing when all is held', wanted: { verbs: ['list', 'get'], apiGroups: [''], resources: ['pods'] }, missing: [] },
    {
      name: 'is joined by verb',
      wanted: { verbs: ['get', 'create', 'delete'], apiGroups: [''], resources: ['pods'] },
      missing: [{ verbs: ['create', 'delete'], apiGroups: [''], resources: ['pods'] }],
    },
    { name: 'is not a sub-resource held for all resources', wanted: { verbs: ['update'], apiGroups: ['apps'], resources: ['deployments/scale'] }, missing: [] },
    {
      name: 'is every object when some are held',
      wanted: { verbs: ['get'], apiGroups: [''], resources: ['secrets'] },
      missing: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }],
    },
    {
      name: 'is not an object that is held',
      wanted: { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['b', 'c'] },
      missing: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['c'] }],
    },
    {
      name: 'is a path outside the prefix',
      wanted: { verbs: ['get'], nonResourceURLs: ['/api/v1', '/metrics'] },
      missing: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }],
    },
    {
      name: 'is the wildcard itself',
      wanted: { verbs: ['*'], apiGroups: [''], resources: ['pods'] },
      missing: [{ verbs: ['*'], apiGroups: [''], resources: ['pods'] }],
    },
  ];
  for (const { name, wanted, missing } of cases) it(name, () => assert.deepEqual(uncoveredRules(owned, [wanted]), missing));

  it('is shown on one line', () => {
    assert.equal(
      ruleText({ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] }),
      '{APIGroups:[""], Resources:["pods"], ResourceNames:["a"], Verbs:["get" "list"]}',
    );
  });
});

describe('an aggregated role', () => {
  const labelled = (name: string, label: string, rules: PolicyRule[]): ClusterRole => ({ metadata: { name, labels: { [label]: 'true' } }, rules });
  const pods: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
  const nodes: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['nodes'] };
  const role: ClusterRole = {
    metadata: { name: 'sum', labels: { part: 'true' } },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'true' } }] },
    rules: [],
  };

  it('holds each rule of the roles it selects once, by name, without its own', () => {
    const roles = [role, labelled('b', 'part', [nodes, pods]), labelled('a', 'part', [pods]), labelled('c', 'other', [{ ...pods, verbs: ['list'] }])];
    assert.deepEqual(aggregateClusterRole(role, roles), [pods, nodes]);
  });

  it('stays as it is when it already holds them', () =>
    assert.equal(aggregateClusterRole({ ...role, rules: [pods] }, [labelled('a', 'part', [pods])]), undefined));
  it('is nothing for a role without aggregation rule', () => assert.equal(aggregateClusterRole({ metadata: { name: 'x' } }, []), undefined));
});
