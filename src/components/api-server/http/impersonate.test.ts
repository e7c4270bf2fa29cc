import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import type { AuthorizationAttributes } from '../../../extension-points/authorization/contract.ts';
import { authorizationRefusal } from '../../../extension-points/authorization/run.ts';
import type { Exchange } from './exchange.ts';
import { impersonate } from './impersonate.ts';

const exchangeWith = (headers: Record<string, string | string[]>): Exchange =>
  ({
    header: (name: string) => [headers[name] ?? []].flat()[0],
    headerValues: (name: string) => [headers[name] ?? []].flat(),
    headers: () => headers,
  }) as unknown as Exchange;

const sender: UserInfo = { name: 'ann', groups: [] };
const listPods = (user: UserInfo = sender): AuthorizationAttributes => ({
  user,
  verb: 'list',
  path: '',
  resource: { group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'default', name: '' },
});

/** `verb group/resource/subresource namespace/name` */
const textOf = ({
  verb,
  resource: { group, resource, subresource, namespace, name } = { group: '', resource: '', subresource: '', namespace: '', name: '' },
}: Omit<AuthorizationAttributes, 'resource'> & { resource?: Omit<NonNullable<AuthorizationAttributes['resource']>, 'version'> }): string =>
  `${verb} ${[group, resource, subresource].filter(Boolean).join('/')} ${[namespace, name].filter(Boolean).join('/')}`.trimEnd();

async function attempt(headers: Record<string, string | string[]>, allowed: readonly string[], user = sender) {
  const asked: string[] = [];
  const requireAllowed = async (attributes: AuthorizationAttributes): Promise<void> => {
    asked.push(textOf(attributes));
    if (!allowed.includes('*') && !allowed.includes(textOf(attributes))) throw authorizationRefusal(attributes, '');
  };
  const outcome = await impersonate(exchangeWith(headers), listPods(user), requireAllowed).then(
    (impersonation) => ({ impersonation }),
    (error: Error & { code?: number }) => ({ error: `${error.code} ${error.message}` }),
  );
  return { asked, ...outcome };
}

describe('acting as somebody', () => {
  const cases: { name: string; headers: Record<string, string | string[]>; allowed: string[]; user?: UserInfo; want: object }[] = [
    {
      name: 'is the first of several that are named',
      headers: { 'impersonate-user': ['bob', 'eve'], 'impersonate-uid': ['7', '8'] },
      allowed: ['*'],
      want: { impersonation: { user: { name: 'bob', uid: '7', groups: ['system:authenticated'] }, constraint: 'impersonate:user-info' } },
    },
    { name: 'is nothing without a header', headers: {}, allowed: [], want: { impersonation: undefined } },
    {
      name: 'takes the right to, in general',
      headers: { 'impersonate-user': 'bob', 'impersonate-group': ['dev', 'ops'], 'impersonate-uid': '7', 'impersonate-extra-scopes': ['a', 'b'] },
      allowed: [
        'impersonate users bob',
        'impersonate groups dev',
        'impersonate groups ops',
        'impersonate authentication.k8s.io/uids 7',
        'impersonate authentication.k8s.io/userextras/scopes a',
        'impersonate authentication.k8s.io/userextras/scopes b',
      ],
      want: {
        impersonation: { user: { name: 'bob', uid: '7', groups: ['dev', 'ops', 'system:authenticated'], extra: { scopes: ['a', 'b'] } }, constraint: '' },
      },
    },
    {
      name: 'or the right to act as a user, and to do this as one',
      headers: { 'impersonate-user': 'bob' },
      allowed: ['impersonate-on:user-info:list pods default', 'impersonate:user-info authentication.k8s.io/users bob'],
      want: { impersonation: { user: { name: 'bob', groups: ['system:authenticated'] }, constraint: 'impersonate:user-info' } },
    },
    {
      name: 'brings the groups of a service account',
      headers: { 'impersonate-user': 'system:serviceaccount:team:web' },
      allowed: ['impersonate serviceaccounts team/web'],
      want: {
        impersonation: {
          user: { name: 'system:serviceaccount:team:web', groups: ['system:serviceaccounts', 'system:serviceaccounts:team', 'system:authenticated'] },
          constraint: '',
        },
      },
    },
    {
      name: 'as a service account may be constrained',
      headers: { 'impersonate-user': 'system:serviceaccount:team:web' },
      allowed: ['impersonate-on:serviceaccount:list pods default', 'impersonate:serviceaccount authentication.k8s.io/serviceaccounts team/web'],
      want: {
        impersonation: {
          user: { name: 'system:serviceaccount:team:web', groups: ['system:serviceaccounts', 'system:serviceaccounts:team', 'system:authenticated'] },
          constraint: 'impersonate:serviceaccount',
        },
      },
    },
    {
      name: 'as a node may be constrained',
      headers: { 'impersonate-user': 'system:node:one' },
      allowed: ['impersonate-on:arbitrary-node:list pods default', 'impersonate:arbitrary-node authentication.k8s.io/nodes one'],
      want: {
        impersonation: { user: { name: 'system:node:one', groups: ['system:nodes', 'system:authenticated'] }, constraint: 'impersonate:arbitrary-node' },
      },
    },
    {
      name: 'as the own node may be constrained to that',
      headers: { 'impersonate-user': 'system:node:one' },
      user: { name: 'system:serviceaccount:a:agent', groups: [], extra: { 'authentication.kubernetes.io/node-name': ['one'] } },
      allowed: ['impersonate-on:associated-node:list pods default', 'impersonate:associated-node authentication.k8s.io/nodes *'],
      want: {
        impersonation: { user: { name: 'system:node:one', groups: ['system:nodes', 'system:authenticated'] }, constraint: 'impersonate:associated-node' },
      },
    },
    {
      name: 'as a master is not for constrained rights',
      headers: { 'impersonate-user': 'bob', 'impersonate-group': 'system:masters' },
      allowed: ['*'],
      want: { impersonation: { user: { name: 'bob', groups: ['system:masters', 'system:authenticated'] }, constraint: '' } },
    },
    {
      name: 'as nobody stays outside',
      headers: { 'impersonate-user': 'system:anonymous' },
      allowed: ['*'],
      want: { impersonation: { user: { name: 'system:anonymous', groups: ['system:unauthenticated'] }, constraint: 'impersonate:user-info' } },
    },
    {
      name: 'is refused with what the first way lacks',
      headers: { 'impersonate-user': 'bob' },
      allowed: [],
      want: { error: '403 pods is forbidden: User "ann" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"' },
    },
    {
      name: 'needs a user',
      headers: { 'impersonate-group': ['dev'], 'impersonate-extra-a': 'b' },
      allowed: ['*'],
      want: {
        error:
          '400 requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"dev"}, Extra:map[string][]string{"a":[]string{"b"}}} without impersonating a user name',
      },
    },
  ];
  for (const { name, headers, allowed, user, want } of cases) {
    it(name, async () => {
      const { asked, ...outcome } = await attempt(headers, allowed, user);
      assert.deepEqual(outcome, want, asked.join('\n'));
    });
  }

  it('asks once about many groups when that is allowed', async () => {
    const { asked } = await attempt({ 'impersonate-user': 'bob', 'impersonate-group': ['a', 'b', 'c', 'd'] }, ['*']);
    assert.deepEqual(asked.slice(2), ['impersonate:user-info authentication.k8s.io/groups *']);
  });

  for (const [header, key] of [
    ['%zz', '%zz'],
    ['a%2fb', 'a/b'],
    ['__proto__', '__proto__'],
    ['scopes', 'scopes'],
  ] as const)
    it(`reads the key of Impersonate-Extra-${header}`, async () => {
      const { impersonation } = (await attempt({ 'impersonate-user': 'x', [`impersonate-extra-${header}`]: 'q' }, ['*'])) as {
        impersonation?: { user: UserInfo };
      };
      assert.deepEqual(Object.entries(impersonation?.user.extra ?? {}), [[key, ['q']]]);
    });
});
