import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pauseImageArchive, pauseImageName } from './pause-image.ts';
import { pauseProgram } from './pause-program.ts';

describe('pauseProgram', () => {
  for (const [architecture, machine, code] of [
    ['amd64', 62, '488d35'],
    ['arm64', 183, '000080d2'],
  ] as const) {
    it(`is an executable for ${architecture}`, () => {
      const file = pauseProgram(architecture);
      assert.deepEqual([file.toString('latin1', 1, 4), file.readUInt16LE(18)], ['ELF', machine]);
      const entry = Number(file.readBigUInt64LE(24) - file.readBigUInt64LE(64 + 16));
      assert.equal(file.toString('hex', entry, entry + code.length / 2), code);
      assert.ok(file.length < 256, `${file.length} bytes`);
    });
  }

  const runs = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`waits, and ends in peace at ${signal}`, { skip: runs ? false : 'another processor' }, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'wherry-pause-'));
      try {
        const path = join(directory, 'pause');
        await writeFile(path, pauseProgram(process.arch === 'x64' ? 'amd64' : 'arm64'), { mode: 0o755 });
        const child = spawn(path);
        await once(child, 'spawn');
        child.kill('SIGCHLD');
        await new Promise((resolve) => setTimeout(resolve, 50));
        assert.equal(child.exitCode, null);
        child.kill(signal);
        assert.deepEqual(await once(child, 'exit'), [0, null]);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
  }
});

describe('pauseImageArchive', () => {
  it('names its image and is the same every time', () => {
    assert.ok(pauseImageArchive('x64').includes(pauseImageName));
    assert.ok(pauseImageArchive('arm64').equals(pauseImageArchive('arm64')));
  });

  it('says what to do on other processors', () => assert.throws(() => pauseImageArchive('riscv64'), /name one with pauseImage/));
});
