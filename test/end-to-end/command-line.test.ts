import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { callApi } from '../fixtures/api-request.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { startTestCluster } from '../fixtures/cluster.ts';
import { type Outcome, run } from '../fixtures/run.ts';

const entry = join(import.meta.dirname, '../../dist/wherry.js');

describe('the command line without a cluster', { concurrency: 2 }, () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'wc-'));
  });
  after(() => rmSync(directory, { recursive: true }));
  const wherry = (...args: string[]): Promise<Outcome> =>
    run(process.execPath, [entry, ...args], { environment: { PATH: process.env['PATH'], HOME: directory, COLUMNS: '120' }, timeoutMs: 240_000 });

  it('tells what it can do', async () => {
    const { code, stdout, stderr } = await wherry('--help');
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /^A Kubernetes you extend in TypeScript, and every verb of kubectl\.\n/);
    const commands = [...stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([\w-]+)/gm)].map((match) => match[1]);
    for (const command of ['up', 'down', 'status', 'image', 'kubeconfig', 'extensions', 'get', 'config'])
      assert.ok(commands.includes(command), `${command} is missing:\n${stdout}`);
    assert.ok(
      stdout.split('\n').every((line) => line.length <= 130),
      stdout,
    );
  });

  for (const args of [['--help'], ['help'], ['-h']]) {
    it(`tells the same by ${args.join(' ')}`, async () => assert.equal((await wherry(...args)).stdout, (await wherry('--help')).stdout));
  }

  it('tells of one command', async () => {
    const { code, stdout } = await wherry('up', '--help');
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: wherry up \[options\]\n\nstart a cluster; Ctrl-C stops it\n/);
    for (const flag of [
      '--detach',
      '--nodes <n>',
      '--simulate',
      '--port <port>',
      '--host <address>',
      '--extension <file>',
      '--kubeconfig <file>',
      '--data-dir <dir>',
    ])
      assert.ok(stdout.includes(flag), `${flag} is missing:\n${stdout}`);
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string };
    for (const flag of ['--version', '-v']) assert.deepEqual(await wherry(flag), { code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('shows what it can do when it is asked for nothing', async () => {
    assert.deepEqual(await wherry(), await wherry('--help'));
  });

  const mistakes: { args: string[]; says: RegExp }[] = [
    { args: ['upp'], says: /^error: unknown command "upp" for "wherry"\n\nDid you mean this\?\n\tup\n/ },
    { args: ['up', '--simulated'], says: /^error: unknown option '--simulated'\n\(Did you mean --simulate\?\)\n/ },
    { args: ['up', 'now'], says: /^error: too many arguments for 'up'\. Expected 0 arguments but got 1/ },
    { args: ['up', '--port', 'http'], says: /^error: option '--port <port>' argument 'http' is invalid\. must be a whole number from 0 to 65535\.\n/ },
    { args: ['up', '--port', '70000'], says: /must be a whole number from 0 to 65535\./ },
    { args: ['up', '--nodes', '0'], says: /must be a whole number from 1 to 10000\./ },
    { args: ['up', '--nodes'], says: /^error: option '--nodes <n>' argument missing/ },
    { args: ['up', '--nodes', '3'], says: /^error: several nodes on one machine are simulated ones: add --simulate, or leave --nodes out\n$/ },
    { args: ['status', '-o', 'xml'], says: /^error: option '-o, --output <format>' argument 'xml' is invalid\. Allowed choices are table, json, yaml\.\n/ },
    { args: ['image', 'import'], says: /^error: missing required argument 'file'/ },
    { args: ['image', 'pull'], says: /^error: unknown command 'pull'/ },
    { args: ['down', '--purge', '--keep-containers'], says: /^error: --keep-containers and --purge exclude each other\n$/ },
    { args: ['image', 'list'], says: /^error: no cluster runs on \S+; start one with: wherry up\n$/ },
    { args: ['kubeconfig'], says: /^error: no cluster runs on \S+; start one with: wherry up\n$/ },
    { args: ['extensions'], says: /^error: no cluster runs on \S+; start one with: wherry up\n$/ },
    {
      args: ['up', '--simulate', '--detach', '--port', '0', '--data-dir', '/etc/hostname/d'],
      says: /^error: cannot write to the data directory \/etc\/hostname\/d \(ENOTDIR\); choose another with --data-dir\n$/,
    },
    {
      args: ['up', '--simulate', '--detach', '--port', '0', '--host', '203.0.113.1'],
      says: /^error: .*does not have the address to listen on; choose another with --host\n$/m,
    },
    {
      args: ['up', '--detach', '--port', '0', '--container-runtime-endpoint', '/no/such.sock'],
      says: /^error: no container runtime answers at \/no\/such\.sock; start it, or leave --container-runtime-endpoint out/m,
    },
  ];
  for (const { args, says } of mistakes) {
    it(`says what is wrong with "${args.join(' ')}"`, async () => {
      const { code, stdout, stderr } = await wherry(...args);
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' }, stderr);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /^ +at /m);
    });
  }

  it('is content when there is nothing to stop', async () => {
    for (let times = 0; times < 2; times++)
      assert.deepEqual(await wherry('down'), { code: 0, stdout: '', stderr: `no cluster runs on ${join(directory, '.wherry')}\n` });
  });

  it('says so when nothing runs', async () => {
    assert.deepEqual(await wherry('status'), { code: 3, stdout: `no cluster runs on ${join(directory, '.wherry')}; start one with: wherry up\n`, stderr: '' });
    assert.deepEqual(await wherry('status', '-o', 'json'), { code: 3, stdout: '{"running":false}\n', stderr: '' });
  });
});

describe('the command line with a cluster', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 2 });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  it('reaches it without TLS, by the socket that the kubeconfig names for its server', async () => {
    const path = join(cluster.directory, 'elsewhere');
    const get = async (config: string) => {
      writeFileSync(path, config);
      return cluster.wherry('get', '--raw', '/api/v1/namespaces/default', `--kubeconfig=${path}`);
    };
    const config = readFileSync(cluster.kubeconfig, 'utf8');
    // Nobody listens there.
    const unreachable = config.replaceAll(cluster.url(), 'https://127.0.0.1:1');
    const reached = await get(unreachable);
    assert.deepEqual([reached.code, reached.stderr, reached.stdout.includes('"name":"default"')], [0, '', true]);
    const refused = /^The connection to the server 127\.0\.0\.1:1 was refused - did you specify the right host or port\?$/m;
    const [, authority = ''] = /certificate-authority-data: (\S+)/.exec(config) ?? [];
    const other = Buffer.from(
      Buffer.from(authority, 'base64')
        .toString()
        .replace(/\n[A-Za-z]/, (start) => (start === '\nA' ? '\nB' : '\nA')),
    ).toString('base64');
    for (const changed of [
      unreachable.replace(' server: https://127.0.0.1:1\n      name', ' server: https://127.0.0.1:2\n      name'),
      unreachable.replace(/path: .*/, 'path: /nowhere'),
      unreachable.replace(authority, other),
    ]) {
      const { code, stderr } = await get(changed);
      assert.equal(code, 1);
      assert.match(stderr, refused);
    }
  });

  it('shows how it is', async () => {
    const { code, stdout, stderr } = await cluster.wherry('status');
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const [where, data, empty, headings, ...nodes] = stdout.trimEnd().split('\n');
    assert.match(where!, new RegExp(`^${cluster.url()} is ready \\(pid ${cluster.pid()}, up \\d+\\w, [\\d.]+ MiB of memory\\)$`));
    assert.match(data!, new RegExp(`^data in ${cluster.dataDirectory} \\(store: [\\d.]+ [KM]iB\\)$`));
    assert.equal(empty, '');
    assert.deepEqual(nodes.splice(2), ['', 'no pods']);
    assert.match(headings!, /^NODE +STATUS +PODS +RUNTIME$/);
    assert.deepEqual(
      nodes.map((line) => line.split(/ {2,}/).slice(0, 3)),
      [
        ['node-1', 'Ready', '0'],
        ['node-2', 'Ready', '0'],
      ],
    );
    const summary = JSON.parse((await cluster.wherry('status', '-o', 'json')).stdout) as Record<string, unknown>;
    assert.deepEqual(
      [summary['running'], summary['ready'], summary['url'], summary['pid'], summary['simulated'], summary['pods']],
      [true, true, cluster.url(), cluster.pid(), true, 0],
    );
    assert.match((await cluster.wherry('status', '-o', 'yaml')).stdout, /^nodes:\n- name: node-1\n/m);
  });

  it('prints a kubeconfig that works', async () => {
    const { code, stdout } = await cluster.wherry('kubeconfig');
    assert.equal(code, 0);
    const path = join(cluster.directory, 'printed');
    writeFileSync(path, stdout);
    assert.equal(await cluster.mustKubectl(['get', 'nodes', '-o', 'name'], { environment: { KUBECONFIG: path } }), 'node/node-1\nnode/node-2\n');
    assert.equal((await cluster.mustKubectl(['config', 'current-context'], { environment: { KUBECONFIG: path } })).trim(), 'wherry');
  });

  it('has nothing to do with images where nothing is run', async () => {
    assert.deepEqual(await cluster.wherry('image', 'list'), {
      code: 1,
      stdout: '',
      stderr: 'error: this cluster has simulated nodes only: they need no images\n',
    });
  });

  it('keeps what others have in the kubeconfig', async () => {
    await cluster.mustKubectl(['config', 'set-context', 'mine', '--cluster=other', '--user=me', '--namespace=own']);
    await cluster.stop();
    await cluster.start();
    assert.equal(await cluster.mustKubectl(['config', 'get-contexts', '-o', 'name']), 'mine\nwherry\n');
  });

  it('keeps what was made across a stop and a start', async () => {
    await cluster.mustKubectl(['create', 'configmap', 'kept', '--from-literal=a=1']);
    const port = new URL(cluster.url()).port;
    await cluster.stop();
    assert.equal((await cluster.wherry('status')).code, 3);
    await cluster.start();
    assert.equal(new URL(cluster.url()).port, port);
    assert.equal(await cluster.mustKubectl(['get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}']), '1');
  });

  it('stops for a signal as for down', async () => {
    const pid = cluster.pid();
    process.kill(pid, 'SIGINT');
    for (const deadline = Date.now() + 120_000; existsSync(`/proc/${pid}`) && Date.now() < deadline; ) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal((await cluster.wherry('status')).code, 3);
    assert.deepEqual(await cluster.wherry('down'), { code: 0, stdout: '', stderr: `no cluster runs on ${cluster.dataDirectory}\n` });
    await cluster.start();
  });

  it('answers health questions without credentials, and nothing else', async () => {
    for (const path of ['/livez', '/readyz', '/healthz']) assert.deepEqual(await callApi(cluster, path, { credentials: 'none' }), { code: 200, body: 'ok' });
    assert.equal((await callApi(cluster, '/debug/extensions', { credentials: 'none' })).code, 403);
    assert.equal((await callApi(cluster, '/metrics', { credentials: 'none' })).code, 403);
  });

  it('stops twice, and takes everything away when it is told to', async () => {
    const text = (outcome: Outcome): [number, string, string] => [outcome.code, outcome.stdout, outcome.stderr];
    assert.deepEqual(text(await cluster.wherry('down')), [0, '', `stopped the cluster on ${cluster.dataDirectory}\n`]);
    assert.deepEqual(text(await cluster.wherry('down')), [0, '', `no cluster runs on ${cluster.dataDirectory}\n`]);
    assert.deepEqual(text(await cluster.wherry('down', '--purge')), [0, '', `no cluster runs on ${cluster.dataDirectory}\n`]);
    assert.ok(!existsSync(cluster.dataDirectory));
    assert.doesNotMatch(readFileSync(cluster.kubeconfig, 'utf8'), /wherry/);
  });
});
