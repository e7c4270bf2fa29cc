import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { tarHeader } from '../../src/extension-points/commands/archives/tar-header.ts';
import { canRunContainers, eventually, kubectlBinary, startTestCluster, type TestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { startRelay } from '../fixtures/relay.ts';
import { endOf, run } from '../fixtures/run.ts';
import { podOf, shell, statusOf, stay, workbenchOf } from '../fixtures/workload.ts';

const entry = join(import.meta.dirname, '../../dist/wherry.js');

describe('wherry reaches into containers', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  const environment = (): NodeJS.ProcessEnv => ({ ...process.env, HOME: cluster.directory, KUBECONFIG: cluster.kubeconfig, WHERRY_CALLED_AS: 'kubectl' });
  const wherry = (args: readonly string[], input?: string) =>
    run(process.execPath, [entry, ...args], { environment: environment(), timeoutMs: 120_000, ...(input === undefined ? {} : { input }) });
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox') });
    const serving = 'mkdir /www && echo page > /www/index.html && httpd -p 80 -h /www';
    await bench.create(
      podOf(
        'steady',
        [shell(`${serving}; echo of main; ${stay}`), shell(`echo of other; cat; ${stay}`, { name: 'other', stdin: true })],
        {},
        { labels: { app: 'steady' } },
      ),
    );
    await bench.podReady('steady');
    await eventually(async () => assert.equal(await bench.kubectl('logs', 'steady', '-c', 'main'), 'of main\n'));
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  it('reads logs', async () => {
    const { code, stdout, stderr } = await wherry(['logs', 'steady']);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'of main\n', stderr: 'Defaulted container "main" out of: main, other\n' });
    const all = await wherry(['logs', '-l', 'app=steady', '--all-containers', '--prefix']);
    assert.equal(all.stdout, '[pod/steady/main] of main\n[pod/steady/other] of other\n');
  });

  it('follows a log to its end', async () => {
    await bench.create(podOf('brief', [shell('for i in 1 2 3; do echo line $i; sleep 0.3; done; sleep 3')], { restartPolicy: 'Never' }));
    assert.equal((await wherry(['logs', '-f', 'brief'])).stdout, 'line 1\nline 2\nline 3\n');
  });

  it('runs commands, with their input, outputs and exit codes', async () => {
    const { code, stdout, stderr } = await wherry(['exec', 'steady', '-c', 'main', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    assert.deepEqual({ code, stdout, stderr }, { code: 7, stdout: 'out\n', stderr: 'err\ncommand terminated with exit code 7\n' });
    const text = 'a line of input\n'.repeat(50_000);
    assert.equal((await wherry(['exec', '-i', 'steady', '-c', 'main', '--', 'cat'], text)).stdout, text);
  });

  it('attaches, and leaves when the input ends', async () => {
    const child = spawn(process.execPath, [entry, 'attach', '-i', '-q', 'steady', '-c', 'other'], { env: environment(), stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    const ended = endOf(child, () => said);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdin.write('typed\n');
    // What is written while the input ends may be lost, as with any client.
    await eventually(() => assert.equal(said, 'typed\n'));
    child.stdin.end();
    assert.equal(await ended, 0);
  });

  it('copies folders both ways, without links', async () => {
    const source = join(cluster.directory, 'source');
    mkdirSync(join(source, 'inner'), { recursive: true });
    const content = 'content\n'.repeat(100_000);
    writeFileSync(join(source, 'inner', 'file'), content);
    symlinkSync('/etc/passwd', join(source, 'link'));
    assert.equal((await wherry(['cp', source, 'steady:/tmp/copy', '-c', 'main'])).code, 0);
    const target = join(cluster.directory, 'target');
    const { code, stderr } = await wherry(['cp', 'steady:/tmp/copy', target, '-c', 'main']);
    assert.equal(code, 0);
    assert.match(stderr, /^warning: skipping symlink: ".*target\/link" -> "\/etc\/passwd"/);
    assert.equal(readFileSync(join(target, 'inner', 'file'), 'utf8'), content);
  });

  it('says what could not be copied', async () => {
    assert.equal((await wherry(['cp', 'steady:/nowhere', join(cluster.directory, 'nothing'), '-c', 'main'])).code, 1);
    const folder = join(cluster.directory, 'pipes');
    mkdirSync(folder);
    await run('mkfifo', [join(folder, 'pipe')]);
    const { code, stderr } = await wherry(['cp', folder, 'steady:/tmp/pipes', '-c', 'main']);
    assert.equal(code, 1);
    assert.match(stderr, /^error: archive\/tar: .*pipe is neither a file, a folder nor a link\n$/);
  });

  it('forwards ports, and passes requests to the API on', async () => {
    for (const [args, path, wanted] of [
      [['port-forward', 'steady', ':80'], '/', /^page\n$/],
      [['proxy', '--port=0'], '/api/v1/namespaces/default/pods/steady', /"name": ?"steady"/],
    ] as const) {
      const child = spawn(process.execPath, [entry, ...args], { env: environment(), stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      const ended = endOf(child, () => said);
      try {
        child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
        const port = await eventually(() => /127\.0\.0\.1:(\d+)/.exec(said)?.[1] ?? assert.fail(said));
        assert.match(await (await fetch(`http://127.0.0.1:${port}${path}`)).text(), wanted);
      } finally {
        child.kill('SIGTERM');
        await ended;
      }
    }
  });

  /** Runs a shell line in a terminal of its own, and types each text once what goes before it was said. Answers all that was said. */
  async function inTerminal(line: string, typed: readonly (readonly [RegExp, string | (() => void)])[]): Promise<string> {
    const child = spawn('script', ['-qec', `stty rows 20 cols 90; ${line}; stty -a`, '/dev/null'], { env: environment(), stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    const ended = endOf(child, () => said);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    try {
      for (const [before, act] of typed) {
        await eventually(() => assert.match(said, before));
        if (typeof act === 'string') child.stdin.write(act);
        else act();
      }
      await ended;
      return said;
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  }

  const restored = /[^-]icanon\b[^]*[^-]echo\b/;
  const once = ['--rm', '--restart=Never', '--image=busybox', '--image-pull-policy=IfNotPresent'];

  it('runs a pod once, with input, and passes its exit code on', async () => {
    const args = ['run', 'once', '-i', ...once, '--', 'sh', '-c', 'read word; echo got $word; exit 3'];
    const { code, stdout, stderr } = await wherry(args, 'it\n');
    assert.deepEqual([code, stdout], [3, 'got it\npod "once" deleted from default namespace\n'], stderr);
    assert.match(stderr, /^All commands and output [^]*try pressing enter\.\npod default\/once terminated \(Error\)\n/);
  });

  it('gives a pod its terminal, and takes it back', async () => {
    const said = await inTerminal(`"${process.execPath}" "${entry}" run shell -it ${once.join(' ')} -- sh; echo "code $?"`, [
      [/try pressing enter/, 'stty size\n'],
      [/^20 90\r$/m, 'sleep 1000; echo "slept $?"\n'],
      [/sleep 1000/, '\u0003'],
      [/\^C/, 'echo "after $?"; exit 5\n'],
    ]);
    assert.match(said, /^after 130\r$/m);
    assert.match(said, /^pod "shell" deleted from default namespace\r\n[^]*^code 5\r$/m);
    assert.match(said.slice(said.lastIndexOf('code 5')), restored);
  });

  it('gives the terminal back when a signal ends it', async () => {
    const file = join(cluster.directory, 'pid');
    const said = await inTerminal(`sh -c 'echo $$ > ${file}; exec "${process.execPath}" "${entry}" exec -it steady -c main -- sh'; echo "code $?"`, [
      [/# /, () => process.kill(Number(readFileSync(file, 'utf8')), 'SIGHUP')],
    ]);
    assert.match(said.slice(said.lastIndexOf('code 129')), restored, said);
  });

  it('copies a large file over connections that break, and hard links as files', async () => {
    await bench.exec('steady', 'mkdir /data; head -c 5000000 /dev/urandom > "/data/it\'s big"; ln "/data/it\'s big" /data/same', 'main');
    const [sum = ''] = (await bench.exec('steady', 'md5sum /data/same', 'main')).split(' ');
    const target = join(cluster.directory, 'data');
    await using relay = await startRelay(Number(new URL(cluster.url()).port), { cutsAfterBytes: 2_000_000 });
    const copy = (retries: number, from: string, to: string) =>
      wherry(['cp', `--server=https://127.0.0.1:${relay.port}`, `--retries=${retries}`, '-c', 'main', `steady:${from}`, to]);
    const broken = await copy(0, '/data', target);
    assert.deepEqual([broken.code, broken.stdout.includes('Dropping')], [1, false], broken.stderr);
    const dropped = await copy(1, '/data', target);
    assert.equal(dropped.code, 1);
    assert.match(dropped.stdout, /Resuming copy at \d+ bytes, retry 1\/1\n[^]*Dropping out copy after 1 retries\n/);
    const whole = await copy(20, "/data/it's big", join(cluster.directory, 'big'));
    assert.equal(whole.code, 0, whole.stderr);
    assert.equal((await wherry(['cp', '-c', 'main', 'steady:/data', target])).code, 0);
    for (const path of [join(cluster.directory, 'big'), join(target, "it's big"), join(target, 'same')])
      assert.equal(createHash('md5').update(readFileSync(path)).digest('hex'), sum, path);
  });

  it('unpacks nothing outside of the target, and no link that leads there', async () => {
    const entryOf = (name: string, type = '0'): Buffer =>
      Buffer.concat([tarHeader({ name, type, mode: 0o644, bytes: type === '0' ? 512 : 0, linkName: '/tmp' }), Buffer.alloc(type === '0' ? 512 : 0, 'x')]);
    const hostile = Buffer.concat([entryOf('x/../../outside'), entryOf('x/link', '2'), entryOf('x/link/file'), entryOf('y/file'), Buffer.alloc(1024)]);
    const script = `echo ${hostile.toString('base64')} | base64 -d > /hostile; t=$(which tar); rm $t; printf '#!/bin/sh\\ncat /hostile\\n' > $t; chmod +x $t`;
    await bench.exec('steady', script, 'other');
    const target = join(cluster.directory, 'hostile', 'target');
    const { code, stderr } = await wherry(['cp', '-c', 'other', 'steady:/x', target]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^warning: file ".*\/outside" is outside target destination, skipping\nwarning: skipping symlink: [^]*\nerror: tar contents corrupted\n$/,
    );
    assert.deepEqual(readdirSync(join(cluster.directory, 'hostile'), { recursive: true }).sort(), ['target', 'target/link', 'target/link/file']);
  });

  it('reaches containers over SPDY where WebSockets are refused', async () => {
    const child = spawn(process.execPath, [entry, 'proxy', '--port=0', '--reject-paths=^nothing'], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    const ended = endOf(child, () => told);
    try {
      child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
      const port = await eventually(() => /127\.0\.0\.1:(\d+)/.exec(told)?.[1] ?? assert.fail(told));
      await using relay = await startRelay(Number(port), { refuses: /^upgrade: websocket\r$/im });
      const text = 'a line of input\n'.repeat(50_000);
      const args = ['exec', `--server=http://127.0.0.1:${relay.port}`, '-i', 'steady', '-c', 'main', '--', 'sh', '-c', 'cat; echo err >&2; exit 7'];
      const { code, stdout, stderr } = await wherry(args, text);
      assert.deepEqual([code, stdout === text, stderr], [7, true, 'err\ncommand terminated with exit code 7\n']);
    } finally {
      child.kill('SIGTERM');
      await ended;
    }
  });

  /** Types line after line into a session, each once the answer to the one before is there. The last one ends it. Answers all that was said, and the exit code. */
  async function converse([command = '', ...args]: readonly string[], lines: readonly (readonly [string, RegExp])[]): Promise<{ said: string; code: unknown }> {
    const child = spawn(command, args, { env: environment(), stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    const ended = endOf(child, () => said);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    try {
      for (const [line, answer] of lines) {
        child.stdin.write(`${line}\n`);
        await eventually(() => assert.match(said, answer));
      }
      child.stdin.write('exit 3\n');
      return { code: await ended, said };
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  }

  for (const own of ['wherry', 'stock'] as const)
    describe(`debugs with ${own === 'wherry' ? own : 'a stock kubectl'}`, () => {
      const program = (): readonly string[] => (own === 'wherry' ? [process.execPath, entry] : [kubectlBinary()]);
      const flags = ['-q', '-i', '--profile=general', '--image-pull-policy=IfNotPresent'];
      const debug = (args: readonly string[], lines: readonly (readonly [string, RegExp])[]) => converse([...program(), 'debug', ...flags, ...args], lines);

      it('a running pod, whose processes it sees', async () => {
        const args = ['steady', '-c', own, '--target=main', '--image=busybox', '--env=A=b', '--', 'sh'];
        const { code, said } = await debug(args, [
          ['echo A is $A', /^A is b$/m],
          ['ps', /httpd -p 80/],
        ]);
        assert.equal(code, 0, said);
        const pod = await bench.podWhen('steady', (current) => assert.equal(statusOf(current, own).state?.terminated?.exitCode, 3));
        assert.deepEqual([statusOf(pod).ready, statusOf(pod).restartCount], [true, 0]);
        assert.match((await wherry(['describe', 'pod', 'steady'])).stdout, new RegExp(`Ephemeral Containers:\n[^]*  ${own}:\n[^]*Exit Code: +3`));
        await eventually(async () => assert.match(await bench.kubectl('logs', 'steady', '-c', own), /^A is b$/m));
        const [command = '', ...start] = program();
        const { stderr } = await run(command, [...start, 'attach', 'steady', '-q', '-c', own], { environment: environment() });
        assert.equal(stderr, `error: unable to upgrade connection: container not found ("${own}")\n`);
      });

      it('a copy of a pod, in which containers see each other', async () => {
        const name = `copy-${own}`;
        // The other one may begin later.
        const look = "until ps | grep -q '[c]at; trap'; do sleep 0.1; done; echo seen";
        const { code, said } = await debug(['steady', `--copy-to=${name}`, '--container=main', '--', 'sh'], [[look, /^seen$/m]]);
        assert.equal(code, 0, said);
        assert.deepEqual((await bench.pod(name)).metadata.labels, undefined);
        await bench.kubectl('delete', 'pod', name, '--now');
      });

      it('a node, in whose namespaces it is', async () => {
        const file = join(cluster.directory, own);
        writeFileSync(file, 'found on the node\n');
        const [node] = (await bench.kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ');
        const { code, said } = await debug(
          [`node/${node}`, '--image=busybox', '--', 'sh'],
          [
            [`cat /host${file}`, /^found on the node$/m],
            ['echo process 1 is $(tr "\\0" " " < /proc/1/cmdline)', /^process 1 is (?!sh ).+$/m],
          ],
        );
        assert.equal(code, 0, said);
        const [, pod = ''] = (await bench.kubectl('get', 'pods', '-o', 'name')).match(new RegExp(`(node-debugger-${node}-\\w{5})`)) ?? [];
        await bench.kubectl('delete', 'pod', pod, '--now');
      });
    });
});
