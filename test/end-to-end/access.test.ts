import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Answer, callApi, certificateOf } from '../fixtures/api-request.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';
import { podOf, workbenchOf } from '../fixtures/workload.ts';

const account = (name: string, namespace = 'default'): string => `system:serviceaccount:${namespace}:${name}`;
interface Claims {
  readonly aud: string[];
  readonly exp: number;
  readonly iat: number;
  readonly iss: string;
  readonly sub: string;
  readonly 'kubernetes.io': { readonly serviceaccount: { readonly name: string; readonly uid: string } };
}
const claimsOf = (token: string): Claims => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Claims;

describe('access', () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 2 });
    for (const name of ['reader', 'author', 'visitor']) await bench.kubectl('create', 'serviceaccount', name);
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const canI = async (who: string, ...what: string[]): Promise<string> => (await bench.attempt('auth', 'can-i', ...what, '--as', who)).stdout.trim();
  const tokenOf = async (...args: string[]): Promise<string> => (await bench.kubectl('create', 'token', ...args)).trim();
  const ask = (token: string, path: string): Promise<Answer<{ reason?: string; message?: string }>> => callApi(cluster, path, { credentials: { token } });
  const pods = (namespace = 'default'): string => `/api/v1/namespaces/${namespace}/pods`;

  describe('of service accounts', () => {
    it('is nothing but what everybody has', async () => {
      assert.equal(await canI(account('visitor'), 'list', 'pods'), 'no');
      const { code, stderr } = await bench.attempt('get', 'pods', '--as', account('visitor'));
      assert.equal(code, 1);
      assert.equal(
        stderr,
        `Error from server (Forbidden): pods is forbidden: User "${account('visitor')}" cannot list resource "pods" in API group "" in the namespace "default"\n`,
      );
      assert.match(
        await bench.kubectl('auth', 'can-i', '--list', '--as', account('visitor')),
        /selfsubjectaccessreviews\.authorization\.k8s\.io +\[\] +\[\] +\[create\]/,
      );
      assert.equal((await ask(await tokenOf('visitor'), '/version')).code, 200);
    });

    it('is what a role and its binding give, where they give it', async () => {
      await bench.kubectl('create', 'role', 'pod-reader', '--verb=get,list', '--resource=pods');
      await bench.kubectl('create', 'rolebinding', 'reader-reads', '--role=pod-reader', '--serviceaccount=default:reader');
      const token = await tokenOf('reader');
      await eventually(async () => assert.equal((await ask(token, pods())).code, 200));
      const elsewhere = await ask(token, pods('kube-system'));
      assert.deepEqual(
        [elsewhere.code, elsewhere.body.message],
        [403, `pods is forbidden: User "${account('reader')}" cannot list resource "pods" in API group "" in the namespace "kube-system"`],
      );
      assert.deepEqual(
        await Promise.all([
          canI(account('reader'), 'get', 'pods'),
          canI(account('reader'), 'delete', 'pods'),
          canI(account('reader'), 'get', 'pods', '--subresource=log'),
        ]),
        ['yes', 'no', 'no'],
      );
      await bench.kubectl('delete', 'rolebinding', 'reader-reads');
      await eventually(async () => assert.equal((await ask(token, pods())).code, 403));
    });

    it('reaches everywhere by a cluster role binding, and only to what it names', async () => {
      await bench.kubectl('create', 'clusterrole', 'one-node', '--verb=get', '--resource=nodes', '--resource-name=node-1');
      await bench.kubectl('create', 'clusterrolebinding', 'reader-of-nodes', '--clusterrole=one-node', `--group=system:serviceaccounts:default`);
      await eventually(async () => assert.equal(await canI(account('reader'), 'get', 'nodes/node-1'), 'yes'));
      assert.deepEqual(await Promise.all([canI(account('reader'), 'get', 'nodes/node-2'), canI(account('reader'), 'list', 'nodes')]), ['no', 'no']);
    });

    it('follows roles that gather others', async () => {
      await bench.apply(
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name: 'gathering' },
          aggregationRule: { clusterRoleSelectors: [{ matchLabels: { gather: 'me' } }] },
          rules: [],
        },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name: 'gathered', labels: { gather: 'me' } },
          rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
        },
      );
      await bench.kubectl('create', 'rolebinding', 'gathers', '--clusterrole=gathering', '--serviceaccount=default:visitor');
      await eventually(async () => assert.equal(await canI(account('visitor'), 'get', 'secrets'), 'yes'));
      await bench.kubectl('label', 'clusterrole', 'gathered', 'gather-');
      await eventually(async () => assert.equal(await canI(account('visitor'), 'get', 'secrets'), 'no'));
    });
  });

  describe('cannot be widened by who has less', () => {
    const groups = '["system:serviceaccounts" "system:serviceaccounts:default" "system:authenticated"]';
    before(async () => {
      await bench.kubectl(
        'create',
        'clusterrole',
        'author',
        '--verb=create,update,patch,get',
        '--resource=roles.rbac.authorization.k8s.io,rolebindings.rbac.authorization.k8s.io',
      );
      await bench.kubectl('create', 'rolebinding', 'author-writes', '--clusterrole=author', '--serviceaccount=default:author');
      await eventually(async () => assert.equal(await canI(account('author'), 'create', 'roles'), 'yes'));
    });

    const create = async (object: object): Promise<{ code: number; stderr: string }> =>
      cluster.kubectl(['create', '-f', '-', '--as', account('author')], { input: JSON.stringify(object) });
    const role = (name: string, rules: object[]): object => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name, namespace: 'default' },
      rules,
    });
    const binding = (name: string, roleName: string): object => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name, namespace: 'default' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
      subjects: [{ kind: 'ServiceAccount', name: 'author', namespace: 'default' }],
    });

    it('through a role', async () => {
      const { code, stderr } = await create(role('wider', [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }]));
      assert.equal(code, 1);
      assert.equal(
        stderr,
        `Error from server (Forbidden): error when creating "STDIN": roles.rbac.authorization.k8s.io "wider" is forbidden: user "${account('author')}" (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}\n`,
      );
    });

    it('through a binding', async () => {
      const { code, stderr } = await create(binding('widest', 'cluster-admin'));
      assert.equal(code, 1);
      assert.match(
        stderr,
        /rolebindings\.rbac\.authorization\.k8s\.io "widest" is forbidden: user "system:serviceaccount:default:author" \(groups=.*\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\["\*"\], Resources:\["\*"\], Verbs:\["\*"\]\}/,
      );
    });

    it('but by what it has, or by leave', async () => {
      assert.equal((await create(role('as-wide', [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['get'] }]))).code, 0);
      await bench.kubectl('create', 'role', 'may-bind', '--verb=bind', '--resource=clusterroles.rbac.authorization.k8s.io', '--resource-name=view');
      await bench.kubectl('create', 'rolebinding', 'author-binds', '--role=may-bind', '--serviceaccount=default:author');
      await eventually(async () => assert.equal((await create(binding('viewing', 'view'))).code, 0));
      assert.equal((await create(binding('editing', 'edit'))).code, 1);
    });

    it('and roleRef is for ever', async () => {
      const { code, stderr } = await bench.attempt('patch', 'rolebinding', 'author-writes', '-p', '{"roleRef":{"name":"view"}}');
      assert.equal(code, 1);
      assert.match(stderr, /^The RoleBinding "author-writes" is invalid: roleRef: Invalid value: .*: cannot change roleRef\n$/);
    });
  });

  describe('by tokens', () => {
    it('is for an hour, or as long as is asked for', async () => {
      const lifetimeOf = ({ exp, iat }: Claims): number => exp - iat;
      const { aud, iss, sub, 'kubernetes.io': about } = claimsOf(await tokenOf('visitor'));
      assert.deepEqual(
        [iss, aud, sub, about.serviceaccount.name],
        ['https://kubernetes.default.svc.cluster.local', ['https://kubernetes.default.svc.cluster.local'], account('visitor'), 'visitor'],
      );
      assert.equal(lifetimeOf(claimsOf(await tokenOf('visitor'))), 3600);
      assert.equal(lifetimeOf(claimsOf(await tokenOf('visitor', '--duration=20m'))), 1200);
      const { code, stderr } = await bench.attempt('create', 'token', 'visitor', '--duration=1m');
      assert.equal(code, 1);
      assert.match(stderr, /spec\.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes/);
    });

    const refusals: { name: string; token: () => Promise<string>; error: RegExp }[] = [
      { name: 'one for another audience', token: () => tokenOf('visitor', '--audience=vault'), error: /audience/ },
      {
        name: 'one that has expired',
        token: async () => forge(await tokenOf('visitor'), { iat: 1_600_000_000, nbf: 1_600_000_000, exp: 1_600_003_600 }),
        error: /service account token has expired/,
      },
      {
        name: 'one of the future',
        token: async () => forge(await tokenOf('visitor'), { nbf: 4_000_000_000, exp: 4_000_003_600 }),
        error: /service account token is not valid yet/,
      },
      {
        name: 'one that was changed',
        token: async () =>
          (await tokenOf('visitor')).replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"system:serviceaccount:kube-system:admin"}').toString('base64url')}.`),
        error: /./,
      },
      { name: 'one of an account that is gone', token: () => orphan(), error: /passing.*(not found|does not exist)/ },
    ];
    for (const { name, token, error } of refusals) {
      it(`is refused with ${name}`, async () => {
        const text = await token();
        const { code, body } = await eventually(async () => {
          const answer = await ask(text, '/version');
          assert.equal(answer.code, 401);
          return answer;
        });
        assert.deepEqual([code, body.reason, body.message], [401, 'Unauthorized', 'Unauthorized']);
        const review = await callApi<{ status: { authenticated?: boolean; error?: string } }>(cluster, '/apis/authentication.k8s.io/v1/tokenreviews', {
          method: 'POST',
          body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: text } },
        });
        assert.equal(review.body.status.authenticated ?? false, false);
        assert.match(review.body.status.error ?? '', error);
      });
    }

    /** Signs other claims with the cluster's own key. */
    function forge(token: string, change: object): string {
      const [header] = token.split('.');
      const payload = Buffer.from(JSON.stringify({ ...claimsOf(token), ...change })).toString('base64url');
      const signature = sign('sha256', Buffer.from(`${header}.${payload}`), {
        key: createPrivateKey(certificateOf(cluster, 'service-account.key')),
        dsaEncoding: 'ieee-p1363',
      });
      return `${header}.${payload}.${signature.toString('base64url')}`;
    }

    async function orphan(): Promise<string> {
      await bench.kubectl('create', 'serviceaccount', 'passing');
      const token = await tokenOf('passing');
      assert.equal((await ask(token, '/version')).code, 200);
      await bench.kubectl('delete', 'serviceaccount', 'passing');
      return token;
    }

    it('is for their audience where it is asked for', async () => {
      const token = await tokenOf('visitor', '--audience=vault');
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences: ['vault', 'other'] } };
      const review = await callApi<{ status: { authenticated?: boolean; audiences?: string[]; user?: { username: string } } }>(
        cluster,
        '/apis/authentication.k8s.io/v1/tokenreviews',
        { method: 'POST', body },
      );
      const { authenticated, audiences, user } = review.body.status;
      assert.deepEqual([authenticated, audiences, user?.username], [true, ['vault'], account('visitor')]);
    });
  });

  describe('of a node', () => {
    const asNode = ['--as=system:node:node-1', '--as-group=system:nodes', '--as-group=system:authenticated'];
    const refused = async (message: RegExp, ...args: string[]): Promise<void> => {
      const { code, stderr } = await bench.attempt(...args, ...asNode);
      assert.equal(code, 1);
      assert.match(stderr, message);
    };

    it('ends at other nodes', async () => {
      await bench.kubectl('label', 'node', 'node-1', 'own=yes', ...asNode);
      await refused(/nodes "node-2" is forbidden: .*node 'node-1' cannot read 'node-2', only its own Node object/, 'get', 'node', 'node-2');
      const other = await bench.read<{ metadata: { labels: Record<string, string> } }>('/api/v1/nodes/node-2');
      other.metadata.labels['own'] = 'no';
      const { code, stderr } = await cluster.kubectl(['replace', '-f', '-', ...asNode], { input: JSON.stringify(other) });
      assert.equal(code, 1);
      assert.match(stderr, /nodes "node-2" is forbidden: node "node-1" is not allowed to modify node "node-2"/);
      await refused(/is not allowed to modify labels: node-restriction\.kubernetes\.io\/x/, 'label', 'node', 'node-1', 'node-restriction.kubernetes.io/x=y');
    });

    it('reaches the secrets of its pods and no others', async () => {
      await bench.create(
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'mounted' } },
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'distant' } },
      );
      await bench.create(
        podOf('holder', [{ name: 'main', image: 'app' }], { nodeName: 'node-1', volumes: [{ name: 'v', secret: { secretName: 'mounted' } }] }),
      );
      await eventually(() => bench.kubectl('get', 'secret', 'mounted', ...asNode));
      await refused(
        /^Error from server \(Forbidden\): secrets "distant" is forbidden: User "system:node:node-1" cannot get resource "secrets" in API group "" in the namespace "default": no relationship found between node 'node-1' and this object\n$/,
        'get',
        'secret',
        'distant',
      );
    });

    it('ends at pods of others', async () => {
      await bench.create(podOf('of-other', [{ name: 'main', image: 'app' }], { nodeName: 'node-2' }));
      await refused(
        /node "node-1" can only (update pod status for|delete) pods with spec\.nodeName set to itself|no relationship found/,
        'delete',
        'pod',
        'of-other',
      );
    });
  });

  it('is told to who asks for themselves', async () => {
    assert.match(await bench.kubectl('auth', 'whoami'), /Username +kubernetes-admin\nGroups +\[system:masters system:authenticated\]/);
    assert.match(await bench.kubectl('auth', 'whoami', '--as', 'ann', '--as-group', 'friends'), /Username +ann\nGroups +\[friends system:authenticated\]/);
  });

  it('is not given to who would be another without leave', async () => {
    const token = await tokenOf('visitor');
    const kubeconfig = join(cluster.directory, 'visitor');
    const server = { server: cluster.url(), 'certificate-authority': join(cluster.dataDirectory, 'certificates/ca.crt') };
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [{ name: 'wherry', cluster: server }],
        users: [{ name: 'wherry', user: { token } }],
        contexts: [{ name: 'wherry', context: { cluster: 'wherry', user: 'wherry' } }],
      }),
    );
    const own = await cluster.kubectl(['get', 'pods', '--as', 'ann'], { environment: { KUBECONFIG: kubeconfig } });
    assert.match(
      own.stderr,
      /pods is forbidden: User "system:serviceaccount:default:visitor" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"/,
    );
  });
});
