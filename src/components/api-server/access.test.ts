import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { after, before, describe, it } from 'node:test';
import type { AuthorizationAttributes } from '../../extension-points/authorization/contract.ts';
import { mintCertificateAuthority, mintClientCertificate } from './certificates/mint-certificate.ts';
import { podNamed, startTestServer, type TestServer } from './test-server.fixture.ts';

const pods = '/api/v1/namespaces/default/pods';
const as = (token: string, more: Record<string, string | string[]> = {}): { isAnonymous: true; headers: Record<string, string | string[]> } => ({
  isAnonymous: true,
  headers: { authorization: `Bearer ${token}`, ...more },
});

describe('access', () => {
  let test: TestServer;
  const asked: AuthorizationAttributes[] = [];
  before(async () => {
    test = await startTestServer({
      authorizer: {
        authorize(attributes) {
          asked.push(attributes);
          const { user, verb, resource } = attributes;
          if (user.name === 'unlucky') throw new Error('directory is down');
          const isAllowed =
            user.groups.includes('system:masters') ||
            (user.name === 'reader' && ['get', 'list', 'watch'].includes(verb)) ||
            (user.name === 'boss' && verb === 'impersonate' && resource?.name !== 'king') ||
            (user.name === 'patcher' && verb === 'patch');
          return { kind: isAllowed ? 'allow' : 'no-opinion', reason: '' };
        },
      },
    });
  });
  after(() => test[Symbol.asyncDispose]());

  it('knows users by certificate, by token, or not at all', async () => {
    assert.equal((await test.call('GET', pods)).status, 200);
    assert.equal((await test.call('GET', pods, as('user-reader'))).status, 200);
    const anonymous = await test.call('GET', pods, { isAnonymous: true });
    assert.deepEqual(
      [anonymous.status, anonymous.json['message']],
      [403, 'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"'],
    );
    const unknown = await test.call('GET', pods, as('nonsense'));
    assert.deepEqual([unknown.status, unknown.json['reason'], unknown.json['message']], [401, 'Unauthorized', 'Unauthorized']);
  });

  it('refuses certificates of other authorities', async () => {
    const ca = await mintCertificateAuthority({ commonName: 'other', days: 1, nowMs: Date.now() });
    const stranger = await mintClientCertificate({ ca, commonName: 'admin', organizations: ['system:masters'], days: 1 });
    const session = connect(test.server.url, { ca: test.ca.certificatePem, cert: stranger.certificatePem, key: stranger.privateKeyPem });
    const stream = session.request({ ':path': pods });
    const status = await new Promise((resolve) => stream.on('response', (headers) => resolve(headers[':status'])));
    session.destroy();
    assert.equal(status, 401);
  });

  const refusals = [
    {
      name: 'a named object',
      method: 'GET',
      path: '/api/v1/namespaces/default/pods/x',
      message: 'pods "x" is forbidden: User "nobody" cannot get resource "pods" in API group "" in the namespace "default"',
    },
    {
      name: 'a cluster-wide list',
      method: 'GET',
      path: '/apis/apps/v1/deployments',
      message: 'deployments.apps is forbidden: User "nobody" cannot list resource "deployments" in API group "apps" at the cluster scope',
    },
    {
      name: 'a sub-resource',
      method: 'POST',
      path: '/api/v1/namespaces/default/pods/x/exec',
      message: 'pods "x" is forbidden: User "nobody" cannot create resource "pods/exec" in API group "" in the namespace "default"',
    },
    { name: 'a path', method: 'GET', path: '/metrics', message: 'forbidden: User "nobody" cannot get path "/metrics"' },
  ];
  for (const { name, method, path, message } of refusals) {
    it(`words the refusal of ${name} as upstream does`, async () => {
      const { status, json } = await test.call(method, path, as('user-nobody'));
      assert.deepEqual([status, json['reason'], json['message']], [403, 'Forbidden', message]);
    });
  }

  it('says that an authorizer failed when nobody else allowed it', async () => {
    const { status, json } = await test.call('GET', pods, as('user-unlucky'));
    assert.deepEqual([status, json['reason'], json['message']], [500, 'InternalError', 'Internal error occurred: directory is down']);
  });

  it('lets probes in whatever the authorizers say', async () => {
    for (const path of ['/healthz', '/livez', '/readyz']) assert.equal((await test.call('GET', path, { isAnonymous: true })).text, 'ok');
    assert.equal((await test.call('GET', '/readyz?verbose')).text, '[+]ping ok\nreadyz check passed\n');
    using failing = test.server.addHealthCheck({
      name: 'broken',
      check: () => {
        throw new Error('secret');
      },
    });
    void failing;
    const verbose = await test.call('GET', '/readyz?verbose');
    assert.deepEqual([verbose.status, verbose.text], [500, '[+]ping ok\n[-]broken failed: reason withheld\nreadyz check failed\n']);
    assert.equal((await test.call('GET', '/readyz?exclude=broken')).text, 'ok');
    assert.equal(
      (await test.call('GET', '/readyz?verbose&exclude=broken&exclude=foo')).text,
      '[+]ping ok\n[+]broken excluded: ok\nwarn: some health checks cannot be excluded: no matches for "foo"\nreadyz check passed\n',
    );
    assert.equal((await test.call('GET', '/readyz/ping')).text, 'ok');
    assert.equal((await test.call('GET', '/livez')).text, 'ok');
  });

  it('impersonates for those who may', async () => {
    const answer = await test.call('GET', pods, as('user-boss', { 'impersonate-user': 'reader', 'impersonate-group': ['a', 'b'] }));
    assert.equal(answer.status, 200);
    assert.deepEqual(asked.at(-1)!.user, { name: 'reader', groups: ['a', 'b', 'system:authenticated'] });
    const account = await test.call('GET', pods, as('user-boss', { 'impersonate-user': 'system:serviceaccount:ns:sa', 'impersonate-extra-scopes': 'x' }));
    assert.equal(account.status, 403);
    assert.deepEqual(asked.at(-1)!.user, {
      name: 'system:serviceaccount:ns:sa',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
      extra: { scopes: ['x'] },
    });
    const king = await test.call('GET', pods, as('user-boss', { 'impersonate-user': 'king' }));
    assert.deepEqual(
      [king.status, king.json['message']],
      [403, 'pods is forbidden: User "boss" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"'],
    );
    assert.equal((await test.call('GET', pods, as('user-reader', { 'impersonate-user': 'boss' }))).status, 403);
    assert.equal((await test.call('GET', pods, as('user-boss', { 'impersonate-group': 'a' }))).status, 400);
  });

  it('asks for the right to create when apply creates', async () => {
    const { status } = await test.call('PATCH', `${pods}/new?fieldManager=m`, {
      isAnonymous: true,
      body: JSON.stringify(podNamed('new')),
      headers: { authorization: 'Bearer user-patcher', 'content-type': 'application/apply-patch+yaml' },
    });
    assert.equal(status, 403);
  });
});

describe('the bound on requests in flight', () => {
  it('refuses what exceeds it and says when to come back', async () => {
    let release: () => void = () => {};
    const blocked = new Promise<void>((resolve) => (release = resolve));
    await using test = await startTestServer({ limits: { readsInFlight: 0, writesInFlight: 1 } });
    using slow = test.points.admission.add({ name: 'slow', origin: 'test', implementation: { validate: async () => (await blocked, { kind: 'allow' }) } });
    void slow;
    const first = test.call('POST', pods, { ...as('user-a'), body: podNamed('one') });
    await test.call('GET', pods);
    const second = await test.call('POST', pods, { ...as('user-a'), body: podNamed('two') });
    assert.deepEqual([second.status, second.text, second.headers['retry-after']], [429, 'Too many requests, please try again later.\n', '1']);
    assert.equal((await test.call('GET', pods)).status, 200);
    release();
    assert.equal((await first).status, 201);
  });
});
