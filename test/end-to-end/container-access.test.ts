import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { podOf, shell, statusOf, stay, workbenchOf } from '../fixtures/workload.ts';

describe('kubectl reaches into containers', { concurrency: 4, skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox') });
    await bench.create(
      podOf('steady', [shell(`echo of main; ${stay}`), shell(`echo of other; echo loud >&2; ${stay}`, { name: 'other' })], {}, { labels: { app: 'steady' } }),
    );
    await bench.podReady('steady');
    // What is written is in the log a moment later.
    await eventually(async () => assert.equal(await bench.kubectl('logs', 'steady', '-c', 'main'), 'of main\n'));
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  describe('logs', () => {
    it('of one container of several, and says which it took', async () => {
      const { stdout, stderr } = await bench.attempt('logs', 'steady');
      assert.deepEqual({ stdout, stderr }, { stdout: 'of main\n', stderr: 'Defaulted container "main" out of: main, other\n' });
    });

    it('of the container that an annotation names', async () => {
      await bench.create(
        podOf(
          'annotated',
          [shell(stay), shell(`echo chosen; ${stay}`, { name: 'other' })],
          {},
          { annotations: { 'kubectl.kubernetes.io/default-container': 'other' } },
        ),
      );
      await bench.podReady('annotated');
      await eventually(async () => {
        const { stdout, stderr } = await bench.attempt('logs', 'annotated');
        assert.deepEqual({ stdout, stderr }, { stdout: 'chosen\n', stderr: '' });
      });
      assert.equal(
        await bench.kubectl('exec', 'annotated', '--', 'sh', '-c', 'echo in $(tr "\\0" " " < /proc/1/cmdline)').then((text) => /chosen/.test(text)),
        true,
      );
    });

    it('of all containers, with prefixes', async () => {
      const lines = await eventually(async () => {
        const found = (await bench.kubectl('logs', 'steady', '--all-containers', '--prefix')).trim().split('\n').sort();
        assert.equal(found.length, 3);
        return found;
      });
      assert.deepEqual(lines, ['[pod/steady/main] of main', '[pod/steady/other] loud', '[pod/steady/other] of other']);
      assert.match(await bench.kubectl('logs', '-l', 'app=steady', '--all-containers'), /of main/);
    });

    it('no further than it is asked for', async () => {
      assert.equal(await bench.kubectl('logs', 'steady', '-c', 'main', '--limit-bytes=4'), 'of m');
      assert.equal(await bench.kubectl('logs', 'steady', '-c', 'main', '--tail=0'), '');
    });

    it('since a time', async () => {
      await bench.create(podOf('over-time', [shell(`echo old; until [ -f /tmp/go ]; do sleep 0.1; done; sleep 1.1; echo new; ${stay}`)]));
      await bench.podReady('over-time');
      // Its time is when the runtime read it.
      await eventually(async () => assert.equal(await bench.kubectl('logs', 'over-time'), 'old\n'));
      await bench.exec('over-time', 'touch /tmp/go');
      const time = await eventually(async () => {
        const [, second] = (await bench.kubectl('logs', 'over-time', '--timestamps')).trim().split('\n');
        return second?.split(' ')[0] ?? assert.fail('the second line is not there yet');
      });
      // kubectl sends whole seconds.
      assert.equal(await bench.kubectl('logs', 'over-time', `--since-time=${time.slice(0, 19)}Z`), 'new\n');
      assert.equal(await bench.kubectl('logs', 'over-time', '--since=1h'), 'old\nnew\n');
    });

    it('as they are written, until the container ends', async () => {
      await bench.create(podOf('followed', [shell('for i in 1 2 3 4 5; do echo line $i; sleep 0.3; done; sleep 3')], { restartPolicy: 'Never' }));
      await bench.podWhen('followed', (pod) => assert.ok(statusOf(pod).state?.waiting === undefined));
      assert.equal(await bench.kubectl('logs', '-f', 'followed'), 'line 1\nline 2\nline 3\nline 4\nline 5\n');
    });

    it('without loss or mixing when much is written', async () => {
      // It stays: the runtime drops what it has not read two seconds after a container's end, and a busy machine may need longer.
      await bench.create(podOf('verbose', [shell(`seq 1 50000; head -c 100000 /dev/zero | tr "\\0" x; echo; ${stay}`)]));
      await bench.podReady('verbose');
      await eventually(async () => {
        const lines = (await bench.kubectl('logs', 'verbose')).split('\n');
        assert.deepEqual(
          lines.slice(50_000).map((line) => line.length),
          [100_000, 0],
        );
        assert.ok(lines.slice(0, 50_000).every((line, index) => line === String(index + 1)));
      });
    });

    const refusals = [
      { args: ['logs', 'steady', '-c', 'none'], stderr: 'error: container none is not valid for pod steady\n' },
      {
        args: ['logs', 'steady', '-c', 'main', '--previous'],
        stderr: 'Error from server (BadRequest): previous terminated container "main" in pod "steady" not found\n',
      },
      { args: ['logs', 'nobody'], stderr: 'error: error from server (NotFound): pods "nobody" not found in namespace "default"\n' },
    ];
    for (const { args, stderr } of refusals) {
      it(`and refuses ${args.join(' ')}`, async () => {
        const outcome = await bench.attempt(...args);
        assert.deepEqual({ code: outcome.code, stderr: outcome.stderr }, { code: 1, stderr });
      });
    }
  });

  it('attaches to what it writes and reads', async () => {
    await bench.create(
      podOf('reading', [shell('while read line; do echo "got $line"; done; echo end of input; sleep 3', { stdin: true, stdinOnce: true })], {
        restartPolicy: 'Never',
      }),
    );
    await bench.podReady('reading');
    const { code, stdout } = await cluster.kubectl(['attach', '-i', 'reading'], { input: 'one\ntwo\n' });
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'got one\ngot two\nend of input\n' });
    await bench.podInPhase('reading', 'Succeeded');
    await eventually(async () => assert.equal(await bench.kubectl('logs', 'reading'), 'got one\ngot two\nend of input\n'));
  });

  it('runs a pod with input and waits for its end', async () => {
    const { code, stdout } = await cluster.kubectl(
      ['run', 'brief', '-i', '--rm', '--restart=Never', '--quiet', '--image=busybox', '--image-pull-policy=IfNotPresent', '--', 'sh', '-c', 'cat; exit 3'],
      { input: 'through\n' },
    );
    assert.equal(stdout.replace(/^pod "brief" deleted.*\n/m, ''), 'through\n');
    assert.equal(code, 3);
    await bench.podGone('brief');
  });

  it('carries megabytes both ways unchanged', async () => {
    const input = Array.from({ length: 200_000 }, (_, index) => `line ${index}\n`).join('');
    const { code, stdout } = await cluster.kubectl(['exec', '-i', 'steady', '-c', 'main', '--', 'cat'], { input });
    assert.equal(code, 0);
    assert.ok(stdout === input, `${stdout.length} of ${input.length} characters came back`);
  });

  it('refuses a command that is not there, as the shell would', async () => {
    const { code, stderr } = await bench.attempt('exec', 'steady', '-c', 'main', '--', 'no-such-program');
    assert.equal(code, 1);
    assert.match(stderr, /exec: "no-such-program": executable file not found in \$PATH/);
  });

  it('copies a directory both ways', async () => {
    const local = join(cluster.directory, 'tree');
    mkdirSync(join(local, 'deep/deeper'), { recursive: true });
    writeFileSync(join(local, 'top'), 'on top\n');
    writeFileSync(join(local, 'deep/deeper/binary'), Buffer.from(Array.from({ length: 256 }, (_, index) => index)));
    await bench.kubectl('cp', local, 'steady:/tmp', '-c', 'main');
    assert.equal(await bench.exec('steady', 'cd /tmp/tree && find . -type f | sort && cat top', 'main'), './deep/deeper/binary\n./top\non top\n');
    const back = join(cluster.directory, 'tree-back');
    await bench.kubectl('cp', 'steady:/tmp/tree', back, '-c', 'main');
    assert.deepEqual((readdirSync(back, { recursive: true }) as string[]).sort(), ['deep', 'deep/deeper', 'deep/deeper/binary', 'top']);
    assert.deepEqual(readFileSync(join(back, 'deep/deeper/binary')), readFileSync(join(local, 'deep/deeper/binary')));
  });

  it('adds a container to debug a running one', async () => {
    await bench.create(podOf('puzzling', [{ ...shell(''), command: ['sleep', '4713'] }]));
    await bench.podReady('puzzling');
    await bench.kubectl(
      'debug',
      'pod/puzzling',
      '-c',
      'detective',
      '--image=busybox',
      '--image-pull-policy=IfNotPresent',
      '--target=main',
      '--profile=general',
      '--',
      'sh',
      '-c',
      'ps; sleep 3; exit 6',
    );
    const pod = await bench.podWhen('puzzling', (current) => assert.ok(statusOf(current, 'detective').state?.terminated));
    assert.deepEqual([statusOf(pod, 'detective').state?.terminated?.exitCode, statusOf(pod).ready, pod.status?.phase], [6, true, 'Running']);
    await eventually(async () => assert.match(await bench.kubectl('logs', 'puzzling', '-c', 'detective'), /^ +1 root +sleep 4713$/m));
    assert.match(await bench.kubectl('describe', 'pod', 'puzzling'), /Ephemeral Containers:\n +detective:/);
  });
});
