import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { CredentialPluginPolicy } from './credential-plugin-policy.ts';
import { execCredentials } from './exec-credentials.ts';
import type { CredentialSource } from './https-client.ts';
import type { ExecCredentialConfig, KubeconfigCluster } from './kubeconfig.ts';
import { testCertificate } from './testing/test-certificate.ts';

const directory = mkdtempSync(join(tmpdir(), 'exec-'));
after(() => rmSync(directory, { recursive: true }));
let scripts = 0;

interface Plugin {
  readonly path: string;
  /** What it found in KUBERNETES_EXEC_INFO, once per run. */
  runs(): unknown[];
}

/** A program that notes what it is told and prints what `answer` makes. */
function plugin(answer: string): Plugin {
  const path = join(directory, `plugin-${++scripts}`);
  writeFileSync(path, `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" >> ${path}.runs\nn=$(wc -l < ${path}.runs)\n${answer}\n`);
  chmodSync(path, 0o755);
  writeFileSync(`${path}.runs`, '');
  return {
    path,
    runs: () =>
      readFileSync(`${path}.runs`, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown),
  };
}

const group = 'client.authentication.k8s.io';
const print = (value: unknown): string => `cat <<'END'\n${typeof value === 'string' ? value : JSON.stringify(value)}\nEND`;
const answer = (status: unknown, apiVersion = `${group}/v1`): string => print({ kind: 'ExecCredential', apiVersion, status });
const source = (
  command: string,
  { cluster = {}, policy, ...config }: Partial<ExecCredentialConfig> & { cluster?: KubeconfigCluster; policy?: CredentialPluginPolicy } = {},
): CredentialSource => execCredentials({ command, apiVersion: `${group}/v1`, interactiveMode: 'Never', ...config }, cluster, policy);

describe('credentials from a program', () => {
  it('are asked for once, by however many need them', async () => {
    const { path, runs } = plugin(answer({ token: 'abc' }));
    const credentials = source(path);
    assert.deepEqual(await Promise.all([credentials.current(), credentials.current()]), [{ token: 'abc' }, { token: 'abc' }]);
    assert.deepEqual(await credentials.current(), { token: 'abc' });
    assert.deepEqual(runs(), [{ kind: 'ExecCredential', apiVersion: `${group}/v1`, spec: { interactive: false } }]);
  });

  it('are asked for again when their time has passed, and not before', async () => {
    const past = plugin(answer({ token: 'abc', expirationTimestamp: '2020-01-01T00:00:00Z' }));
    const future = plugin(answer({ token: 'abc', expirationTimestamp: '2120-01-01T00:00:00+01:00' }));
    for (const { path, runs } of [past, future]) {
      const credentials = source(path);
      await credentials.current();
      await credentials.current();
      assert.equal(runs().length, path === past.path ? 2 : 1);
    }
  });

  it('are asked for again when the server refuses them, once for all requests that were sent with them', async () => {
    const { path, runs } = plugin(`echo "{\\"kind\\":\\"ExecCredential\\",\\"apiVersion\\":\\"${group}/v1\\",\\"status\\":{\\"token\\":\\"t$n\\"}}"`);
    const credentials = source(path);
    const used = await credentials.current();
    assert.deepEqual(await Promise.all([credentials.refused(used), credentials.refused(used)]), [true, true]);
    assert.deepEqual([used, await credentials.current(), runs().length], [{ token: 't1' }, { token: 't2' }, 2]);
  });

  it('tell it of the cluster when that is wanted', async () => {
    const { path, runs } = plugin(answer({ token: 'abc' }, `${group}/v1beta1`));
    const cluster = { server: 'https://x', 'proxy-url': 'http://p', extensions: [{ name: `${group}/exec`, extension: { a: 1 } }] };
    await source(path, { apiVersion: `${group}/v1beta1`, provideClusterInfo: true, cluster }).current();
    assert.deepEqual(runs(), [
      {
        kind: 'ExecCredential',
        apiVersion: `${group}/v1beta1`,
        spec: { cluster: { server: 'https://x', 'proxy-url': 'http://p', config: { a: 1 } }, interactive: false },
      },
    ]);
  });

  it('may be a certificate and its key, and YAML', async () => {
    const { certificate, key } = testCertificate;
    assert.deepEqual(await source(plugin(answer({ clientCertificateData: certificate, clientKeyData: key })).path).current(), { certificate, key });
    assert.deepEqual(await source(plugin(print(`kind: ExecCredential\napiVersion: ${group}/v1\nstatus: {token: abc}`)).path).current(), { token: 'abc' });
  });

  const bad = plugin('exit 3');
  const path = 'cannot be a program';
  const cases: readonly (readonly [name: string, credentials: CredentialSource, problem: string])[] = [
    ['a program that fails', source(bad.path), `exec: executable ${bad.path} failed with exit code 3`],
    ['one that is killed', source(plugin('kill -9 $$').path), `exec: executable ${join(directory, `plugin-${scripts}`)} failed with exit code -1`],
    ['a path where nothing is', source('/no/such'), 'exec: fork/exec /no/such: no such file or directory'],
    ['a file that is no program', source(`${bad.path}.runs`), `exec: fork/exec ${bad.path}.runs: permission denied`],
    [
      'another version',
      source(plugin(answer({ token: 'x' }, `${group}/v1beta1`)).path),
      `exec plugin is configured to use API version ${group}/v1, plugin returned version ${group}/v1beta1`,
    ],
    [
      'a version that is not known',
      source(plugin(answer({ token: 'x' }, `${group}/v9`)).path),
      `decoding stdout: no kind "ExecCredential" is registered for version "${group}/v9" in scheme "pkg/runtime/scheme.go:111"`,
    ],
    ['an empty answer', source(plugin('true').path), `exec plugin is configured to use API version ${group}/v1, plugin returned version ${group}/__internal`],
    ['half an answer', source(plugin(`echo '{"kind":'`).path), "decoding stdout: couldn't get version/kind; json parse error: unexpected end of JSON input"],
    ['no status', source(plugin(answer(undefined)).path), "exec plugin didn't return a status field"],
    ['an empty status', source(plugin(answer({})).path), "exec plugin didn't return a token or cert/key pair"],
    ['half a pair', source(plugin(answer({ clientKeyData: 'x' })).path), 'exec plugin returned only certificate or key, not both'],
    [
      'a pair that is none',
      source(plugin(answer({ clientCertificateData: 'x', clientKeyData: 'x' })).path),
      'failed parsing client key/certificate: tls: failed to find any PEM data in certificate input',
    ],
    [
      'a token of another type',
      source(plugin(answer({ token: 1 })).path),
      'decoding stdout: json: cannot unmarshal number into Go struct field ExecCredentialStatus.status.token of type string',
    ],
    [
      'no time',
      source(plugin(answer({ token: 'x', expirationTimestamp: 'soon' })).path),
      'decoding stdout: parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"',
    ],
    [
      'a terminal that is not there',
      source('x', { interactiveMode: 'Always' }),
      'exec plugin cannot support interactive mode: standard input is not a terminal',
    ],
    ['a policy against all', source(bad.path, { policy: { type: 'DenyAll' } }), `plugin ${JSON.stringify(bad.path)} not allowed: policy set to "DenyAll"`],
    [
      'a list without it',
      source(bad.path, { policy: { type: 'Allowlist', allowlist: ['other'] } }),
      `plugin path ${JSON.stringify(bad.path)} is not permitted by the credential plugin allowlist`,
    ],
    ['a list with it', source(bad.path, { policy: { type: 'Allowlist', allowlist: [bad.path] } }), `exec: executable ${bad.path} failed with exit code 3`],
  ];
  for (const [name, credentials, problem] of cases)
    it(`tell of ${name}`, async () => {
      await assert.rejects(credentials.current(), { message: `getting credentials: ${problem}` });
    });

  it('tell how to install a program that is not on PATH', async () => {
    await assert.rejects(source(path, { installHint: 'get it\u001b' }).current(), ({ message }: Error) => {
      assert.ok(message.startsWith(`getting credentials: exec: executable ${path} not found\n\nIt looks like`), message);
      assert.ok(message.endsWith('\n\nget itU+001B'), message);
      return true;
    });
  });
});
