import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readBoundedFile } from './bounded-file.ts';

describe('a file with a bound', () => {
  let directory = '';
  before(async () => void (directory = await mkdtemp(join(tmpdir(), 'wherry-bounded-'))));
  after(() => rm(directory, { recursive: true }));

  it('is read whole up to the bound', async () => {
    const path = join(directory, 'text');
    for (const length of [0, 1, 5_000, 10_000]) {
      await writeFile(path, 'ä'.repeat(length));
      assert.equal(await readBoundedFile(path, 20_000), 'ä'.repeat(length));
    }
    await writeFile(path, 'x'.repeat(20_001));
    await assert.rejects(readBoundedFile(path, 20_000), { message: 'the file is larger than 20000 bytes' });
  });

  it('may be one of the kernel, which does not say how long it is', async () => {
    assert.match(await readBoundedFile('/proc/self/status', 65_536), /^Name:/);
    await assert.rejects(readBoundedFile('/proc/self/status', 10), { message: 'the file is larger than 10 bytes' });
  });

  it('is no pipe, device or folder', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const zero = join(directory, 'zero');
    await symlink('/dev/zero', zero);
    for (const path of [pipe, zero, directory]) await assert.rejects(readBoundedFile(path, 100), { message: 'it is not a regular file' });
  });

  it('that is not there is told by its code', async () => {
    await assert.rejects(readBoundedFile(join(directory, 'none'), 100), { code: 'ENOENT' });
  });
});
