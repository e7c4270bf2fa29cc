import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodes, pods, secrets } from '../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import { MemoryLookup } from '../admission/testing/memory-lookup.ts';
import type { WriteContext } from '../resources/contract.ts';
import type { ServiceAccountIssuer, TokenToIssue } from './service-account-issuer.ts';
import { createTokenRequestService } from './token-request.ts';

const nowMs = Date.UTC(2026, 0, 1);
const context: WriteContext = {
  operation: 'CREATE',
  user: { name: 'ann', groups: [] },
  nowMs,
  dryRun: false,
  version: 'v1',
  subresource: 'token',
  key: { namespace: 'default', name: 'web' },
};
const account: UntypedObject = { metadata: { namespace: 'default', name: 'web', uid: 'sa-1' } };
const lookup = new MemoryLookup()
  .put(pods, { metadata: { namespace: 'default', name: 'web-0', uid: 'pod-1' }, spec: { containers: [], serviceAccountName: 'web', nodeName: 'one' } })
  .put(pods, { metadata: { namespace: 'default', name: 'db-0', uid: 'pod-2' }, spec: { containers: [], serviceAccountName: 'db' } })
  .put(secrets, { metadata: { namespace: 'default', name: 'key', uid: 'secret-1' } })
  .put(nodes, { metadata: { name: 'one', uid: 'node-1' }, spec: {} });
const services = {
  get: (type: { group: string; resource: string }, key: { namespace?: string; name: string }) =>
    lookup.get(type as ResourceType, key) as UntypedObject | undefined,
};

async function request(spec: Record<string, unknown>, metadata: UntypedObject['metadata'] = {}) {
  const issued: TokenToIssue[] = [];
  const issuer: ServiceAccountIssuer = {
    issuer: 'https://here',
    apiAudiences: ['https://here'],
    issue: async (wanted) => (issued.push(wanted), { token: 'token', expiresAtMs: 0 }),
    verify: async () => ({ kind: 'foreign' }),
    jwks: async () => ({ keys: [] }),
    openidConfiguration: () => ({}),
  };
  const answer = await createTokenRequestService({ issuer })(
    account,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata, spec },
    context,
    services,
  );
  return { answer, issued: issued[0]! };
}

describe('a token request', () => {
  const granted: { name: string; spec: Record<string, unknown>; want: Partial<TokenToIssue> & { shownSeconds?: number } }[] = [
    { name: 'of nothing gets an hour for the API server', spec: {}, want: { audiences: ['https://here'], expirationSeconds: 3_600 } },
    { name: 'names its audiences', spec: { audiences: ['vault'] }, want: { audiences: ['vault'], expirationSeconds: 3_600 } },
    { name: 'gets a year at most', spec: { expirationSeconds: 2 ** 31 }, want: { expirationSeconds: 31_536_000 } },
    {
      name: 'bound to a pod is bound to its node too',
      spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'web-0' } },
      want: { pod: { name: 'web-0', uid: 'pod-1' }, node: { name: 'one', uid: 'node-1' } },
    },
    {
      name: 'can be bound to a secret',
      spec: { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'key', uid: 'secret-1' } },
      want: { secret: { name: 'key', uid: 'secret-1' } },
    },
    {
      name: 'can be bound to a node',
      spec: { boundObjectRef: { kind: 'Node', apiVersion: 'v1', name: 'one' } },
      want: { node: { name: 'one', uid: 'node-1' } },
    },
    {
      name: 'of a kube-api-access volume gets a year and a warning after what it asked for',
      spec: { expirationSeconds: 3_607, boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'web-0' } },
      want: { expirationSeconds: 31_536_000, warnAfterSeconds: 3_607, shownSeconds: 3_607 },
    },
  ];
  for (const {
    name,
    spec,
    want: { shownSeconds, ...want },
  } of granted) {
    it(name, async () => {
      const { answer, issued } = await request(spec);
      for (const [field, value] of Object.entries(want)) assert.deepEqual(issued[field as keyof TokenToIssue], value, field);
      const expected = new Date(nowMs + (shownSeconds ?? issued.expirationSeconds) * 1_000).toISOString().replace('.000Z', 'Z');
      assert.deepEqual(answer['status'], { token: 'token', expirationTimestamp: expected });
      assert.equal(answer.metadata.name, 'web');
    });
  }

  const refused: { name: string; spec: Record<string, unknown>; metadata?: UntypedObject['metadata']; want: { code: number; message: string } }[] = [
    {
      name: 'less than ten minutes',
      spec: { expirationSeconds: 599 },
      want: {
        code: 422,
        message:
          'TokenRequest.authentication.k8s.io "web" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
      },
    },
    {
      name: 'more than 2^32 seconds',
      spec: { expirationSeconds: 2 ** 32 + 1 },
      want: {
        code: 422,
        message:
          'TokenRequest.authentication.k8s.io "web" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
      },
    },
    {
      name: 'another name',
      spec: {},
      metadata: { name: 'db' },
      want: {
        code: 422,
        message: 'TokenRequest.authentication.k8s.io "web" is invalid: metadata.name: Invalid value: "db": must match the service account name if specified',
      },
    },
    {
      name: 'a pod of another account',
      spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'db-0' } },
      want: { code: 400, message: 'cannot bind token for serviceaccount "web" to pod running with different serviceaccount name.' },
    },
    {
      name: 'a pod that does not exist',
      spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'no' } },
      want: { code: 404, message: 'pods "no" not found' },
    },
    {
      name: 'a replaced pod',
      spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'web-0', uid: 'old' } },
      want: {
        code: 409,
        message:
          'Operation cannot be fulfilled on Pod "web-0": the UID in the bound object reference (old) does not match the UID in record. The object might have been deleted and then recreated',
      },
    },
    {
      name: 'an object of another kind',
      spec: { boundObjectRef: { kind: 'Job', apiVersion: 'batch/v1', name: 'x' } },
      want: { code: 400, message: 'cannot bind token to object of type batch/v1, Kind=Job' },
    },
  ];
  for (const { name, spec, metadata, want } of refused) it(`for ${name} is refused`, () => assert.rejects(request(spec, metadata), want));
});
