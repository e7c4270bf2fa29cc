import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

const program = join(import.meta.dirname, 'testing', 'execute.fixture.ts');

for (const how of ['replace', 'child'] as const)
  describe(`a plugin that is run (${how})`, () => {
    const folder = mkdtempDisposableSync(join(tmpdir(), 'plugin-'));
    after(() => folder.remove());
    const place = (name: string, text: string, mode = 0o755): string => {
      const path = join(folder.path, name);
      writeFileSync(path, text);
      chmodSync(path, mode);
      return path;
    };
    const run = (path: string, args: readonly string[] = [], input = ''): { status: number | null; stdout: string; stderr: string } =>
      spawnSync(process.execPath, [program, how, path, ...args], { encoding: 'utf8', input, env: { ...process.env, GREETING: 'a  b' } });

    it('gets arguments, environment and standard input as they are, its path as its name, and ends with its own exit code', () => {
      const path = place('kubectl-all', '#!/bin/sh\nread line\necho "$0|$1|$2|$3|$GREETING|$KUBECTL_PATH|$line"\necho bad >&2\nexit 37\n');
      const { status, stdout, stderr } = run(path, ['a b', '--flag=1', ''], 'from stdin\n');
      assert.equal(stdout, `${path}|a b|--flag=1||a  b|/bin/own|from stdin\n`);
      assert.equal(stderr, 'bad\n');
      assert.equal(status, 37);
    });

    it('says in the words of the operating system why it cannot be', () => {
      const cases = [
        // A child is started by way of a shell, which takes it for a script.
        ...(how === 'replace' ? [[place('no-program', 'neither a program nor a script\n'), 'exec format error'] as const] : []),
        [place('not-executable', '#!/bin/sh\n', 0o644), 'permission denied'],
        [join(folder.path, 'nowhere'), 'no such file or directory'],
      ] as const;
      for (const [path, message] of cases) assert.deepEqual([run(path).stderr, run(path).status], [`Error: ${message}\n`, 1]);
    });

    it('has no signal ignored that is not ignored otherwise, so that a closed pipe ends it', { skip: process.platform !== 'linux' }, () => {
      const { stdout } = run(place('kubectl-signals', '#!/bin/sh\nexec grep SigIgn /proc/self/status\n'));
      const ignored = BigInt(`0x${stdout.split('\t')[1]!.trim()}`);
      const [pipe, fileSize] = [1n << 12n, 1n << 24n];
      assert.equal(ignored & (pipe | fileSize), 0n);
    });

    it('gets the request to end', async () => {
      const path = place('kubectl-waits', "#!/bin/sh\ntrap 'echo ended; exit 9' TERM\necho ready\nwhile :; do sleep 0.05; done\n");
      const child = spawn(process.execPath, [program, how, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output === 'ready\n') child.kill('SIGTERM');
      });
      const [code] = (await once(child, 'close')) as [number];
      assert.deepEqual([output, code], ['ready\nended\n', 9]);
    });
  });
