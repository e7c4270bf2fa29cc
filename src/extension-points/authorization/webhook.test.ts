import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WebhookClient } from '../../client/webhook-client.ts';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { createExpressionCompiler } from '../authentication/expression-compiler.ts';
import type { CompiledExpression } from '../authentication/expressions.ts';
import { mintTestCertificates } from '../authentication/testing/test-certificates.ts';
import { authorizerConformance } from './conformance.ts';
import type { AuthorizationAttributes, Authorizer } from './contract.ts';
import { serveAuthorizer } from './serve.ts';
import { createSubjectAccessWebhook } from './webhook.ts';

const signal = new AbortController().signal;
const user = { name: 'ann', uid: '7', groups: ['staff'], extra: { 'acme.com/a': ['b'] } };
const attempt = (verb: string, more: Partial<AuthorizationAttributes> = {}): AuthorizationAttributes => ({
  user,
  verb,
  path: '',
  resource: { group: 'apps', version: 'v1', resource: 'deployments', subresource: 'scale', namespace: 'default', name: 'web' },
  ...more,
});
/** Lets ann get, never delete; and lists by selector alone. */
const original: Authenticated = {
  authorize({ user: who, verb, resource, path, fieldSelector, labelSelector }) {
    assert.deepEqual(who, user);
    if (path === '/metrics') return { kind: 'allow', reason: '' };
    if (verb === 'delete') return { kind: 'deny', reason: 'never' };
    if (verb === 'list')
      return { kind: labelSelector === 'app=web,tier notin (a,b)' && fieldSelector === 'spec.nodeName=one' ? 'allow' : 'no-opinion', reason: '' };
    return verb === 'get' && resource?.subresource === 'scale' && resource.name === 'web'
      ? { kind: 'allow', reason: 'may look' }
      : { kind: 'no-opinion', reason: 'who knows' };
  },
};
type Authenticated = Pick<Authorizer, 'authorize'>;
const { resource: _, ...metrics } = attempt('get', { path: '/metrics' });
const samples = [
  { attributes: attempt('get'), kind: 'allow' },
  { attributes: attempt('delete'), kind: 'deny' },
  { attributes: attempt('create'), kind: 'no-opinion' },
  { attributes: metrics, kind: 'allow' },
  { attributes: attempt('list', { labelSelector: 'app=web,tier notin (a,b)', fieldSelector: 'spec.nodeName=one' }), kind: 'allow' },
  { attributes: attempt('list', { labelSelector: 'app=web' }), kind: 'no-opinion' },
] as const;

authorizerConformance({ name: 'in process', create: () => original, users: [], samples });

describe('through the wire', async () => {
  const { ca, certificate, key } = await mintTestCertificates();
  const server = await serveAuthorizer(original, { certificate, key });
  const client = new WebhookClient({ url: server.url, ca });
  authorizerConformance({
    name: 'through the wire',
    create: () =>
      createSubjectAccessWebhook({
        post: (body, aborted) => client.post({ body, timeoutMs: 5_000, signal: aborted }),
        clock: new ManualClock(),
        log: silentLog,
      }),
    users: [],
    samples,
  });
  it('is shut down', async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });
});

describe('a webhook that decides', () => {
  function world(status: object | Error, options: Partial<Parameters<typeof createSubjectAccessWebhook>[0]> = {}) {
    const clock = new ManualClock();
    const asked: Record<string, any>[] = [];
    const webhook = createSubjectAccessWebhook({
      post: async (body) => {
        asked.push(JSON.parse(body.toString()) as Record<string, any>);
        if (status instanceof Error) throw status;
        return Buffer.from(JSON.stringify({ status }));
      },
      clock,
      log: silentLog,
      ...options,
    });
    return { clock, asked, ask: async (attributes = attempt('get')) => webhook.authorize(attributes, signal) };
  }

  it('is sent the whole question', async () => {
    const { asked, ask } = world({ allowed: true });
    await ask(attempt('list', { labelSelector: 'app=web,!old', fieldSelector: 'metadata.name!=x' }));
    assert.deepEqual(asked[0]?.['spec'], {
      resourceAttributes: {
        namespace: 'default',
        verb: 'list',
        group: 'apps',
        version: 'v1',
        resource: 'deployments',
        subresource: 'scale',
        name: 'web',
        fieldSelector: { requirements: [{ key: 'metadata.name', operator: 'NotIn', values: ['x'] }] },
        labelSelector: {
          requirements: [
            { key: 'app', operator: 'In', values: ['web'] },
            { key: 'old', operator: 'DoesNotExist' },
          ],
        },
      },
      user: 'ann',
      groups: ['staff'],
      extra: { 'acme.com/a': ['b'] },
      uid: '7',
    });
  });

  it('is sent the old name of groups in the old version', async () => {
    const { asked, ask } = world({}, { version: 'v1beta1' });
    await ask();
    assert.deepEqual([asked[0]?.['apiVersion'], asked[0]?.['spec'].group, asked[0]?.['spec'].groups], ['authorization.k8s.io/v1beta1', ['staff'], undefined]);
  });

  it('is not asked again for five minutes after a yes, half a minute after a no', async () => {
    for (const [status, lifeMs] of [
      [{ allowed: true }, 300_000],
      [{ allowed: false }, 30_000],
    ] as const) {
      const { clock, asked, ask } = world(status);
      await ask();
      clock.advance(lifeMs - 1);
      await ask();
      assert.equal(asked.length, 1);
      clock.advance(1);
      await ask();
      assert.equal(asked.length, 2);
    }
  });

  it('denies when it says yes and no', async () =>
    assert.deepEqual(await world({ allowed: true, denied: true, reason: 'both' }).ask(), {
      kind: 'deny',
      reason: 'both',
      error: 'webhook subject access review returned both allow and deny response',
    }));

  it('that cannot be asked counts as its failure policy has it', async () => {
    assert.deepEqual(await world(new Error('down')).ask(), { kind: 'no-opinion', reason: '', error: 'down' });
    assert.deepEqual(await world(new Error('down'), { onFailure: 'deny' }).ask(), { kind: 'deny', reason: '', error: 'down' });
  });

  const compiler = createExpressionCompiler();
  const condition = (expression: string): CompiledExpression => {
    const outcome = compiler.compile(expression, { variable: 'request', returns: ['bool'] });
    assert.ok(outcome.kind === 'compiled', expression);
    return outcome;
  };
  const conditions: [string, string[], number, string][] = [
    [
      'is asked when its conditions hold',
      ["request.user == 'ann'", "has(request.resourceAttributes) && request.resourceAttributes.namespace == 'default'"],
      1,
      'allow',
    ],
    ['is not asked when one does not', ["request.user == 'ann'", "'root' in request.groups"], 0, 'no-opinion'],
    ['is not asked when one does not, whatever the others', ['request.nonResourceAttributes.path == "/x"', 'false'], 0, 'no-opinion'],
    ['fails when one cannot be evaluated', ['request.nonResourceAttributes.path == "/x"'], 0, 'deny'],
  ];
  for (const [name, expressions, calls, kind] of conditions)
    it(name, async () => {
      const { asked, ask } = world({ allowed: true }, { matchConditions: expressions.map(condition), onFailure: 'deny' });
      assert.equal((await ask()).kind, kind);
      assert.equal(asked.length, calls);
    });
});
