import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Subject } from '../../../api/generated/rbac-v1.ts';
import { clusterrolebindings, clusterroles, rolebindings, roles } from '../../../api/generated/resource-types.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import { authorizerConformance } from '../../../extension-points/authorization/conformance.ts';
import type { AuthorizationAttributes, AuthorizationDecision } from '../../../extension-points/authorization/contract.ts';
import { createRbacAuthorizer } from './rbac.ts';

const signal = new AbortController().signal;
const person = (name: string, ...groups: string[]): UserInfo => ({ name, groups });
const ann = person('ann', 'staff');
const clusterRole = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name });
const to = (...subjects: Subject[]): { subjects: Subject[] } => ({ subjects });

function attempt(user: UserInfo, verb: string, resource: string, namespace = 'default'): AuthorizationAttributes {
  const [main = '', subresource = ''] = resource.split('/');
  return { user, verb, path: '', resource: { group: '', version: 'v1', resource: main, subresource, namespace, name: 'x' } };
}

function world(): MemoryLookup {
  return new MemoryLookup()
    .put(clusterroles, {
      metadata: { name: 'reader' },
      rules: [
        { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'] },
        { verbs: ['get'], nonResourceURLs: ['/metrics'] },
      ],
    })
    .put(roles, { metadata: { name: 'editor', namespace: 'default' }, rules: [{ verbs: ['update'], apiGroups: [''], resources: ['pods'] }] })
    .put(clusterrolebindings, { metadata: { name: 'staff-reads' }, roleRef: clusterRole('reader'), ...to({ kind: 'Group', name: 'staff' }) })
    .put(rolebindings, {
      metadata: { name: 'ben-edits', namespace: 'default' },
      roleRef: { ...clusterRole('editor'), kind: 'Role' },
      ...to({ kind: 'User', name: 'ben' }, { kind: 'ServiceAccount', name: 'web' }),
    })
    .put(rolebindings, {
      metadata: { name: 'web-reads', namespace: 'other' },
      roleRef: clusterRole('reader'),
      ...to({ kind: 'ServiceAccount', name: 'web', namespace: 'default' }),
    })
    .put(rolebindings, { metadata: { name: 'dangling', namespace: 'default' }, roleRef: clusterRole('gone'), ...to({ kind: 'User', name: 'cid' }) });
}

const authorize = (attributes: AuthorizationAttributes, lookup = world()): AuthorizationDecision =>
  createRbacAuthorizer({ lookup }).authorize(attributes, signal) as AuthorizationDecision;
const web = person('system:serviceaccount:default:web');

describe('role-based access control', () => {
  const cases: { name: string; attributes: AuthorizationAttributes; want: AuthorizationDecision }[] = [
    {
      name: 'allows through a group, in any namespace',
      attributes: attempt(ann, 'list', 'pods', 'anywhere'),
      want: { kind: 'allow', reason: 'RBAC: allowed by ClusterRoleBinding "staff-reads" of ClusterRole "reader" to Group "staff"' },
    },
    {
      name: 'allows a sub-resource',
      attributes: attempt(ann, 'get', 'pods/log'),
      want: { kind: 'allow', reason: 'RBAC: allowed by ClusterRoleBinding "staff-reads" of ClusterRole "reader" to Group "staff"' },
    },
    {
      name: 'allows a path',
      attributes: { user: ann, verb: 'get', path: '/metrics' },
      want: { kind: 'allow', reason: 'RBAC: allowed by ClusterRoleBinding "staff-reads" of ClusterRole "reader" to Group "staff"' },
    },
    {
      name: 'allows through a role of the namespace',
      attributes: attempt(person('ben'), 'update', 'pods'),
      want: { kind: 'allow', reason: 'RBAC: allowed by RoleBinding "ben-edits/default" of Role "editor" to User "ben"' },
    },
    {
      name: "knows a service account without namespace as the binding's",
      attributes: attempt(web, 'update', 'pods'),
      want: { kind: 'allow', reason: 'RBAC: allowed by RoleBinding "ben-edits/default" of Role "editor" to ServiceAccount "web/"' },
    },
    {
      name: 'allows a cluster role within a namespace',
      attributes: attempt(web, 'get', 'pods', 'other'),
      want: { kind: 'allow', reason: 'RBAC: allowed by RoleBinding "web-reads/other" of ClusterRole "reader" to ServiceAccount "web/default"' },
    },
    { name: 'and only there', attributes: attempt(web, 'get', 'pods', 'third'), want: { kind: 'no-opinion', reason: '' } },
    {
      name: 'allows members of system:masters everything',
      attributes: attempt(person('root', 'system:masters'), 'delete', 'nodes', ''),
      want: { kind: 'allow', reason: '' },
    },
    {
      name: 'tells of a role that is missing',
      attributes: attempt(person('cid'), 'get', 'pods'),
      want: { kind: 'no-opinion', reason: 'RBAC: clusterroles.rbac.authorization.k8s.io "gone" not found' },
    },
    { name: 'has no opinion on strangers', attributes: attempt(person('dan'), 'get', 'pods'), want: { kind: 'no-opinion', reason: '' } },
  ];
  for (const { name, attributes, want } of cases) it(name, () => assert.deepEqual(authorize(attributes), want));

  it('follows changes of bindings and roles at once', () => {
    const lookup = world();
    const rbac = createRbacAuthorizer({ lookup });
    const may = (attributes: AuthorizationAttributes): string => (rbac.authorize(attributes, signal) as AuthorizationDecision).kind;
    lookup.put(clusterrolebindings, { metadata: { name: 'staff-reads' }, roleRef: clusterRole('reader'), ...to({ kind: 'User', name: 'dan' }) });
    assert.deepEqual([may(attempt(ann, 'get', 'pods')), may(attempt(person('dan'), 'get', 'pods'))], ['no-opinion', 'allow']);
    lookup.put(clusterroles, { metadata: { name: 'reader' }, rules: [] });
    assert.equal(may(attempt(person('dan'), 'get', 'pods')), 'no-opinion');
    lookup.remove(rolebindings, { namespace: 'default', name: 'ben-edits' });
    assert.equal(may(attempt(person('ben'), 'update', 'pods')), 'no-opinion');
  });

  it('stops listening when it is disposed of', async () => {
    const lookup = world();
    const rbac = createRbacAuthorizer({ lookup });
    await rbac[Symbol.asyncDispose]();
    lookup.remove(clusterrolebindings, { name: 'staff-reads' });
    assert.equal((rbac.authorize(attempt(ann, 'get', 'pods'), signal) as AuthorizationDecision).kind, 'allow');
  });

  it('lists the rules of a user in a namespace, incomplete when a role is missing', () => {
    const rbac = createRbacAuthorizer({ lookup: world() });
    assert.deepEqual(rbac.rulesFor(ann, 'default'), {
      resourceRules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'] }],
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }],
      incomplete: false,
    });
    assert.deepEqual(rbac.rulesFor(web, 'other').nonResourceRules, []);
    assert.equal(rbac.rulesFor(person('cid'), 'default').incomplete, true);
  });
});

authorizerConformance({
  name: 'rbac',
  create: () => createRbacAuthorizer({ lookup: world() }),
  users: [
    { user: ann, namespace: 'default' },
    { user: person('ben'), namespace: 'default' },
    { user: web, namespace: 'other' },
  ],
  samples: [
    { attributes: attempt(ann, 'get', 'pods'), kind: 'allow' },
    { attributes: attempt(ann, 'delete', 'pods'), kind: 'no-opinion' },
  ],
});
