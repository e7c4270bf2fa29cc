import assert from 'node:assert/strict';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { load } from 'js-yaml';
import { connectionOf, inClusterConnection, kubeconfigPaths, kubeconfigText, loadKubeconfig, removeContext, upsertContext } from './kubeconfig.ts';
import { connectionWith } from './kubeconfig-overrides.ts';
import { testCertificate } from './testing/test-certificate.ts';

const directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;
const newPath = (): string => join(directory, `config-${++files}`);
const { certificate, key } = testCertificate;
const entry = { name: 'wherry', server: 'https://127.0.0.1:6443', certificateAuthority: certificate, certificate, key };

const existing = `
apiVersion: v1
kind: Config
current-context: other
extra: kept
clusters:
- name: other
  cluster: {server: https://other, certificate-authority: ca.crt, extensions: [{name: x}]}
users:
- name: other
  user: {token: secret}
contexts:
- name: other
  context: {cluster: other, user: other, namespace: team}
`;

describe('upsertContext', () => {
  it('makes a file that only its owner can read, with the context current', () => {
    const path = join(directory, 'deep', 'config');
    upsertContext(path, entry);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(connectionOf(loadKubeconfig([path])), {
      server: 'https://127.0.0.1:6443',
      namespace: 'default',
      certificateAuthority: certificate,
      certificate,
      key,
    });
    assert.deepEqual(readdirSync(join(directory, 'deep')), ['config']);
  });

  it('keeps everything else that is in the file, and replaces its own entry', () => {
    const path = newPath();
    writeFileSync(path, existing);
    upsertContext(path, entry);
    upsertContext(path, { ...entry, server: 'https://127.0.0.1:7443', namespace: 'mine' });
    const config = load(readFileSync(path, 'utf8')) as Record<string, unknown[]>;
    const before = load(existing) as Record<string, unknown[]>;
    assert.deepEqual(
      [config['clusters']?.[0], config['users']?.[0], config['contexts']?.[0], config['extra']],
      [before['clusters']?.[0], before['users']?.[0], before['contexts']?.[0], 'kept'],
    );
    assert.equal(config['clusters']?.length, 2);
    assert.deepEqual(connectionOf(loadKubeconfig([path])).namespace, 'mine');
  });

  it('writes through a symbolic link', () => {
    const [path, link] = [newPath(), newPath()];
    writeFileSync(path, existing);
    symlinkSync(path, link);
    upsertContext(link, entry);
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.equal(loadKubeconfig([path])['current-context'], 'wherry');
  });

  it('writes as kubectl does', () => {
    const path = newPath();
    upsertContext(path, { name: 'b', server: 'https://b', token: '123' });
    upsertContext(path, { name: 'a', server: 'https://a', namespace: 'team' });
    assert.equal(
      readFileSync(path, 'utf8'),
      [
        ...['apiVersion: v1', 'clusters:', '- cluster:', '    server: https://a', '  name: a', '- cluster:', '    server: https://b', '  name: b', 'contexts:'],
        ...['- context:', '    cluster: a', '    namespace: team', '    user: a', '  name: a', '- context:', '    cluster: b', '    user: b', '  name: b'],
        ...['current-context: a', 'kind: Config', 'users:', '- name: a', '  user: {}', '- name: b', '  user:', '    token: "123"', ''],
      ].join('\n'),
    );
  });

  const head = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  const broken: readonly (readonly [text: string, problem: string])[] = [
    ['clusters: 5', 'json: cannot unmarshal number into Go struct field Config.clusters of type []v1.NamedCluster'],
    ['hello', `couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type ${head}`],
    ['- a', `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${head}`],
    ['apiVersion: v2\nkind: Config', 'no kind "Config" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"'],
    ['clusters: [{name: c, cluster: {server: 5}}]', 'json: cannot unmarshal number into Go struct field Cluster.clusters.cluster.server of type string'],
    ['users: [{name: u, user: {client-key-data: "%%"}}]', 'illegal base64 data at input byte 0'],
  ];
  for (const [text, problem] of broken)
    it(`refuses ${JSON.stringify(text)}, and leaves it alone`, () => {
      const path = newPath();
      writeFileSync(path, text);
      assert.throws(() => upsertContext(path, entry), { message: `error loading config file ${JSON.stringify(path)}: ${problem}` });
      assert.equal(readFileSync(path, 'utf8'), text);
    });
});

describe('removeContext', () => {
  it('takes back what upsertContext added', () => {
    const path = newPath();
    writeFileSync(path, existing);
    upsertContext(path, entry);
    removeContext(path, 'wherry');
    assert.deepEqual(load(readFileSync(path, 'utf8')), { ...(load(existing) as object), 'current-context': '' });
    removeContext(path, 'wherry');
    removeContext(newPath(), 'wherry');
  });

  it('keeps a cluster that another context uses', () => {
    const path = newPath();
    writeFileSync(path, `${existing}- name: second\n  context: {cluster: other, user: other}\n`);
    removeContext(path, 'other');
    assert.deepEqual([loadKubeconfig([path]).clusters.length, loadKubeconfig([path]).users.length], [1, 1]);
  });
});

describe('loadKubeconfig', () => {
  it('merges files, the first one winning, and resolves paths from each file', () => {
    const [first, second] = [newPath(), newPath()];
    writeFileSync(first, kubeconfigText({ ...entry, name: 'other' }));
    writeFileSync(second, existing.replace('current-context: other', 'current-context: x').replaceAll('name: other', 'name: second'));
    const config = loadKubeconfig([join(directory, 'missing'), first, second]);
    assert.deepEqual([config['current-context'], config.clusters.map(({ name }) => name)], ['other', ['other', 'second']]);
    assert.equal(config.clusters[1]?.cluster['certificate-authority'], join(directory, 'ca.crt'));
  });

  it('finds its files by KUBECONFIG or in the home directory', () => {
    assert.deepEqual(kubeconfigPaths({ KUBECONFIG: '/a::/b:/a' }, '/home/me'), ['/a', '/b']);
    assert.deepEqual(kubeconfigPaths({}, '/home/me'), ['/home/me/.kube/config']);
  });
});

describe('connectionOf', () => {
  const connection = (user: string, cluster = '{server: https://x}') => {
    const path = newPath();
    writeFileSync(
      path,
      `clusters: [{name: c, cluster: ${cluster}}]\nusers: [{name: u, user: ${user}}]\ncontexts: [{name: k, context: {cluster: c, user: u}}]\ncurrent-context: k\n`,
    );
    return connectionOf(loadKubeconfig([path]));
  };
  const tokenFile = newPath();
  writeFileSync(tokenFile, 'from-file');
  it('reads tokens, token files and passwords', () => {
    assert.equal(connection('{token: abc}').token, 'abc');
    const { token } = connection(`{tokenFile: ${tokenFile}}`);
    assert.equal(typeof token === 'function' ? token() : undefined, 'from-file');
    assert.deepEqual(connection('{username: me, password: pw}').headers, { authorization: `Basic ${Buffer.from('me:pw').toString('base64')}` });
  });
  it('gets credentials from a program, and goes through a proxy', () => {
    assert.equal(typeof connection('{exec: {command: x, apiVersion: client.authentication.k8s.io/v1}}').credentials?.current, 'function');
    assert.equal(typeof connection('{}', '{server: https://x, proxy-url: http://p}').openTunnel, 'function');
  });
  it('asks no program where something else tells who the user is, and tells nobody over plain HTTP', () => {
    const exec = 'exec: {command: x, apiVersion: client.authentication.k8s.io/v1}';
    assert.equal(connection(`{token: abc, ${exec}}`).credentials, undefined);
    assert.equal(connection(`{username: me, ${exec}}`).credentials, undefined);
    const { token, credentials, server } = connection(`{token: abc, ${exec}}`, '{server: "x:80"}');
    assert.deepEqual({ token, credentials, server }, { token: undefined, credentials: undefined, server: 'http://x:80' });
  });
  it('finds a program from the folder of its file, and a name alone on PATH', () => {
    const path = newPath();
    writeFileSync(path, 'users: [{name: a, user: {exec: {command: ./bin/x}}}, {name: b, user: {exec: {command: x}}}]');
    assert.deepEqual(
      loadKubeconfig([path]).users.map(({ user }) => user.exec?.command),
      [join(directory, 'bin/x'), 'x'],
    );
  });
  it('is that of the pod for a program in a cluster', () => {
    const account = mkdtempSync(join(directory, 'account-'));
    for (const [name, text] of Object.entries({ token: 'first', 'ca.crt': certificate, namespace: 'team\n' })) writeFileSync(join(account, name), text);
    const found = inClusterConnection({ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }, account);
    assert.deepEqual([found.server, found.namespace, found.certificateAuthority], ['https://[fd00::1]:443', 'team', certificate]);
    writeFileSync(join(account, 'token'), 'second');
    assert.equal(typeof found.token === 'function' && found.token(), 'second');
    assert.throws(() => inClusterConnection({}, account), /not in a cluster/);
  });
  it('is not made with authorities that are none', () => {
    const cluster = { server: 'https://x', 'certificate-authority-data': 'YWJj' };
    const config = { clusters: [{ name: 'c', cluster }], users: [], contexts: [{ name: 'k', context: { cluster: 'c', user: '' } }], 'current-context': 'k' };
    assert.throws(() => connectionWith(config, {}), { message: 'unable to load root certificates: unable to parse bytes as PEM block' });
  });
  it('acts as another user', () => {
    assert.deepEqual(connection('{as: me, as-user-extra: {Foo: [a], foo: [b]}}').headers, { 'impersonate-user': 'me', 'impersonate-extra-foo': ['a', 'b'] });
    assert.deepEqual(connection('{as: me, as-uid: u1, as-groups: [a, b], as-user-extra: {Scope/x: [y]}}').headers, {
      'impersonate-user': 'me',
      'impersonate-uid': 'u1',
      'impersonate-group': ['a', 'b'],
      'impersonate-extra-scope%2Fx': ['y'],
    });
  });
  it('refuses auth providers and missing parts with a reason', () => {
    assert.throws(() => connection('{auth-provider: {name: x}}'), { message: 'no Auth Provider found for name "x"' });
    assert.throws(() => connection('{auth-provider: {name: gcp}}'), /The gcp auth plugin has been removed/);
    assert.throws(() => connection('{auth-provider: {name: oidc}}'), { message: 'Must provide idp-issuer-url' });
    assert.throws(() => connection('{exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}}'), {
      message: 'exec plugin: invalid apiVersion "client.authentication.k8s.io/v1alpha1"',
    });
    assert.throws(() => connection('{tokenFile: /no/such}'), { message: 'open /no/such: no such file or directory' });
    assert.throws(() => connection('{}', '{server: "://x"}'), { message: 'host must be a URL or a host:port pair: "://x"' });
    assert.throws(() => connection('{}', '{}'), /names no server/);
    assert.throws(() => connectionOf(loadKubeconfig([])), /no current context/);
    assert.throws(() => connectionOf(loadKubeconfig([]), 'x'), /"x" does not exist/);
  });
});
