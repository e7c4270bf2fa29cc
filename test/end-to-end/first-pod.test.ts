import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, kubectlBinary, kubectlVersions, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';

const manifest = join(import.meta.dirname, '../fixtures/static-web.yaml');

describe('the Pod of the first article', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('nginx', 'busybox') });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  for (const version of kubectlVersions().keys()) {
    if (version !== '1.27' && version !== '1.33' && version !== 'any') continue;
    describe(`with kubectl ${version}`, () => {
      const kubectl = (args: readonly string[], input?: string): Promise<string> =>
        cluster.mustKubectl(args, { version, ...(input === undefined ? {} : { input }) });

      it('is created by apply and becomes Ready', async () => {
        assert.equal(await kubectl(['apply', '-f', manifest]), 'pod/static-web created\n');
        assert.equal(await kubectl(['wait', '--for=condition=Ready', 'pod/static-web', '--timeout=120s']), 'pod/static-web condition met\n');
        assert.equal(await kubectl(['apply', '-f', manifest]), 'pod/static-web unchanged\n');
      });

      it('is listed with its address and node', async () => {
        const [headings, line] = (await kubectl(['get', 'pods', '-o', 'wide'])).split('\n');
        assert.match(headings!, /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES$/);
        assert.match(line!, /^static-web +1\/1 +Running +0 +\S+ +\d+\.\d+\.\d+\.\d+ +\S+ +<none> +<none>$/);
      });

      it('is described with the events of its start', async () => {
        const text = await eventually(async () => {
          const described = await kubectl(['describe', 'pod', 'static-web']);
          assert.match(described, /Started container web|Container started/);
          return described;
        });
        for (const expected of [
          /Status: +Running/,
          /Labels: +role=myrole/,
          /QoS Class: +BestEffort/,
          /Successfully assigned default\/static-web to/,
          /Container ID: +containerd:\/\//,
        ])
          assert.match(text, expected);
      });

      it('shows its log, follows it, and cuts it by tail', async () => {
        const ip = await kubectl(['get', 'pod', 'static-web', '-o', 'jsonpath={.status.podIP}']);
        for (const path of ['/first', '/second']) await fetch(`http://${ip}${path}`).then((response) => response.arrayBuffer());
        await eventually(async () => assert.match(await kubectl(['logs', 'static-web']), /GET \/first[^]*GET \/second/));
        assert.match(await kubectl(['logs', 'static-web', '--tail=1']), /^[^\n]*GET \/second[^\n]*\n$/);
        assert.match(await kubectl(['logs', 'static-web', '--tail=1', '--timestamps']), /^\d{4}-\d\d-\d\dT\S+Z /);
      });

      it('runs commands, with input, with their exit code', async () => {
        assert.equal(await kubectl(['exec', 'static-web', '--', 'echo', 'hello']), 'hello\n');
        assert.equal(await kubectl(['exec', '-i', 'static-web', '--', 'cat'], 'some input'), 'some input');
        const failed = await cluster.kubectl(['exec', 'static-web', '--', 'sh', '-c', 'echo oops >&2; exit 7'], { version });
        assert.equal(failed.code, 7);
        assert.match(failed.stderr, /^oops\ncommand terminated with exit code 7\n$/);
      });

      it('gives an interactive terminal', async () => {
        const { stdout } = await runInTerminal(
          [
            kubectlBinary(version === 'any' ? undefined : version),
            '--context',
            'wherry',
            'exec',
            '-it',
            'static-web',
            '--',
            'sh',
            '-c',
            // The size comes a moment after the terminal; until then there is none to show.
            'tty; for i in $(seq 100); do size=$(stty size 2>/dev/null); case "$size" in "" | "0 0") sleep 0.1 ;; *) break ;; esac; done; echo $size',
          ],
          cluster,
        );
        assert.match(stdout, /\/dev\/pts\/\d+\r?\n33 101\r?\n/);
      });

      it('answers through port-forward', async () => {
        const child = spawn(kubectlBinary(version === 'any' ? undefined : version), ['--context', 'wherry', 'port-forward', 'pod/static-web', ':80'], {
          env: { ...process.env, KUBECONFIG: cluster.kubeconfig, HOME: cluster.directory },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        try {
          const port = await new Promise<string>((resolve, reject) => {
            child.stdout.setEncoding('utf8').on('data', (text: string) => {
              const match = /127\.0\.0\.1:(\d+) -> 80/.exec(text);
              if (match) resolve(match[1]!);
            });
            child.on('exit', (code) => reject(new Error(`port-forward ended with ${code}`)));
          });
          for (let times = 0; times < 3; times++) {
            const response = await fetch(`http://127.0.0.1:${port}/`);
            assert.equal(response.status, 200);
            assert.match(await response.text(), /nginx/i);
          }
        } finally {
          child.kill();
        }
      });

      it('copies files both ways', async () => {
        const local = join(cluster.directory, `copied-${version}`);
        writeFileSync(local, `from outside ${version}\n`);
        await kubectl(['cp', local, 'static-web:/tmp/inside']);
        assert.equal(await kubectl(['exec', 'static-web', '--', 'cat', '/tmp/inside']), `from outside ${version}\n`);
        await kubectl(['cp', 'static-web:/tmp/inside', `${local}-back`]);
        assert.equal(readFileSync(`${local}-back`, 'utf8'), `from outside ${version}\n`);
      });

      it('is edited', async () => {
        await cluster.mustKubectl(['edit', 'pod', 'static-web'], { version, environment: { EDITOR: "sed -i 's/role: myrole/role: edited/'" } });
        assert.equal(await kubectl(['get', 'pod', 'static-web', '-o', 'jsonpath={.metadata.labels.role}']), 'edited');
      });

      it('is deleted, gracefully, and gone afterwards', async () => {
        assert.match(await kubectl(['delete', 'pod', 'static-web']), /pod "static-web" deleted/);
        const gone = await cluster.kubectl(['get', 'pod', 'static-web'], { version });
        assert.equal(gone.code, 1);
        assert.equal(gone.stderr, 'Error from server (NotFound): pods "static-web" not found\n');
      });
    });
  }
});

/** Runs a program on a pseudo-terminal of its own, by util-linux' `script`. */
function runInTerminal(command: readonly string[], cluster: TestCluster): Promise<{ stdout: string }> {
  return new Promise((resolve, reject) => {
    const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    const child = spawn('script', ['-qec', `stty rows 33 cols 101; ${quoted}`, '/dev/null'], {
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig, HOME: cluster.directory, TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.on('error', reject);
    child.on('close', () => resolve({ stdout }));
  });
}
