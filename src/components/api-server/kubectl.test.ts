/** Stock kubectls against the server: typed (protobuf) and untyped clients, watches, patches, apply. Skipped where there is no kubectl. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startTestServer, type TestServer } from './test-server.fixture.ts';

const run = promisify(execFile);

/** The oldest and the newest kubectl beside the one on the path (`kubectl.1.27`), or that one. */
function kubectls(): string[] {
  const first = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'kubectl'))
    .find(existsSync);
  if (!first) return [];
  const directory = dirname(realpathSync(first));
  const versions = readdirSync(directory)
    .filter((name) => /^kubectl\.1\.\d+$/.test(name))
    .sort()
    .map((name) => join(directory, name));
  return versions.length > 0 ? [versions[0]!, versions.at(-1)!] : [first];
}

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
`;

for (const kubectl of kubectls()) {
  describe(`the server and ${kubectl.split('/').at(-1)}`, () => {
    let test: TestServer;
    const home = mkdtempSync(join(tmpdir(), 'wherry-kubectl-'));
    const environment = { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: join(home, 'config') };
    before(async () => {
      test = await startTestServer();
      const base64 = (text: string): string => Buffer.from(text).toString('base64');
      writeFileSync(
        environment.KUBECONFIG,
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Config',
          'current-context': 'x',
          contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
          clusters: [{ name: 'x', cluster: { server: test.server.url, 'certificate-authority-data': base64(test.ca.certificatePem) } }],
          users: [{ name: 'x', user: { 'client-certificate-data': base64(test.admin.certificatePem), 'client-key-data': base64(test.admin.privateKeyPem) } }],
        }),
      );
      writeFileSync(join(home, 'web.yaml'), deployment);
    });
    after(async () => {
      await test[Symbol.asyncDispose]();
      rmSync(home, { recursive: true });
    });
    const call = async (...args: string[]): Promise<string> => (await run(kubectl, args, { env: environment })).stdout.trim();
    const refusal = async (...args: string[]): Promise<string> => {
      const error: unknown = await call(...args).then(
        () => assert.fail('kubectl did not fail'),
        (failure: unknown) => failure,
      );
      return (error as { stderr: string }).stderr.trim();
    };

    it('creates through typed clients', async () => {
      assert.equal(await call('create', 'configmap', 'typed', '--from-literal=a=b'), 'configmap/typed created');
      assert.equal(await call('create', 'deployment', 'zero', '--image=nginx', '--replicas=0'), 'deployment.apps/zero created');
      assert.equal(await call('get', 'deployment', 'zero', '-o', 'jsonpath={.spec.replicas}{.spec.template.spec.containers[0].image}'), '0nginx');
    });

    it('applies on the client and on the server, and scales', async () => {
      const file = join(home, 'web.yaml');
      assert.equal(await call('apply', '-f', file), 'deployment.apps/web created');
      assert.equal(await call('apply', '-f', file), 'deployment.apps/web unchanged');
      assert.equal(await call('scale', 'deployment', 'web', '--replicas=5'), 'deployment.apps/web scaled');
      assert.equal(await call('apply', '--server-side', '--force-conflicts', '-f', file), 'deployment.apps/web serverside-applied');
      assert.equal(await call('get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}'), '2');
    });

    it('prints tables, labels and selects', async () => {
      await call('run', 'printed', '--image=busybox', '--restart=Never');
      assert.match(await call('get', 'pods', 'printed'), /^NAME +STATUS +AGE\nprinted +Pending +\d+s$/);
      await call('label', 'pod', 'printed', 'x=y');
      assert.equal(await call('get', 'pods', '-l', 'x=y', '-o', 'name'), 'pod/printed');
      assert.equal(await call('get', 'pods', '--field-selector', 'spec.nodeName=none', '-o', 'name'), '');
    });

    it('watches', async () => {
      const watching = spawn(kubectl, ['get', 'configmaps', '--watch', '-o', 'name'], { env: environment });
      let seen = '';
      watching.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      await call('create', 'configmap', 'watched');
      while (!seen.includes('configmap/watched')) await new Promise((resolve) => watching.stdout.once('data', resolve));
      const ended = new Promise((resolve) => watching.on('close', resolve));
      watching.kill();
      await ended;
    });

    it('reads refusals as upstream words them', async () => {
      assert.equal(await refusal('get', 'pod', 'none'), 'Error from server (NotFound): pods "none" not found');
      assert.equal(await refusal('create', 'configmap', 'typed'), 'error: failed to create configmap: configmaps "typed" already exists');
      assert.match(await refusal('run', 'BAD', '--image=x'), /The Pod "BAD" is invalid: metadata\.name: Invalid value: "BAD": a lowercase RFC 1123 subdomain/);
      assert.match(await refusal('exec', 'printed', '--', 'ls'), /pod printed does not have a host assigned/);
    });

    it('deletes', async () => {
      assert.match(await call('delete', 'deployment', 'zero'), /^deployment\.apps "zero" deleted/);
      assert.match(await call('delete', 'pod', 'printed'), /^pod "printed" deleted/);
      assert.equal(await call('get', 'pods', '-o', 'name'), '');
    });
  });
}
