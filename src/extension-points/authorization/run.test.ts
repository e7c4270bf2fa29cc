import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { silentLog } from '../../kernel/log.ts';
import { readmeExample } from '../admission/testing/readme-example.ts';
import { authorizerConformance } from './conformance.ts';
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from './contract.ts';
import { authorizationRefusal, authorize, rulesFor } from './run.ts';

const signal = new AbortController().signal;
const user = { name: 'ann', groups: [] };
const listPods: AuthorizationAttributes = {
  user,
  verb: 'list',
  path: '',
  resource: { group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'default', name: '' },
};

function pointOf(...authorizers: Authorizer[]): ExtensionPoint<Authorizer> {
  const point = new ExtensionPoint<Authorizer>('authorization');
  for (const [index, implementation] of authorizers.entries()) point.add({ name: `authorizer-${index}`, origin: 'built-in', implementation });
  return point;
}

const answers = (kind: AuthorizationDecision['kind'], reason = ''): Authorizer => ({ authorize: () => ({ kind, reason }) });
const breaks: Authorizer = {
  authorize: () => {
    throw new Error('out of order');
  },
  rulesFor: () => {
    throw new Error('out of order');
  },
};

describe('authorization', () => {
  const cases = [
    { name: 'takes the first allow', chain: [answers('no-opinion'), answers('allow', 'yes'), answers('deny')], want: { kind: 'allow', reason: 'yes' } },
    { name: 'takes the first deny', chain: [answers('deny', 'never'), answers('allow')], want: { kind: 'deny', reason: 'never' } },
    {
      name: 'joins the reasons when nobody has an opinion',
      chain: [answers('no-opinion', 'a'), answers('no-opinion'), answers('no-opinion', 'b')],
      want: { kind: 'no-opinion', reason: 'a\nb' },
    },
    { name: 'counts a throw as no opinion', chain: [breaks, answers('allow')], want: { kind: 'allow', reason: '' } },
  ];
  for (const { name, chain, want } of cases) it(name, async () => assert.deepEqual(await authorize(pointOf(...chain), listPods, signal, silentLog), want));

  it('adds up the rules of all, incomplete when one cannot tell', () => {
    const lists: Authorizer = {
      ...answers('allow'),
      rulesFor: () => ({ resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }], nonResourceRules: [], incomplete: false }),
    };
    assert.deepEqual(rulesFor(pointOf(lists, lists), user, 'default', silentLog).resourceRules.length, 2);
    assert.equal(rulesFor(pointOf(lists), user, 'default', silentLog).incomplete, false);
    for (const other of [answers('allow'), breaks]) assert.equal(rulesFor(pointOf(lists, other), user, 'default', silentLog).incomplete, true);
  });
});

describe('the refusal of a request', () => {
  const resource = (given: Partial<NonNullable<AuthorizationAttributes['resource']>>): AuthorizationAttributes => ({
    ...listPods,
    resource: { ...listPods.resource!, ...given },
  });
  const cases = [
    {
      name: 'a list',
      attributes: listPods,
      reason: '',
      want: 'pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "default"',
    },
    {
      name: 'one object of a group',
      attributes: resource({ group: 'apps', resource: 'deployments', name: 'web', subresource: 'scale' }),
      reason: '',
      want: 'deployments.apps "web" is forbidden: User "ann" cannot list resource "deployments/scale" in API group "apps" in the namespace "default"',
    },
    {
      name: 'a cluster-scoped resource, with a reason',
      attributes: resource({ resource: 'nodes', namespace: '' }),
      reason: 'why',
      want: 'nodes is forbidden: User "ann" cannot list resource "nodes" in API group "" at the cluster scope: why',
    },
    { name: 'a path', attributes: { user, verb: 'get', path: '/metrics' }, reason: '', want: 'forbidden: User "ann" cannot get path "/metrics"' },
  ];
  for (const { name, attributes, reason, want } of cases) {
    it(`for ${name} has upstream's words`, () => {
      const error = authorizationRefusal(attributes, reason);
      assert.equal(error.message, want);
      assert.deepEqual([error.code, error.reason], [403, 'Forbidden']);
    });
  }
});

describe('the README example', () => {
  it('keeps precious things', async () => {
    const { keepPrecious } = await readmeExample(new URL('README.md', import.meta.url), {});
    const attributes = { ...listPods, verb: 'delete', resource: { ...listPods.resource!, name: 'precious' } };
    assert.deepEqual(await authorize(pointOf(keepPrecious as Authorizer), attributes, signal, silentLog), { kind: 'deny', reason: 'precious things stay' });
  });
});

authorizerConformance({
  name: 'no opinion',
  create: () => answers('no-opinion'),
  users: [{ user, namespace: 'default' }],
  samples: [{ attributes: listPods, kind: 'no-opinion' }],
});
