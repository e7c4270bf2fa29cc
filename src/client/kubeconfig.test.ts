import assert from 'node:assert/strict';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { load } from 'js-yaml';
import { connectionOf, kubeconfigPaths, kubeconfigText, loadKubeconfig, removeContext, upsertContext } from './kubeconfig.ts';

const directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;
const newPath = (): string => join(directory, `config-${++files}`);
const entry = { name: 'wherry', server: 'https://127.0.0.1:6443', certificateAuthority: 'CA', certificate: 'CERT', key: 'KEY' };

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
      certificateAuthority: 'CA',
      certificate: 'CERT',
      key: 'KEY',
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

  it('refuses a file that is not a kubeconfig, and leaves it alone', () => {
    const path = newPath();
    writeFileSync(path, 'clusters: 5');
    assert.throws(() => upsertContext(path, entry), /not a kubeconfig/);
    assert.equal(readFileSync(path, 'utf8'), 'clusters: 5');
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
  it('acts as another user', () => {
    assert.deepEqual(connection('{as: me, as-uid: u1, as-groups: [a, b], as-user-extra: {Scope/x: [y]}}').headers, {
      'impersonate-user': 'me',
      'impersonate-uid': 'u1',
      'impersonate-group': ['a', 'b'],
      'impersonate-extra-scope%2Fx': ['y'],
    });
  });
  it('refuses auth providers and missing parts with a reason', () => {
    assert.throws(() => connection('{auth-provider: {name: x}}'), /no Auth Provider found for name "x"/);
    assert.throws(() => connection('{}', '{}'), /names no server/);
    assert.throws(() => connectionOf(loadKubeconfig([])), /no current context/);
    assert.throws(() => connectionOf(loadKubeconfig([]), 'x'), /"x" does not exist/);
  });
});
