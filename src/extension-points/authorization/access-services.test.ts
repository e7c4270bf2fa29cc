import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../api/object.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { silentLog } from '../../kernel/log.ts';
import type { Authenticator } from '../authentication/contract.ts';
import type { ReviewService } from '../authentication/reviews.ts';
import type { ServiceAccountIssuer } from '../authentication/service-account-issuer.ts';
import type { ResourceServices, WriteContext } from '../resources/contract.ts';
import { createAccessServices } from './access-services.ts';
import type { AuthorizationAttributes, Authorizer } from './contract.ts';

const context: WriteContext = {
  operation: 'CREATE',
  user: { name: 'ann', uid: 'u', groups: ['staff'], extra: { k: ['v'] } },
  nowMs: 0,
  dryRun: false,
  version: 'v1',
  subresource: '',
  key: { namespace: 'default', name: '' },
};
const asked: AuthorizationAttributes[] = [];

const authenticator: Authenticator = {
  authenticate: ({ token, audiences }) =>
    token === 'good' ? { kind: 'authenticated', user: { name: 'ben', groups: ['staff'] }, audiences: [audiences[0]!] } : { kind: 'no-opinion' },
};
const authorizer: Authorizer = {
  authorize(attributes) {
    asked.push(attributes);
    if (attributes.verb === 'delete') return { kind: 'deny', reason: 'never' };
    return attributes.user.name === 'ann' ? { kind: 'allow', reason: 'because' } : { kind: 'no-opinion', reason: '' };
  },
  rulesFor: () => ({ resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }], nonResourceRules: [], incomplete: false }),
};

function services(): Map<string, unknown> {
  const authentication = new ExtensionPoint<Authenticator>('authentication');
  authentication.add({ name: 'one', origin: 'built-in', implementation: authenticator });
  const authorization = new ExtensionPoint<Authorizer>('authorization');
  authorization.add({ name: 'one', origin: 'built-in', implementation: authorizer });
  const issuer: ServiceAccountIssuer = {
    issuer: 'https://here',
    apiAudiences: ['https://here'],
    issue: () => Promise.reject(new Error('not asked')),
    verify: async () => ({ kind: 'foreign' }),
    jwks: async () => ({ keys: [] }),
    openidConfiguration: () => ({}),
  };
  return createAccessServices({ authentication, authorization, issuer, log: silentLog });
}

const review = (name: string, draft: Partial<UntypedObject>): Promise<UntypedObject> =>
  (services().get(name) as ReviewService)({ metadata: {}, ...draft }, context, {} as ResourceServices);
const pods = { verb: 'get', resource: 'pods', namespace: 'default', name: 'web' };

describe('the access services', () => {
  it('are known by name', () => {
    assert.deepEqual([...services().keys()].sort(), [
      'local-subject-access-review',
      'self-subject-access-review',
      'self-subject-review',
      'self-subject-rules-review',
      'service-account-issuer',
      'subject-access-review',
      'token-request',
      'token-review',
    ]);
  });

  const answers: { name: string; review: string; spec: Record<string, unknown>; status: unknown }[] = [
    {
      name: 'a token and its audience',
      review: 'token-review',
      spec: { token: 'good' },
      status: { authenticated: true, user: { username: 'ben', groups: ['staff', 'system:authenticated'] }, audiences: ['https://here'] },
    },
    { name: 'a token nobody knows', review: 'token-review', spec: { token: 'bad' }, status: { user: {}, error: 'invalid bearer token' } },
    {
      name: 'the caller',
      review: 'self-subject-review',
      spec: {},
      status: { userInfo: { username: 'ann', uid: 'u', groups: ['staff'], extra: { k: ['v'] } } },
    },
    { name: 'what another may do', review: 'subject-access-review', spec: { user: 'ben', resourceAttributes: pods }, status: { allowed: false } },
    {
      name: 'what is denied',
      review: 'subject-access-review',
      spec: { user: 'ann', resourceAttributes: { ...pods, verb: 'delete' } },
      status: { allowed: false, denied: true, reason: 'never' },
    },
    {
      name: 'a path',
      review: 'subject-access-review',
      spec: { user: 'ann', nonResourceAttributes: { verb: 'get', path: '/metrics' } },
      status: { allowed: true, reason: 'because' },
    },
    {
      name: 'what another may do in a namespace',
      review: 'local-subject-access-review',
      spec: { user: 'ann', resourceAttributes: pods },
      status: { allowed: true, reason: 'because' },
    },
    { name: 'what the caller may do', review: 'self-subject-access-review', spec: { resourceAttributes: pods }, status: { allowed: true, reason: 'because' } },
    {
      name: 'all that the caller may do',
      review: 'self-subject-rules-review',
      spec: { namespace: 'default' },
      status: { resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }], nonResourceRules: [], incomplete: false },
    },
  ];
  for (const { name, review: service, spec, status } of answers)
    it(`review ${name}`, async () => assert.deepEqual((await review(service, { spec }))['status'], status));

  it('hand selectors on as text', async () => {
    const requirements = [{ key: 'spec.nodeName', operator: 'In', values: ['one'] }];
    await review('subject-access-review', {
      spec: { user: 'ann', resourceAttributes: { ...pods, fieldSelector: { requirements }, labelSelector: { rawSelector: 'a=b' } } },
    });
    assert.deepEqual([asked.at(-1)?.fieldSelector, asked.at(-1)?.labelSelector], ['spec.nodeName=one', 'a=b']);
  });

  const prefix = (kind: string): string => `${kind}.authorization.k8s.io "" is invalid: `;
  const refusals: { name: string; review: string; spec: Record<string, unknown>; message: string }[] = [
    { name: 'a token review without token', review: 'token-review', spec: {}, message: 'token is required for TokenReview in authentication' },
    {
      name: 'no attributes',
      review: 'self-subject-access-review',
      spec: {},
      message: `${prefix('SelfSubjectAccessReview')}spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified`,
    },
    {
      name: 'both attributes',
      review: 'self-subject-access-review',
      spec: { resourceAttributes: pods, nonResourceAttributes: {} },
      message: `${prefix('SelfSubjectAccessReview')}spec.nonResourceAttributes: Invalid value: {}: cannot be specified in combination with resourceAttributes`,
    },
    {
      name: 'nobody',
      review: 'subject-access-review',
      spec: { resourceAttributes: pods },
      message: `${prefix('SubjectAccessReview')}spec.user: Invalid value: "": at least one of user or group must be specified`,
    },
    {
      name: 'another namespace',
      review: 'local-subject-access-review',
      spec: { user: 'ann', resourceAttributes: { ...pods, namespace: 'other' } },
      message: `${prefix('LocalSubjectAccessReview')}spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace`,
    },
    { name: 'rules of no namespace', review: 'self-subject-rules-review', spec: {}, message: 'no namespace on request' },
  ];
  for (const { name, review: service, spec, message } of refusals) it(`refuse ${name}`, () => assert.rejects(review(service, { spec }), { message }));
});
