import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';

const fixture = join(import.meta.dirname, 'testing', 'write-much.fixture.ts');
/** More than a pipe holds. */
const bytes = 1_000_000;

/** Runs a shell script in which `$WRITE` writes so much to a stream and exits. */
function shell(script: string, stream: 'stdout' | 'stderr' = 'stdout') {
  return spawn('sh', ['-c', script.replaceAll('$WRITE', `"${process.execPath}" "${fixture}" ${stream} ${bytes}`)], { stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('what a command writes', { skip: process.platform === 'win32' }, () => {
  it('is whole for a reader who comes late', async () => {
    const child = shell('exec $WRITE');
    await new Promise((resolve) => child.stdout.once('readable', resolve));
    assert.equal((await text(child.stdout)).length, bytes);
  });

  for (const stream of ['stdout', 'stderr'] as const)
    it(`ends the program by SIGPIPE when the reader of ${stream} leaves`, async () => {
      const child = shell('exec $WRITE', stream);
      child[stream].once('data', () => child[stream].destroy());
      const other = text(child[stream === 'stdout' ? 'stderr' : 'stdout']);
      assert.deepEqual(await once(child, 'exit'), [null, 'SIGPIPE']);
      assert.equal(await other, '');
    });

  it('is an error where there is no room for it', { skip: !existsSync('/dev/full') }, async () => {
    const child = shell('exec $WRITE > /dev/full');
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    assert.equal(errors, 'error: write /dev/stdout: no space left on device\n');
    assert.equal(code, 1);
  });

  it('is an error where a file takes a part of it only', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'streams-'));
    try {
      const file = join(directory, 'file');
      const child = shell(`ulimit -f 8; exec $WRITE > "${file}"`);
      const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      assert.equal(errors, 'error: write /dev/stdout: file too large\n');
      assert.equal(code, 1);
      assert.ok(statSync(file).size > 0);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
