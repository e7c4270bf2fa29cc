import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CertificateSigningRequest } from '../../src/api/generated/certificates-v1.ts';
import type { FlowSchema } from '../../src/api/generated/flowcontrol-v1.ts';
import { mintTestCertificates, type TestCertificates } from '../../src/extension-points/authentication/testing/test-certificates.ts';
import { startTokenIssuer, type TokenIssuer } from '../../src/extension-points/authentication/testing/token-issuer.ts';
import { callApi, certificateOf } from '../fixtures/api-request.ts';
import { eventually, startTestCluster, type TestCluster } from '../fixtures/cluster.ts';
import { workbenchOf } from '../fixtures/workload.ts';

interface Review {
  readonly spec: { readonly token?: string; readonly user?: string; readonly resourceAttributes?: { readonly verb?: string; readonly resource?: string } };
}

/** A plain Node program that answers reviews over TLS: the token `hook-<name>` is that user's, who may list pods. */
async function startWebhook({ certificate, key }: TestCertificates): Promise<Server> {
  const answer = (path: string | undefined, { spec }: Review): object => {
    if (path === '/authorize')
      return {
        allowed: spec.user?.startsWith('hook:') && spec.resourceAttributes?.verb === 'list' && spec.resourceAttributes.resource === 'pods',
        reason: 'the hook',
      };
    const name = /^hook-(.+)$/.exec(spec.token ?? '')?.[1];
    return name === undefined
      ? { authenticated: false }
      : { authenticated: true, user: { username: `hook:${name}`, groups: ['hooked'], extra: { 'acme.com/via': ['hook'] } } };
  };
  const server = createServer({ cert: certificate, key }, (incoming, response) => {
    let text = '';
    incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
    incoming.on('end', () => {
      const review = JSON.parse(text) as Review;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...review, status: answer(incoming.url, review) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const kubeconfigOf = (server: string, ca: string): string =>
  JSON.stringify({
    clusters: [{ name: 'hook', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'apiserver', user: {} }],
    contexts: [{ name: 'hook', context: { cluster: 'hook', user: 'apiserver' } }],
    'current-context': 'hook',
  });

const auditPolicy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: RequestResponse, omitManagedFields: true, resources: [{group: '', resources: [configmaps]}], namespaces: [default]}
- {level: Metadata, resources: [{group: '', resources: [secrets, pods]}]}
- {level: None}
`;

interface AuditEvent {
  readonly auditID: string;
  readonly level: string;
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username?: string };
  readonly impersonatedUser?: { readonly username?: string };
  readonly objectRef?: { readonly resource?: string; readonly name?: string; readonly namespace?: string };
  readonly responseStatus?: { readonly code?: number; readonly reason?: string };
  readonly requestObject?: { readonly data?: object };
  readonly responseObject?: { readonly metadata?: { readonly uid?: string; readonly managedFields?: unknown } };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
}

describe('access in depth', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wa-'));
  const path = (name: string): string => join(directory, name);
  const write = (name: string, text: string): string => (writeFileSync(path(name), text), path(name));
  let cluster: TestCluster;
  let issuer: TokenIssuer;
  let webhook: Server;
  const bench = workbenchOf(() => cluster);

  before(async () => {
    const certificates = await mintTestCertificates();
    [issuer, webhook] = await Promise.all([startTokenIssuer(), startWebhook(certificates)]);
    const hook = `https://127.0.0.1:${(webhook.address() as AddressInfo).port}`;
    const authentication = {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthenticationConfiguration',
      jwt: [
        {
          issuer: { url: issuer.url, certificateAuthority: issuer.certificateAuthority, audiences: ['wherry'] },
          claimMappings: { username: { expression: "'oidc:' + claims.sub" }, groups: { claim: 'groups', prefix: 'oidc:' } },
          userValidationRules: [{ expression: "!user.username.endsWith(':root')", message: 'not root' }],
        },
      ],
      anonymous: { enabled: true, conditions: [{ path: '/livez' }, { path: '/readyz' }, { path: '/healthz' }] },
    };
    const authorization = {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthorizationConfiguration',
      authorizers: [
        { type: 'Node', name: 'node' },
        { type: 'RBAC', name: 'rbac' },
        {
          type: 'Webhook',
          name: 'hook',
          webhook: {
            timeout: '30s',
            subjectAccessReviewVersion: 'v1',
            matchConditionSubjectAccessReviewVersion: 'v1',
            failurePolicy: 'NoOpinion',
            connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: write('authorize.kubeconfig', kubeconfigOf(`${hook}/authorize`, certificates.ca)) },
            matchConditions: [{ expression: "request.user.startsWith('hook:')" }],
          },
        },
      ],
    };
    cluster = await startTestCluster({
      simulate: true,
      flags: [
        ...['--authentication-config', write('authentication.json', JSON.stringify(authentication))],
        ...['--authentication-token-webhook-config-file', write('authenticate.kubeconfig', kubeconfigOf(hook, certificates.ca))],
        ...['--authorization-config', write('authorization.json', JSON.stringify(authorization))],
        ...['--audit-policy-file', write('policy.yaml', auditPolicy), '--audit-log-path', path('audit.log')],
        ...['--max-requests-inflight', '60', '--max-mutating-requests-inflight', '20'],
      ],
    });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await issuer?.[Symbol.asyncDispose]();
    webhook?.closeAllConnections();
    webhook?.close();
    rmSync(directory, { recursive: true });
  });

  const ask = <T = { reason?: string; message?: string }>(token: string, where: string, more: { method?: string; body?: unknown } = {}) =>
    callApi<T>(cluster, where, { credentials: { token }, ...more });
  const pods = '/api/v1/namespaces/default/pods';
  const whoIs = async (token: string): Promise<Record<string, unknown>> =>
    (
      await ask<{ status: { userInfo: Record<string, unknown> } }>(token, '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
        method: 'POST',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      })
    ).body.status.userInfo;

  describe('knows', () => {
    it('the tokens of an OpenID issuer', async () => {
      const seconds = Math.floor(Date.now() / 1_000);
      const token = await issuer.sign({ sub: 'ann', groups: ['dev'], aud: 'wherry', exp: seconds + 300 });
      assert.deepEqual(await whoIs(token), { username: 'oidc:ann', groups: ['oidc:dev', 'system:authenticated'] });
      for (const claims of [
        { sub: 'root', aud: 'wherry', exp: seconds + 300 },
        { sub: 'ann', aud: 'other', exp: seconds + 300 },
        { sub: 'ann', aud: 'wherry', exp: seconds - 10 },
      ])
        assert.equal((await ask(await issuer.sign(claims), '/version')).code, 401, JSON.stringify(claims));
    });

    it('the tokens a webhook knows, and what another lets their users do', async () => {
      assert.deepEqual(await whoIs('hook-bob'), { username: 'hook:bob', groups: ['hooked', 'system:authenticated'], extra: { 'acme.com/via': ['hook'] } });
      assert.equal((await ask('hook-bob', pods)).code, 200);
      const refused = await ask('hook-bob', '/api/v1/namespaces/default/secrets');
      assert.deepEqual(
        [refused.code, refused.body.message],
        [403, 'secrets is forbidden: User "hook:bob" cannot list resource "secrets" in API group "" in the namespace "default": the hook'],
      );
      assert.equal((await ask('nobody', '/version')).code, 401);
    });

    it('bootstrap tokens until they expire', async () => {
      const secret = (id: string, seconds: number): object => ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
        type: 'bootstrap.kubernetes.io/token',
        stringData: {
          'token-id': id,
          'token-secret': '0123456789abcdef',
          'usage-bootstrap-authentication': 'true',
          'usage-bootstrap-signing': 'true',
          expiration: new Date(Date.now() + seconds * 1_000).toISOString(),
          'auth-extra-groups': 'system:bootstrappers:workers',
        },
      });
      await bench.create(secret('abcdef', 600), secret('aaaaaa', -1));
      assert.deepEqual(await whoIs('abcdef.0123456789abcdef'), {
        username: 'system:bootstrap:abcdef',
        groups: ['system:bootstrappers', 'system:bootstrappers:workers', 'system:authenticated'],
      });
      assert.equal((await ask('aaaaaa.0123456789abcdef', '/version')).code, 401);
      await eventually(async () => assert.equal((await bench.attempt('get', 'secret', '-n', 'kube-system', 'bootstrap-token-aaaaaa')).code, 1));
      await eventually(async () =>
        assert.match(await bench.kubectl('get', 'configmap', '-n', 'kube-public', 'cluster-info', '-o', 'yaml'), /jws-kubeconfig-abcdef: ey/),
      );
    });

    it('nobody without credentials but for probes', async () => {
      assert.equal((await callApi(cluster, '/livez', { credentials: 'none' })).code, 200);
      assert.equal((await callApi(cluster, '/version', { credentials: 'none' })).code, 401);
    });
  });

  describe('kubectl', () => {
    it('says who one is and what one may do', async () => {
      assert.match(
        await bench.kubectl('auth', 'whoami', '--as', 'ann', '--as-group', 'dev', '--as-uid', '7'),
        /Username +ann\nUID +7\nGroups +\[dev system:authenticated\]/,
      );
      await bench.kubectl('create', 'role', 'pod-reader', '--verb=get,list', '--resource=pods');
      await bench.kubectl('create', 'rolebinding', 'ann-reads', '--role=pod-reader', '--user=ann');
      const listed = await bench.attempt('auth', 'can-i', '--list', '--as', 'ann');
      assert.match(listed.stdout, /^pods +\[\] +\[\] +\[get list\]$/m);
      assert.match(listed.stderr, /the list may be incomplete: webhook authorizer does not support user rule resolution/);
      assert.equal((await bench.attempt('auth', 'can-i', 'list', 'pods', '--as', 'ann')).stdout, 'yes\n');
      assert.equal((await bench.attempt('auth', 'can-i', 'delete', 'pods', '--as', 'ann')).stdout, 'no\n');
    });
  });

  describe('a certificate', () => {
    const newRequest = (name: string, subject: string): string => {
      execFileSync(
        'openssl',
        [
          'req',
          '-new',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-keyout',
          path(`${name}.key`),
          '-out',
          path(`${name}.csr`),
          '-subj',
          subject,
        ],
        {
          stdio: 'ignore',
        },
      );
      return readFileSync(path(`${name}.csr`)).toString('base64');
    };
    const requestFor = (name: string, subject: string, spec: object = {}): object => ({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: {
        request: newRequest(name, subject),
        signerName: 'kubernetes.io/kube-apiserver-client',
        usages: ['client auth'],
        expirationSeconds: 3_600,
        ...spec,
      },
    });
    /** Logs in with the certificate in `<name>.crt`. */
    const kubeconfigFor = (name: string): string =>
      write(
        `${name}.kubeconfig`,
        JSON.stringify({
          clusters: [
            {
              name: 'wherry',
              cluster: { server: cluster.url(), 'certificate-authority-data': Buffer.from(certificateOf(cluster, 'ca.crt')).toString('base64') },
            },
          ],
          users: [{ name: 'wherry', user: { 'client-certificate': path(`${name}.crt`), 'client-key': path(`${name}.key`) } }],
          contexts: [{ name: 'wherry', context: { cluster: 'wherry', user: 'wherry' } }],
        }),
      );
    const read = (name: string): Promise<CertificateSigningRequest> => bench.read(`/apis/certificates.k8s.io/v1/certificatesigningrequests/${name}`);

    it('is signed when it is approved, and logs in', async () => {
      await bench.create(requestFor('carol', '/O=team/CN=carol'));
      assert.match(await bench.kubectl('get', 'csr', 'carol'), /kubernetes\.io\/kube-apiserver-client +kubernetes-admin +60m +Pending/);
      await bench.kubectl('certificate', 'approve', 'carol');
      const issued = await eventually(async () => {
        const { status } = await read('carol');
        assert.ok(status?.certificate);
        return Buffer.from(status.certificate, 'base64').toString();
      });
      writeFileSync(path('carol.crt'), issued);
      assert.match(
        await cluster.mustKubectl(['auth', 'whoami'], { environment: { KUBECONFIG: kubeconfigFor('carol') } }),
        /Username +carol\nGroups +\[team system:authenticated\]/,
      );
      const { code, body } = await callApi<{ message?: string }>(cluster, pods, {
        credentials: { certificate: issued, key: readFileSync(path('carol.key'), 'utf8') },
      });
      assert.deepEqual([code, body.message], [403, 'pods is forbidden: User "carol" cannot list resource "pods" in API group "" in the namespace "default"']);
      assert.match(await bench.kubectl('get', 'csr', 'carol'), /Approved,Issued/);
    });

    it('is not signed when it is denied', async () => {
      await bench.create(requestFor('dave', '/CN=dave'));
      await bench.kubectl('certificate', 'deny', 'dave');
      assert.match(await bench.kubectl('get', 'csr', 'dave'), /Denied/);
      const again = await bench.attempt('certificate', 'approve', 'dave');
      assert.match(again.stderr, /Denied|mutually exclusive/);
    });

    it('fails when it is not as its signer wants it', async () => {
      await bench.create(requestFor('erin', '/CN=erin', { usages: ['server auth'] }));
      await bench.kubectl('certificate', 'approve', 'erin');
      await eventually(async () => {
        const failed = (await read('erin')).status?.conditions?.find(({ type }) => type === 'Failed');
        assert.deepEqual([failed?.reason, failed?.message], ['SignerValidationFailure', 'invalid usage for client certificate: server auth']);
      });
    });

    it('of a master is nobody’s to ask for, and nonsense is refused', async () => {
      const { stderr } = await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(requestFor('mallory', '/O=system:masters/CN=mallory')) });
      assert.match(
        stderr,
        /certificatesigningrequests\.certificates\.k8s\.io "mallory" is forbidden: use of kubernetes\.io\/kube-apiserver-client signer with system:masters group is not allowed/,
      );
      const nonsense = {
        ...requestFor('nonsense', '/CN=x'),
        spec: { request: Buffer.from('x').toString('base64'), signerName: 'kubernetes.io/legacy-unknown', usages: ['client auth'] },
      };
      const refused = await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(nonsense) });
      assert.match(refused.stderr, /PEM block type must be CERTIFICATE REQUEST/);
      assert.match(refused.stderr, /the legacy signerName is not allowed via this API version/);
    });

    it('of a node that joins with a bootstrap token is approved by itself', async () => {
      await bench.kubectl('create', 'clusterrolebinding', 'joiners-ask', '--clusterrole=system:node-bootstrapper', '--group=system:bootstrappers');
      await bench.kubectl(
        'create',
        'clusterrolebinding',
        'joiners-get',
        '--clusterrole=system:certificates.k8s.io:certificatesigningrequests:nodeclient',
        '--group=system:bootstrappers',
      );
      const asked = requestFor('joiner', '/O=system:nodes/CN=system:node:joiner', {
        signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
        usages: ['digital signature', 'client auth'],
      });
      await eventually(async () => {
        const { code } = await ask('abcdef.0123456789abcdef', '/apis/certificates.k8s.io/v1/certificatesigningrequests', { method: 'POST', body: asked });
        assert.ok(code === 201 || code === 409, String(code));
      });
      await eventually(async () => {
        const { status } = await read('joiner');
        assert.equal(status?.conditions?.[0]?.message, 'Auto approving kubelet client certificate after SubjectAccessReview.');
        assert.ok(status.certificate);
      });
    });
  });

  describe('the audit log', () => {
    const events = (): AuditEvent[] =>
      readFileSync(path('audit.log'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as AuditEvent);

    it('has what the policy says, as it says it', async () => {
      await bench.kubectl('create', 'configmap', 'audited', '--from-literal=a=b');
      await bench.attempt('get', 'secret', 'not-there');
      await bench.attempt('get', 'pods', '--as', 'zoe');
      await bench.kubectl('get', 'services');
      await eventually(() => {
        const created = events().find(({ verb, objectRef }) => verb === 'create' && objectRef?.name === 'audited');
        assert.deepEqual(
          [created?.level, created?.stage, created?.user.username, created?.responseStatus?.code],
          ['RequestResponse', 'ResponseComplete', 'kubernetes-admin', 201],
        );
        assert.deepEqual(created?.requestObject?.data, { a: 'b' });
        assert.ok(created?.responseObject?.metadata?.uid);
        assert.equal(created.responseObject.metadata.managedFields, undefined);
        assert.equal(created.annotations?.['authorization.k8s.io/decision'], 'allow');
        assert.match(created.userAgent ?? '', /^kubectl/);
        assert.deepEqual(created.sourceIPs, ['127.0.0.1']);
        const missing = events().find(({ objectRef }) => objectRef?.name === 'not-there');
        assert.deepEqual(
          [missing?.level, missing?.responseStatus?.code, missing?.responseStatus?.reason, missing?.responseObject],
          ['Metadata', 404, 'NotFound', undefined],
        );
        const refused = events().find(({ impersonatedUser }) => impersonatedUser?.username === 'zoe');
        assert.deepEqual(
          [refused?.user.username, refused?.responseStatus?.code, refused?.annotations?.['authorization.k8s.io/decision']],
          ['kubernetes-admin', 403, 'forbid'],
        );
      });
      const published = events().find(({ user, verb }) => user.username === 'system:serviceaccount:kube-system:root-ca-cert-publisher' && verb === 'create');
      assert.deepEqual([published?.objectRef?.name, published?.responseStatus?.code], ['kube-root-ca.crt', 201]);
      assert.ok(!events().some(({ objectRef, stage }) => objectRef?.resource === 'services' || stage === 'RequestReceived'));
    });
  });

  describe('priority and fairness', () => {
    const send = (token: string, where: string): Promise<{ status: number; headers: Record<string, unknown>; text: string }> =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          `${cluster.url()}${where}`,
          { ca: certificateOf(cluster, 'ca.crt'), headers: { authorization: `Bearer ${token}` }, agent: false },
          (answer) => {
            let text = '';
            answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
            answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
          },
        );
        outgoing.on('error', reject);
        outgoing.end();
      });

    it('names the flow schema and the level of a request by their uids', async () => {
      const { metadata } = await bench.read<FlowSchema>('/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/global-default');
      const { headers } = await send('hook-bob', pods);
      assert.equal(headers['x-kubernetes-pf-flowschema-uid'], metadata.uid);
      assert.ok(headers['x-kubernetes-pf-prioritylevel-uid']);
    });

    it('refuses a flood of one user that a level has no room for, and lets others work', async () => {
      const level = {
        apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
        kind: 'PriorityLevelConfiguration',
        metadata: { name: 'closed' },
        spec: { type: 'Limited', limited: { nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } } },
      };
      const schema = {
        apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
        kind: 'FlowSchema',
        metadata: { name: 'flood' },
        spec: {
          priorityLevelConfiguration: { name: 'closed' },
          matchingPrecedence: 500,
          rules: [
            {
              subjects: [{ kind: 'User', user: { name: 'hook:flood' } }],
              resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
            },
          ],
        },
      };
      await bench.create(level, schema);
      const answers = await Promise.all(Array.from({ length: 100 }, () => send('hook-flood', pods)));
      for (const { status, headers, text } of answers)
        assert.deepEqual([status, headers['retry-after'], text], [429, '1', 'Too many requests, please try again later.\n']);
      assert.equal((await send('hook-bob', pods)).status, 200);
      await bench.kubectl('delete', 'flowschema', 'flood');
      await bench.kubectl('delete', 'prioritylevelconfiguration', 'closed');
    });

    it('serves everybody in the end while many flood', async () => {
      const flood = Array.from({ length: 300 }, () => send('hook-flood', pods));
      assert.equal((await callApi(cluster, '/readyz', { credentials: 'none' })).code, 200);
      assert.equal((await callApi(cluster, '/api/v1/nodes')).code, 200);
      assert.ok((await Promise.all(flood)).every(({ status }) => status === 200 || status === 429));
    });

    it('makes anew what it cannot do without', async () => {
      await bench.kubectl('delete', 'flowschema', 'catch-all', 'exempt', '--wait=false');
      await eventually(async () => assert.match(await bench.kubectl('get', 'flowschemas'), /catch-all +catch-all +10000 [\s\S]*exempt +exempt +1 /));
    });

    it('says when the level of a flow schema is missing', async () => {
      await bench.create({
        apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
        kind: 'FlowSchema',
        metadata: { name: 'dangling' },
        spec: { priorityLevelConfiguration: { name: 'nowhere' }, matchingPrecedence: 700 },
      });
      await eventually(async () => {
        const { status } = await bench.read<FlowSchema>('/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/dangling');
        assert.equal(
          status?.conditions?.[0]?.message,
          'This FlowSchema references the PriorityLevelConfiguration object named "nowhere" but there is no such object',
        );
      });
    });
  });
});
